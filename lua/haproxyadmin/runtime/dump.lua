-- Dumps: the entries of a map or an ACL in each process, as they were printed. A dump
-- may have millions of entries; none becomes a Lua string here.

local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local judge = require "haproxyadmin.runtime.judge"
local patterns = require "haproxyadmin.replies.patterns"
local plan = require "haproxyadmin.runtime.plan"
local run = require "haproxyadmin.runtime.run"
local send = require "haproxyadmin.runtime.send"

local dump = {}

-- Seconds that HAProxy may take to print an entry: some fifty times of what it does.
local EACH = 5e-5

-- What a dump begins with is enough to tell it from words.
local BEGINNING = 200

--- Seconds for an exchange about so many entries.
function dump.seconds(context, count)
  return context.timeout + (count or 0) * EACH
end

-- Asks each place ({process =, count = how many entries there may be}) for its entries;
-- the requests, or nil and an error. `entries`: what they are compared with while they come.
local function ask(context, name, args, places, entries)
  local processes, most = {}, 0
  for i, place in ipairs(places) do
    processes[i] = place.process
    most = math.max(most, place.count or 0)
  end
  local requests, err = plan.command(processes, name, args)
  if not requests then
    return nil, err
  end
  for _, request in ipairs(requests) do
    request.diff = entries and core.diff(entries)
  end
  send.all(context, requests, context.retry, nil, dump.seconds(context, most))
  for _, request in ipairs(requests) do
    request.answer = not request.code and request.reply:text(1, BEGINNING) or nil
  end
  local ok
  ok, err = judge.all(requests)
  if not ok then
    return nil, err
  end
  return requests
end

--- The entries of each place ({process =, count = how many there may be}): a sequence of
-- dumps, in the same order. Or nil and an error. `name`, `args`: the command.
function dump.all(context, name, args, places)
  local requests, err = ask(context, name, args, places)
  if not requests then
    return nil, err
  end
  local dumps = {}
  for i, request in ipairs(requests) do
    dumps[i] = core.dump(request.reply)
  end
  send.done(requests)
  return dumps
end

-- How many entries are looked at at once, and the seconds for which it is gone on like that
-- before others may run.
local AT_ONCE, MOMENT = 10000, 0.003

--- What is called between two parts of some work: it lets others run when a moment has
-- passed since they did.
function dump.pause(transport)
  local since = core.now()
  return function()
    if core.now() - since > MOMENT then
      transport:sleep(0)
      since = core.now()
    end
  end
end

-- Takes a diff to its end; nil where the dump is none. `like`: another process's, which it
-- may be like.
local function finished(transport, diff, like)
  local pause = dump.pause(transport)
  local done
  repeat
    done = diff:step(AT_ONCE, like)
    pause()
  until done ~= false
  return done and diff
end

--- What makes the entries of a dump the wanted ones; nil where the dump is none.
-- `transport`: others may run between two parts of the work.
function dump.diff(transport, entries, found)
  return finished(transport, core.diff(entries, found))
end

--- What makes the entries of each place the wanted ones: a sequence of diffs, in the same
-- order, false where what came is no dump. Or nil and an error. No dump is there as a whole
-- at any time.
function dump.diffs(context, name, args, places, entries)
  local requests, err = ask(context, name, args, places, entries)
  if not requests then
    return nil, err
  end
  local diffs = {}
  for i, request in ipairs(requests) do
    local diff = request.diff:finish(request.reply) and request.diff
    diffs[i] = diff and finished(context.transport, diff, diffs[i - 1] or nil) or false
  end
  send.done(requests)
  return diffs
end

--- How many entries a dump has.
function dump.count(transport, found)
  local pause, sum, at = dump.pause(transport), 0, 0
  repeat
    local count
    count, at = found:count(at, AT_ONCE)
    sum = sum + count
    pause()
  until not at
  return sum
end

-- Have two dumps the same entries in the same order?
local function are_same(transport, one, other)
  local pause = dump.pause(transport)
  local at, there = 0, 0
  repeat
    at, there = one:compare(at, other, there, AT_ONCE)
    pause()
  until not there
  return at
end

-- The entries of a dump as wanted ones; nil where one cannot be sent to HAProxy.
local function wanted(transport, found, map)
  local pause, entries = dump.pause(transport), core.entries(map)
  local at = 0
  repeat
    at = found:wanted(at, entries, AT_ONCE)
    pause()
  until at == true or at == false
  return at and entries or nil
end

--- Do all dumps have the same entries, in whatever order?
function dump.agree(transport, dumps, map)
  local first, entries = dumps[1], nil
  for i = 2, #dumps do
    if not are_same(transport, first, dumps[i]) then
      entries = entries or wanted(transport, first, map)
      local diff = entries and dump.diff(transport, entries, dumps[i])
      if not diff then
        return false
      end
      local added, changed, deleted = diff:numbers()
      if added + changed + deleted > 0 then
        return false
      end
    end
  end
  return true
end

-- ---- where something is ----

local function is_meant(row, file, id)
  if file then
    return row.file == file
  end
  return row.file == nil and row.id == id
end

--- The processes that have the map or ACL: a sequence of {process =, id =, description =,
-- count =}; or nil and an error, also where none has it. `only`: the only process that is asked.
function dump.places(context, what, file, id, only)
  local requests, err = run.read(context, "show " .. what, {}, only and { only } or nil)
  if not requests then
    return nil, err
  end
  local places = {}
  for _, request in ipairs(requests) do
    for _, row in ipairs(patterns.list(request.reply:lines(1))) do
      if is_meant(row, file, id) then
        row.process = request.process
        places[#places + 1] = row
        break
      end
    end
  end
  if #places == 0 then
    local message = ("no process has %s %s"):format(what == "acl" and "an ACL" or "a map", file or "#" .. id)
    return nil, errors.new("ValueError", "not_found", message)
  end
  return places
end

return dump
