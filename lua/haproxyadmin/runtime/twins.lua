-- Two sockets of one process: they are one process, or everything would be counted
-- twice. Equal process ids and start times are no proof, since containers share both;
-- so each socket must stand in what the other one tells of the sockets of its
-- process. Where that cannot be known, two sockets are two processes.

local core = require "haproxyadmin.core"
local plan = require "haproxyadmin.runtime.plan"
local send = require "haproxyadmin.runtime.send"

local twins = {}

local function may_be_one(a, b)
  return a.pid ~= nil and a.pid == b.pid and a.start == b.start and a.node == b.node
end

local ANY = { ["0.0.0.0"] = true, ["::"] = true, ["*"] = true }

-- Does `told`, an address as HAProxy prints it, name the same socket as ours?
local function is_same(address, told)
  local kind, host, port = core.address(address)
  local told_kind, told_host, told_port = core.address(told)
  if kind ~= told_kind then
    return false
  elseif kind == "tcp" then
    return port == told_port and (host == told_host or ANY[told_host] == true)
  elseif kind == "abns" or host == told_host then
    return host == told_host
  end
  local a, b = core.path(host), core.path(told_host)
  return a ~= nil and b ~= nil and a.id == b.id
end

-- The level that an answer to `show cli sockets` tells of an address; nil where the
-- address is not in it.
local function level_of(lines, address)
  for _, line in ipairs(lines) do
    local told, level = line:match "^(%S+) (%l+) "
    if told and is_same(address, told) then
      return level
    end
  end
end

local HEIGHT = { user = 1, operator = 2, admin = 3 }

-- The pairs that may be one, as {process, other}.
local function candidates(processes)
  local found = {}
  for i, process in ipairs(processes) do
    for k = i + 1, #processes do
      if may_be_one(process, processes[k]) then
        found[#found + 1] = { process, processes[k] }
      end
    end
  end
  return found
end

-- What each of the processes tells of its sockets, by process.
local function ask(context, pairs_found)
  local asked, list = {}, {}
  for _, pair in ipairs(pairs_found) do
    for _, process in ipairs(pair) do
      if not asked[process] then
        asked[process] = true
        list[#list + 1] = process
      end
    end
  end
  local requests = plan.command(list, "show cli sockets", {})
  send.all(context, requests or {}, false)
  local told = {}
  for _, self in ipairs(requests or {}) do
    told[self.process] = not self.code and self.reply:lines(1) or {}
  end
  return told
end

-- How much the socket of a process may do, as the process tells it.
local function height(told, process)
  return HEIGHT[level_of(told[process], process.address)] or 0
end

-- The one that a process is.
local function root(same, process)
  while same[process] do
    process = same[process]
  end
  return process
end

--- Which of the processes are others once more: {process = the one it is}. Of two, the
-- socket of the higher level is the one to use.
function twins.find(context, processes)
  local found = candidates(processes)
  local same = {}
  if #found == 0 then
    return same
  end
  local told = ask(context, found)
  for _, pair in ipairs(found) do
    local a, b = pair[1], pair[2]
    local certain = level_of(told[a], b.address) and level_of(told[b], a.address)
    a, b = root(same, a), root(same, b)
    if certain and a ~= b then
      if height(told, b) > height(told, a) then
        a, b = b, a
      end
      same[b] = a
    end
  end
  for process in pairs(same) do
    same[process] = root(same, process)
  end
  return same
end

return twins
