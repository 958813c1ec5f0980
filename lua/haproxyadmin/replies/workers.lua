-- What a master process tells of its processes: `show proc`.

local workers = {}

local DAY, HOUR, MINUTE = 86400, 3600, 60

local function seconds(text)
  local days, hours, minutes, rest = text:match "(%d+)d ?(%d+)h(%d+)m(%d+)s"
  return days and days * DAY + hours * HOUR + minutes * MINUTE + rest
end

-- One line. Up to HAProxy 2.4 (`related`) each worker has its number beside it: "1", or
-- "[was: 1]" of an old one.
local function read_row(line, related)
  local pid, name, rest = line:match "^(%d+) +(%S+) +(.*)$"
  if not pid then
    return nil
  end
  local number = 1
  if related then
    local was, behind = rest:match "^%[was: (%d+)%] +(.*)$"
    if not was then
      was, behind = rest:match "^(%S+) +(.*)$"
    end
    number, rest = tonumber(was), behind or ""
  end
  local reloads = tonumber(rest:match "^%d+")
  local uptime = seconds(rest)
  if not reloads or not uptime then
    return nil
  end
  return {
    pid = tonumber(pid),
    name = name,
    number = number,
    reloads = reloads,
    failed = tonumber(rest:match "%[failed: (%d+)%]"),
    uptime = uptime,
    version = rest:match "%d+s +(%S+) *$",
  }
end

-- Which of the workers serve: those that came last. Behind a reload that failed they stand
-- among the old ones on some versions, so that where they stand says nothing.
local function mark_current(rows)
  local least
  for _, row in ipairs(rows) do
    least = math.min(least or row.reloads, row.reloads)
  end
  for _, row in ipairs(rows) do
    row.current = row.reloads == least
  end
end

local function before(a, b)
  if a.reloads ~= b.reloads then
    return a.reloads < b.reloads
  elseif a.number ~= b.number then
    return a.number < b.number
  end
  return a.pid < b.pid
end

--- What it says, or nil where it is no such answer: the `master`, and the `workers` and
-- `programs` as sequences of {pid =, name =, number =, reloads =, failed =, uptime =,
-- version =, current =, generation =}. The workers that serve come first, then the others
-- from the youngest to the oldest. `generation`: how many reloads the master had seen when
-- it started the worker, which stays the same.
function workers.parse(text)
  if not text:find("^#<PID>") then
    return nil
  end
  local related = text:match("^[^\n]*"):find("<relative PID>", 1, true) ~= nil
  local found = { workers = {}, programs = {} }
  local section, old = nil, false
  for line in text:gmatch "[^\n]+" do
    local title = line:match "^# (.*)$"
    if title then
      section, old = title:match "%l+$", title:find "^old " ~= nil
    else
      local row = read_row(line, related)
      if row and row.name == "master" and not section then
        found.master = row
      elseif row and section == "workers" then
        table.insert(found.workers, row)
      elseif row and section == "programs" then
        row.current = not old
        table.insert(found.programs, row)
      end
    end
  end
  if not found.master then
    return nil
  end
  mark_current(found.workers)
  table.sort(found.workers, before)
  for _, row in ipairs(found.workers) do
    row.generation = found.master.reloads - row.reloads
  end
  return found
end

return workers
