-- Readings: `show stat` and `show info` of all processes, as one snapshot.

local call = require "haproxyadmin.runtime.send"
local command = require "haproxyadmin.runtime.command"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"

local reading = {}

-- Object types of `show stat <iid> <type> <sid>` (HAProxy's management guide,
-- 9.3 "show stat").
reading.types = { frontend = 1, backend = 2, server = 4 }

-- The collector does not see the text of a snapshot. Where that is large, the
-- collector is told, so that old ones do not pile up.
local LARGE = 2 ^ 20

local function tell_collector(snapshot)
  local bytes = core.bytes(snapshot)
  if bytes >= LARGE then
    collectgarbage("step", math.floor(bytes / 1024))
  end
end

-- The words that were answered instead of what was asked for; nil if there are
-- none.
local function words_of(request)
  for place = 1, request.kind == "reading" and 2 or 1 do
    if not request.reply:shaped(place) then
      return request.reply:text(place)
    end
  end
end

-- HAProxy answered in words, or something else did.
local function in_words(request, reply)
  if core.refusal(reply) ~= "failed" then
    request.answer = reply
    local err = command.refusal(request)
    err.message = ("socket %s: %s"):format(request.address, err.message)
    return err
  end
  local message = ("socket %s is answered by something else than HAProxy: '%s'"):format(
    request.address,
    (reply:gsub("[\r\n].*", ""))
  )
  return errors.new("SocketApplicationError", "failed", message, { socket_file = request.address })
end

--- Why a request brought no reading, or nil if it did.
function reading.error(request)
  if request.code then
    return call.failure(request)
  end
  local words = words_of(request)
  if words then
    return in_words(request, words)
  end
end

--- What the error of one process is without: who else answered what.
function reading.tell(requests, place, err)
  local results = {}
  for i, request in ipairs(requests) do
    local failed = i == place and err or reading.error(request)
    results[i] = {
      request.process.nb,
      not request.code and (request.reply:raw():gsub("\n?\n$", "")) or nil,
      ok = not failed,
      code = failed and failed.code or nil,
      err = failed or nil,
    }
    request.reply:free()
  end
  err.results = results
  return nil, err
end

--- A snapshot of what the requests brought.
function reading.snapshot(state, requests)
  local replies = {}
  for i, request in ipairs(requests) do
    replies[i] = { request.process.slot, request.process.nb, request.reply }
  end
  local snapshot, place = core.snapshot(state, replies)
  if not snapshot then
    local address = requests[place].address
    local message = ("socket %s answered with a table that does not say what its rows are"):format(address)
    return nil, errors.new("SocketApplicationError", "failed", message, { socket_file = address })
  end
  tell_collector(snapshot)
  return snapshot
end

--- Sends requests that read and makes a snapshot of their replies; any failure
-- is the whole's.
function reading.send(state, requests)
  for _, request in ipairs(requests) do
    request.safe = true
  end
  call.send(state, requests, state.retry)
  for i, request in ipairs(requests) do
    local err = reading.error(request)
    if err then
      return reading.tell(requests, i, err)
    end
  end
  return reading.snapshot(state, requests)
end

--- One line to all processes, as a snapshot. `kind`: "info", "stat", "reading".
function reading.take(state, line, kind)
  return reading.send(state, command.requests(state, line .. "\n", kind))
end

function reading.info(state)
  return reading.take(state, "show info", "info")
end

local function has_stopping(snapshot)
  for _, entry in ipairs(core.info_values(snapshot, metrics.number.process.Stopping)) do
    if entry[2] == 1 then
      return true
    end
  end
  return false
end

--- What `read` brings, a snapshot with `show info`. Up to HAProxy 2.4 a process that
-- is stopping shows none of its proxies; during a reload it may still be the one
-- that answers. That is no answer: as with one that broke off, the read is
-- repeated, and then meets its successor.
function reading.settled(state, read)
  local snapshot, err
  call.again(state, state.retry, function()
    snapshot, err = read()
    return snapshot and state.hides and has_stopping(snapshot)
  end)
  return snapshot, err
end

local function all_of(type)
  return ("show stat -1 %d -1"):format(type)
