--- A Batch: many commands in few exchanges.
--
-- It has the commands of frontends and servers (`batch:setweight(server, 10)`
-- for `server:setweight(10)`), and those of HAProxy that add to or change ACLs
-- and maps (`batch:add_map(id, key, value)`). A bad argument raises at once, and
-- then nothing is sent.
-- @classmod haproxyadmin.Batch

local call = require "haproxyadmin.call"
local class = require "haproxyadmin.class"
local command = require "haproxyadmin.command"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local batch = {}

-- Of an object.
local of_object = {
  --- As `Server:setstate`.
  -- @function Batch:setstate
  -- @tparam Server server
  -- @tparam string state
  -- @raise `ValueError`
  setstate = true,
  --- As `Server:setweight`.
  -- @function Batch:setweight
  -- @tparam Server server
  -- @tparam integer|string weight
  -- @raise `ValueError`
  setweight = true,
  --- As `Server:setaddress`.
  -- @function Batch:setaddress
  -- @tparam Server server
  -- @tparam string address
  -- @tparam[opt] integer port
  -- @raise `ValueError`
  setaddress = true,
  --- As `Server:shutdown` or `Frontend:shutdown`, by what the object is.
  -- @function Batch:shutdown
  -- @tparam Server|Frontend object
  -- @raise `ValueError`
  shutdown = true,
  --- As `Frontend:enable`.
  -- @function Batch:enable
  -- @tparam Frontend frontend
  -- @raise `ValueError`
  enable = true,
  --- As `Frontend:disable`.
  -- @function Batch:disable
  -- @tparam Frontend frontend
  -- @raise `ValueError`
  disable = true,
  --- As `Frontend:setmaxconn`.
  -- @function Batch:setmaxconn
  -- @tparam Frontend frontend
  -- @tparam integer n
  -- @raise `ValueError`
  setmaxconn = true,
}

-- Of HAProxy.
local of_haproxy = {
  --- As `HAProxy:add_acl`.
  -- @function Batch:add_acl
  -- @tparam integer|string id
  -- @tparam string|number pattern
  -- @raise `ValueError`
  add_acl = true,
  --- As `HAProxy:add_map`.
  -- @function Batch:add_map
  -- @tparam integer|string id
  -- @tparam string|number key
  -- @tparam string|number value
  -- @raise `ValueError`
  add_map = true,
  --- As `HAProxy:set_map`.
  -- @function Batch:set_map
  -- @tparam integer|string id
  -- @tparam string|number key
  -- @tparam string|number value
  -- @raise `ValueError`
  set_map = true,
  --- As `HAProxy:clear_acl`.
  -- @function Batch:clear_acl
  -- @tparam integer|string id
  -- @raise `ValueError`
  clear_acl = true,
  --- As `HAProxy:clear_map`.
  -- @function Batch:clear_map
  -- @tparam integer|string id
  -- @raise `ValueError`
  clear_map = true,
}

-- Bytes of a line with many commands: what the encoder allows a single one.
local LINE_MAX = core.line_max

local function unknown(name)
  local message = ("a batch has no command '%s'"):format(tostring(name))
  error(errors.new("ValueError", "bad_argument", message), 0)
end

-- What the methods see as their state: commands are kept, not sent.
local function collecting_state(state, collected)
  local function collect(line, success, processes)
    collected[#collected + 1] = {
      line = (line:gsub("\n$", "")),
      success = success,
      processes = processes or state.processes,
    }
  end
  return setmetatable({ collect = collect }, { __index = state })
end

local function new(hap, state, collected)
  local collecting = collecting_state(state, collected)
  local function run(method, object, ...)
    if collected.over then
      error(errors.new("ValueError", "bad_argument", "the batch is over: its function has returned"), 0)
    end
    local ok, err = class.implementation(method)(object, collecting, {}, ...)
    if not ok then
      error(err, 0)
    end
  end
  return setmetatable({}, {
    __name = "haproxyadmin.Batch",
    __index = function(_, name)
      if of_haproxy[name] then
        return function(_, ...)
          run(hap[name], hap, ...)
        end
      elseif of_object[name] then
        return function(_, object, ...)
          local kind = core.kind(object)
          if (kind ~= "server" and kind ~= "frontend") or core.state(object).identity ~= state.identity then
            local message = ("batch:%s(object, ...): a Frontend or Server of this HAProxy expected"):format(name)
            error(errors.new("ValueError", "bad_argument", message), 0)
          end
          run(object[name], object, ...)
        end
      end
      unknown(name)
    end,
  })
end

-- ---- sending ----

