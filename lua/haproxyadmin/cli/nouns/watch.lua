-- haproxyadmin watch

local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local failure = require "haproxyadmin.cli.base.failure"
local interrupt = require "haproxyadmin.cli.base.interrupt"
local json = require "haproxyadmin.base.json_writer"
local output = require "haproxyadmin.cli.show.output"
local text = require "haproxyadmin.cli.base.text"
local waiting = require "haproxyadmin.cli.change.waiting"

local function print_one(call, members, words)
  if call.format == "json" or call.format == "ndjson" then
    table.insert(members, 1, os.date "!%Y-%m-%dT%H:%M:%SZ")
    table.insert(members, 1, "time")
    output.write(json.encode(json.object(members)), "\n")
  else
    output.write(os.date "!%H:%M:%SZ", "  ", text.plain(words), "\n")
  end
  output.flush()
end

local function run(call)
  local given = call.given
  call.goes_on()
  local hap = call:haproxy()
  local printed, deadline = 0, given.within and core.now() + given.within
  local function is_over()
    return given.limit and printed >= given.limit or deadline and core.now() >= deadline
  end
  local function tell(members, words)
    if is_over() then
      return false
    end
    printed = printed + 1
    print_one(call, members, words)
    return not is_over()
  end
  local ok, err = pcall(hap.watch, hap, {
    interval = given.interval or 1,
    on_change = function(change)
      local name = change.backend and change.backend .. "/" .. change.name or change.name
      for _, each in ipairs(change.changes) do
        local from, to = tostring(each.from), tostring(each.to)
        local words = ("%s %s: %s %s -> %s (process %s)"):format(
          change.kind,
          name,
          each.field,
          from,
          to,
          tostring(each.process_nb)
        )
        local members = { "kind", change.kind, "name", name, "process", each.process_nb, "field", each.field }
        members[9], members[10], members[11], members[12] = "from", from, "to", to
        if not tell(members, words) then
          return false
        end
      end
    end,
    on_reload = function(process)
      local words = "process %s was replaced: pid %s is %s now"
      local members = { "kind", "process", "process", process.process_nb, "field", "pid" }
      members[7], members[8], members[9], members[10] = "from", process.before.pid, "to", process.pid
      return tell(members, words:format(tostring(process.process_nb), process.before.pid, process.pid))
    end,
    on_error = function(problem)
      call:warn(problem.message)
    end,
    on_snapshot = function()
      return not is_over()
    end,
  })
  if not ok and interrupt.is(err) then
    return failure.status.interrupted
  elseif not ok then
    error(err, 0)
  end
end

return {
  name = "watch",
  help = "Tells what changes: states, weights, addresses, limits, and processes that are replaced.",
  waits = true,
  options = {
    { "--interval", value = "DURATION", convert = duration.read, help = "between two looks (1s)" },
    waiting.timeout "so long; without it until Ctrl-C",
  },
  examples = { "haproxyadmin watch", "haproxyadmin watch --interval 500ms -o ndjson" },
  run = run,
}