end

--- All rows of one type.
function reading.all(state, type)
  local line = all_of(type)
  if not state.hides then
    return reading.take(state, line, "stat")
  end
  return reading.settled(state, function()
    return reading.take(state, "show info;" .. line, "reading")
  end)
end

-- Asks for a proxy by its name. A name that is also a number, or that a
-- frontend and a backend share, is not found this way: then all are read.
local function find_proxy(state, kind, types, name)
  local line = command.encode {
    { "words", "show stat" },
    { "name", name, "name" },
    { "number", types },
    { "number", -1 },
  }
  if not line then
    return reading.all(state, types)
  end
  local requests = command.requests(state, line, "stat")
  for _, request in ipairs(requests) do
    request.safe = true
  end
  call.send(state, requests, state.retry)
  local found, unknown = {}, 0
  for i, request in ipairs(requests) do
    if not request.code and not request.reply:shaped() and core.refusal(request.reply:text()) == "not_found" then
      unknown = unknown + 1
    else
      local err = reading.error(request)
      if err then
        return reading.tell(requests, i, err)
      end
      found[#found + 1] = request
    end
  end
  local snapshot, err = reading.snapshot(state, found)
  if not snapshot then
    return nil, err
  end
  local object = core.find(snapshot, kind, state, true, name)
  local known = (object and core.count(object) or 0) + unknown == #requests
  if known and not (state.hides and unknown > 0) then
    return snapshot
  end
  return reading.all(state, types)
end

--- A snapshot that has the frontend or backend of this name, if there is one.
function reading.proxy(state, kind, name, with_servers)
  local types = reading.types[kind] + (with_servers and reading.types.server or 0)
  return find_proxy(state, kind, types, name)
end

local function describe(object)
  local kind, name = core.kind(object), core.name(object)
  if kind == "server" then
    name = core.proxy(object) .. "/" .. name
  end
  return kind .. " " .. name
end

local function gone(object)
  local message = describe(object) .. " is gone: no process has it any more"
  return nil, errors.new("ValueError", "not_found", message)
end

-- The requests for the object's own rows, by the ids that they had at the last
-- reading.
local function by_id(state, object, types)
  local requests = {}
  for i, place in ipairs(core.places(object)) do
    local line = ("show stat %d %d %d\n"):format(place[3], types, types == reading.types.server and place[4] or -1)
    requests[i] = { process = state.processes[place[1]], line = line, kind = "stat" }
  end
  return requests
end

--- Takes a new reading of an object: its own rows, or, when its id moved (a
-- reload), all rows of its kind. `with_servers` keeps a backend's servers.
-- Returns true, or nil and an error.
function reading.renew(state, object, with_servers)
  local types = reading.types[core.kind(object)] + (with_servers and reading.types.server or 0)
  local snapshot, err = reading.send(state, by_id(state, object, types))
  if not snapshot then
    return nil, err
  end
  if core.count(object, snapshot) < core.count(object) then
    snapshot, err = reading.all(state, types)
    if not snapshot then
      return nil, err
    end
  end
  if core.move(object, snapshot) then
    return true
  end
  return gone(object)
end

--- Objects of one kind as they are now, as objects of their own (false: gone); nil
-- where that cannot be told at the first try.
function reading.look(state, objects)
  local kind = core.kind(objects[1])
  local type = reading.types[kind]
  local requests
  if #objects == 1 then
    requests = by_id(state, objects[1], type)
  else
    requests = command.requests(state, all_of(type) .. "\n", "stat")
  end
  call.send(state, requests, false)
  for _, request in ipairs(requests) do
    if reading.error(request) then
      return nil
    end
  end
  local snapshot = reading.snapshot(state, requests)
  if not snapshot then
    return nil
  end
  local found = {}
  for i, object in ipairs(objects) do
    found[i] = core.find(snapshot, kind, state, true, core.proxy(object), core.name(object)) or false
  end
  return found
end

--- What a read of a live object begins with; nothing for one of a snapshot.
function reading.fresh(state, object)
  if not core.live(object) then
    return true
  end
  return reading.renew(state, object)
end

return reading
