-- The processes: those that answered with what they say of themselves, and those that did not.

local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local behind = require "haproxyadmin.base.behind"
local format = require "haproxyadmin.top.format"

local processes = {}

-- What is known where nothing else is.
local NOBODY = { code = "closed", message = "no answer" }

-- What a process says, by its number.
local function said(snapshot)
  local found, place = {}, 1
  local text, _, nb = core.info_text(snapshot, place)
  while text do
    found[nb] = core.info(text)
    place = place + 1
    text, _, nb = core.info_text(snapshot, place)
  end
  return found
end

--- Those of a snapshot: a sequence of {nb =, address =, info =}, or {..., err =} for one that
-- did not answer. `snapshot` may be nil, and then nobody did.
function processes.list(hap, snapshot, failed)
  local info = snapshot and said(snapshot) or {}
  local context = class.context(hap)
  local errors_of, found = {}, {}
  for _, entry in ipairs(failed) do
    errors_of[entry[1]] = entry[2]
  end
  for i, process in ipairs(context.processes) do
    found[i] = {
      nb = process.nb,
      name = process.name,
      address = process.address,
      info = info[process.nb],
      err = not info[process.nb] and (errors_of[process.address] or NOBODY) or nil,
    }
  end
  -- Sockets of the folder at which nobody has answered yet: they have no number.
  for _, entry in ipairs(context.passed_over) do
    if behind.is_missed(entry[2]) then
      found[#found + 1] = { address = entry[1], err = entry[2] }
    end
  end
  return found
end

--- Why those that did not answer did not: a sequence of errors.
function processes.errors(list)
  local found = {}
  for _, process in ipairs(list) do
    found[#found + 1] = process.err
  end
  return found
end

--- How many of them answered.
function processes.answering(list)
  local count = 0
  for _, process in ipairs(list) do
    count = count + (process.info and 1 or 0)
  end
  return count
end

--- The versions, as one text.
function processes.versions(list)
  local found, seen = {}, {}
  for _, process in ipairs(list) do
    local version = process.info and process.info.Version
    local short = version and tostring(version):match "^[%w.]+"
    if short and not seen[short] then
      seen[short] = true
      found[#found + 1] = short
    end
  end
  return table.concat(found, ", ")
end

--- What people call it: its number, and its name where it has one.
function processes.title(process)
  if not process.nb then
    return process.address:match "[^/]*$"
  end
  return process.name and ("%d (%s)"):format(process.nb, process.name) or ("%d"):format(process.nb)
end

-- ---- the view ----

local function of_info(id, title, width, keep, name, write)
  return {
    id = id,
    title = title,
    width = width,
    keep = keep,
    value = function(_, process)
      local found = process.info and process.info[name]
      return type(found) == "number" and found or nil
    end,
    show = function(value)
      return value and write(value) or "–", value and "plain" or "dim"
    end,
  }
end

local function rate(id, title, width, keep, name)
  return {
    id = id,
    title = title,
    width = width,
    keep = keep,
    value = function(reading, process)
      return process.info and reading:info_rate(name, process.nb)
    end,
    show = function(value)
      return value and format.rate(value) or "–", value and "plain" or "dim"
    end,
  }
end

local function text(id, title, width, keep, of, is_path)
  return {
    id = id,
    path = is_path,
    title = title,
    width = width,
    keep = keep,
    left = true,
    value = function(_, process)
      return of(process)
    end,
    show = function(value, _, process)
      return value or "–", process.err and "alarm" or "plain"
    end,
  }
end

local function digits(value)
  return ("%d"):format(value)
end

processes.columns = {
  {
    id = "nb",
    title = "PROC",
    width = 5,
    keep = 1,
    value = function(_, process)
      return process.nb
    end,
    show = function(value, _, process)
      return value and digits(value) or "–", process.err and "alarm" or "plain"
    end,
  },
  text("state", "STATE", 6, 1, function(process)
    if process.err then
      return "AWAY"
    end
    return process.info.Stopping and process.info.Stopping ~= 0 and "ENDS" or "OK"
  end),
  of_info("pid", "PID", 8, 4, "Pid", digits),
  text("version", "VERSION", 8, 5, function(process)
    return process.info and tostring(process.info.Version):match "^[%w.]+"
  end),
  of_info("uptime", "UPTIME", 7, 3, "Uptime_sec", format.duration),
  of_info("conn", "CONN", 7, 2, "CurrConns", format.count),
  of_info("maxconn", "MAXCONN", 8, 5, "Maxconn", format.count),
  rate("conn_rate", "CONN/S", 7, 3, "CumConns"),
  rate("req", "REQ/S", 7, 2, "CumReq"),
  rate("ssl", "SSL/S", 6, 6, "CumSslConns"),
  of_info("idle", "IDLE", 5, 2, "Idle_pct", format.percent),
  of_info("runq", "RUNQ", 5, 6, "Run_queue", digits),
  text("address", "ADDRESS", 30, 3, function(process)
    return process.err and ("%s: %s"):format(process.address, process.err.code or "failed") or process.address
  end, true),
}

return processes
