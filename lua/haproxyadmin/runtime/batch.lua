--- A Batch: many commands in few exchanges.
--
-- It has the commands of frontends and servers (`batch:setweight(server, 10)`
-- for `server:setweight(10)`), and those of HAProxy that add to or change ACLs
-- and maps (`batch:add_map(id, key, value)`). A bad argument raises at once, and
-- then nothing is sent.
-- @classmod haproxyadmin.Batch

local address = require "haproxyadmin.objects.server_address"
local call = require "haproxyadmin.runtime.send"
local class = require "haproxyadmin.base.class"
local command = require "haproxyadmin.runtime.command"
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
  local function collect(line, success, processes, server)
    collected[#collected + 1] = {
      line = line:sub(1, -2), -- without its LF
      success = success,
      processes = processes or state.processes,
      server = server, -- whose address it sets
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
  local function method_of_haproxy(name)
    return function(_, ...)
      run(hap[name], hap, ...)
    end
  end
  local function method_of_object(name)
    return function(_, object, ...)
      local kind = core.kind(object)
      if (kind ~= "server" and kind ~= "frontend") or core.state(object).identity ~= state.identity then
        local message = ("batch:%s(object, ...): a Frontend or Server of this HAProxy expected"):format(name)
        error(errors.new("ValueError", "bad_argument", message), 0)
      end
      run(object[name], object, ...)
    end
  end
  return setmetatable({}, {
    __name = "haproxyadmin.Batch",
    __index = function(self, name)
      local make = of_haproxy[name] and method_of_haproxy or of_object[name] and method_of_object or unknown
      self[name] = make(name)
      return self[name]
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

-- What a process answered to a line, or why nothing is known of it.
local function take(packed, request)
  packed.request = request
  if request.code then
    return
  end
  packed.answers = {}
  for i = 1, #packed.entries do
    packed.answers[i] = request.reply:text(i)
  end
end

-- A process that failed gets nothing more: whether the rest would be run in
-- order could not be told.
local function give_up(queue, from, request)
  local unsent = {
    process = request.process,
    address = request.address,
    code = request.code,
    words = request.words,
    sent = false,
  }
  for round = from, #queue do
    queue[round].request = unsent
  end
end

-- Sends line number `round` of every queue, until all are sent.
local function send(state, queues)
  local round = 1
  while #queues > 0 do
    local requests, left = {}, {}
    for k, queue in ipairs(queues) do
      local commands = queue[round].commands
      local line = table.concat(commands, ";") .. "\n"
      requests[k] = { process = queue.process, line = line, commands = commands }
    end
    call.send(state, requests, state.retry)
    for k, queue in ipairs(queues) do
      take(queue[round], requests[k])
      if requests[k].code then
        give_up(queue, round + 1, requests[k])
      elseif queue[round + 1] then
        left[#left + 1] = queue
      end
    end
    queues, round = left, round + 1
  end
end

-- ---- judging ----

local function each_answer(queues, use)
  for _, queue in ipairs(queues) do
    for _, packed in ipairs(queue) do
      local answers = packed.answers
      for k, i in ipairs(packed.entries) do
        use(i, answers and answers[k], packed.request)
      end
    end
  end
end

-- The commands that did not succeed in every process: place = true.
local function find_failed(collected, queues)
  local failed = {}
  each_answer(queues, function(i, answer)
    if answer ~= "" and not (answer and core.succeeded(collected[i].success, answer)) then
      failed[i] = true
    end
  end)
  return failed
end

-- For each of these commands, its part in what was sent to each process, as
-- command.judge takes it.
local function parts_of(collected, queues, failed)
  local parts = {}
  each_answer(queues, function(i, answer, request)
    if failed[i] then
      parts[i] = parts[i] or {}
      parts[i][request.process] = {
        process = request.process,
        address = request.process.address,
        line = collected[i].line,
        code = request.code,
        words = request.words,
        sent = request.sent,
        answer = answer,
      }
    end
  end)
  return parts
end

local function outcomes_of(collected, queues)
  local failed = find_failed(collected, queues)
  local parts = next(failed) and parts_of(collected, queues, failed)
  local outcomes, count = {}, 0
  local first
  for i, entry in ipairs(collected) do
    outcomes[i] = true
    if failed[i] then
      local requests = {}
      for k, process in ipairs(entry.processes) do
        requests[k] = parts[i][process]
      end
      local _, err = command.judge(requests, command.succeeded(entry.success))
      outcomes[i] = err
      count = count + 1
      first = first or err
    end
  end
  return outcomes, count, first
end

-- What was answered to commands that set an address, for address.settle. Where a
-- process did not answer there is none: looking would only wait for it again.
local function address_changes(collected, queues)
  local changes, silent = {}, false
  each_answer(queues, function(i, answer, request)
    local server = collected[i].server
    if server and answer then
      changes[#changes + 1] = { server, request.process.nb, answer }
    end
    silent = silent or not answer
  end)
  return silent and {} or changes
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
  local queues = pack(collected)
  send(state, queues)
  if state.defers then
    address.settle(state, address_changes(collected, queues))
  end
  local outcomes, failed, first = outcomes_of(collected, queues)
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