-- Per process: lines of several commands each, {line =, entries = {i, ...}}.
local function pack(collected)
  local queues, order = {}, {}
  for i, entry in ipairs(collected) do
    for _, process in ipairs(entry.processes) do
      local queue = queues[process]
      if not queue then
        queue = { process = process }
        queues[process] = queue
        order[#order + 1] = queue
      end
      local last = queue[#queue]
      if not last or last.bytes + #entry.line + 1 > LINE_MAX then
        last = { bytes = 0, commands = {}, entries = {} }
        queue[#queue + 1] = last
      end
      last.bytes = last.bytes + #entry.line + 1
      last.commands[#last.commands + 1] = entry.line
      last.entries[#last.entries + 1] = i
    end
  end
  return order
end

-- The replies to a line of `count` commands, or nil when there are more or
-- fewer: each ends with an empty line.
local function split(text, count)
  local replies = {}
  local from = 1
  while from <= #text do
    if text:sub(from, from) == "\n" then
      replies[#replies + 1] = ""
      from = from + 1
    else
      local stop = text:find("\n\n", from, true)
      if not stop then
        return nil
      end
      replies[#replies + 1] = text:sub(from, stop - 1)
      from = stop + 2
    end
  end
  return #replies == count and replies or nil
end

-- One command's part in what was sent to one process, as command.judge takes
-- it.
local function part(request, line)
  return {
    process = request.process,
    address = request.process.address,
    line = line,
    code = request.code,
    words = request.words,
    sent = request.sent,
  }
end

local function note(collected, parts, queue, packed, request)
  local replies = not request.code and split(request.reply:raw(), #packed.commands)
  if not request.code and not replies then
    request.code, request.sent = "truncated", true
  end
  for k, i in ipairs(packed.entries) do
    -- What succeeded needs no more to be said about it: most of all there is.
    if replies and core.succeeded(collected[i].success, replies[k]) then
      parts[i][queue.process] = { process = queue.process, answer = replies[k] }
    else
      local entry = part(request, collected[i].line)
      entry.answer = replies and replies[k]
      parts[i][queue.process] = entry
      parts[i].failed = true
    end
  end
end

-- A process that failed gets nothing more: whether the rest would be run in
-- order could not be told.
local function give_up(collected, parts, queue, from, request)
  for n = from, #queue do
    for _, i in ipairs(queue[n].entries) do
      local entry = part(request, collected[i].line)
      entry.sent = false
      parts[i][queue.process] = entry
      parts[i].failed = true
    end
  end
end

-- Sends line number `round` of every queue, until all are sent.
local function send(state, collected, queues)
  local parts = {}
  for i = 1, #collected do
    parts[i] = {}
  end
  local round = 1
  while #queues > 0 do
    local requests, left = {}, {}
    for k, queue in ipairs(queues) do
      local line = table.concat(queue[round].commands, ";") .. "\n"
      requests[k] = { process = queue.process, line = line, kind = "text" }
    end
    call.send(state, requests, state.retry)
    for k, queue in ipairs(queues) do
      note(collected, parts, queue, queue[round], requests[k])
      if requests[k].code then
        give_up(collected, parts, queue, round + 1, requests[k])
      elseif queue[round + 1] then
        left[#left + 1] = queue
      end
    end
    queues, round = left, round + 1
  end
  return parts
end

local function outcomes_of(collected, parts)
  local outcomes, failed = {}, 0
  local first
  for i, entry in ipairs(collected) do
    outcomes[i] = true
    if parts[i].failed then
      local requests = {}
      for k, process in ipairs(entry.processes) do
        requests[k] = parts[i][process]
      end
      local _, err = command.judge(requests, command.succeeded(entry.success))
      outcomes[i] = err
      failed = failed + 1
      first = first or err
    end
  end
  return outcomes, failed, first
end

local function own_error(err)
  return errors.is_error(err) and err or nil
end

-- Collects what `fn` asks for, sends it, and judges each command by itself.
function batch.run(hap, state, fn)
  local collected = {}
  local ok, err = pcall(fn, new(hap, state, collected))
  collected.over = true
  if not ok then
    if own_error(err) then
      return nil, err
    end
    error(err, 0)
  end
  local outcomes, failed, first = outcomes_of(collected, send(state, collected, pack(collected)))
  if failed == 0 then
    return true
  end
  local message = ("%d of %d commands failed; the first: %s"):format(failed, #collected, first.message)
  return nil,
    errors.new(first.name, first.code, message, {
      socket_file = first.socket_file,
      command = first.command,
      results = first.results,
      outcomes = outcomes,
    })
end

return batch
