-- The answers to `show trace`: its sources, and the events that one of them knows.

local traces = {}

local states = { ["."] = "stopped", w = "waiting", R = "running" }

--- ` [.] h1 -> none [drp 0]  [HTTP/1 multiplexer]`: a table each.
function traces.sources(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local state, name, sink, dropped, description = line:match "^ %[(.)%] (%S+) +%-> (%S+) %[drp (%d+)%]  %[(.*)%]$"
    if name then
      found[#found + 1] = {
        source = name,
        state = states[state],
        sink = sink ~= "none" and sink or nil,
        dropped = tonumber(dropped),
        description = description,
      }
    end
  end
  return found
end

--- `    h1c_new : + - - -`: a table each.
function traces.events(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local name, report, start, stop, pause = line:match "^    (%S+) +: +([+-]) +([+-]) +([+-]) +([+-])$"
    if name then
      found[#found + 1] = {
        name = name,
        report = report == "+",
        start = start == "+",
        stop = stop == "+",
        pause = pause == "+",
      }
    end
  end
  return found
end

return traces
