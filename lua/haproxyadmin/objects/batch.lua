--- A Batch: many commands in few exchanges.
--
-- It has the commands of frontends and servers (`batch:setweight(server, 10)`
-- for `server:setweight(10)`), of stick tables (`batch:set(table, key, values)`), and
-- those of HAProxy that add to or change ACLs and maps (`batch:add_map(id, key, value)`). A
-- bad argument raises at once, and then nothing is sent.
-- @classmod haproxyadmin.Batch

local address = require "haproxyadmin.objects.server_address"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local new_plan = require "haproxyadmin.objects.plan"
local undo = require "haproxyadmin.state.undo"
local runtime_batch = require "haproxyadmin.runtime.batch"

local batch = {}

--- As `Server:setstate`.
-- @function Batch:setstate
-- @tparam Server server
-- @tparam string state
-- @raise `ValueError`

--- As `Server:setweight`.
-- @function Batch:setweight
-- @tparam Server server
-- @tparam integer|string weight
-- @raise `ValueError`

--- As `Server:setaddress`.
-- @function Batch:setaddress
-- @tparam Server server
-- @tparam string address
-- @tparam[opt] integer port
-- @raise `ValueError`

--- As `Backend:publish`.
-- @function Batch:publish
-- @tparam Backend backend
-- @raise `ValueError`

--- As `Backend:unpublish`.
-- @function Batch:unpublish
-- @tparam Backend backend
-- @raise `ValueError`

--- As `Server:sethealth`.
-- @function Batch:sethealth
-- @tparam Server server
-- @tparam string state
-- @raise `ValueError`

--- As `Server:setagent`.
-- @function Batch:setagent
-- @tparam Server server
-- @tparam string state
-- @raise `ValueError`

--- As `Server:enable_health`.
-- @function Batch:enable_health
-- @tparam Server server
-- @raise `ValueError`

--- As `Server:disable_health`.
-- @function Batch:disable_health
-- @tparam Server server
-- @raise `ValueError`

--- As `Server:enable_agent`.
-- @function Batch:enable_agent
-- @tparam Server server
-- @raise `ValueError`

--- As `Server:disable_agent`.
-- @function Batch:disable_agent
-- @tparam Server server
-- @raise `ValueError`

--- As `Server:setcheckaddress`.
-- @function Batch:setcheckaddress
-- @tparam Server server
-- @tparam string address
-- @tparam[opt] integer port
-- @raise `ValueError`

--- As `Server:setcheckport`.
-- @function Batch:setcheckport
-- @tparam Server server
-- @tparam integer port
-- @raise `ValueError`

--- As `Server:setagentaddress`.
-- @function Batch:setagentaddress
-- @tparam Server server
-- @tparam string address
-- @tparam[opt] integer port
-- @raise `ValueError`

--- As `Server:setagentport`.
-- @function Batch:setagentport
-- @tparam Server server
-- @tparam integer port
-- @raise `ValueError`

--- As `Server:setagentsend`.
-- @function Batch:setagentsend
-- @tparam Server server
-- @tparam string text
-- @raise `ValueError`

--- As `Server:setfqdn`.
-- @function Batch:setfqdn
-- @tparam Server server
-- @tparam string name
-- @raise `ValueError`

--- As `Server:setssl`.
-- @function Batch:setssl
-- @tparam Server server
-- @tparam boolean on
-- @raise `ValueError`

--- As `Server:shutdown` or `Frontend:shutdown`, by what the object is.
-- @function Batch:shutdown
-- @tparam Server|Frontend object
-- @raise `ValueError`

--- As `Frontend:enable`.
-- @function Batch:enable
-- @tparam Frontend frontend
-- @raise `ValueError`

--- As `Frontend:disable`.
-- @function Batch:disable
-- @tparam Frontend frontend
-- @raise `ValueError`

--- As `Frontend:setmaxconn` or `Server:setmaxconn`, by what the object is.
-- @function Batch:setmaxconn
-- @tparam Server|Frontend object
-- @tparam integer n
-- @raise `ValueError`

--- As `StickTable:set`.
-- @function Batch:set
-- @tparam StickTable table
-- @tparam string|integer key
-- @tparam table values
-- @raise `ValueError`

--- As `StickTable:clear`, of a key.
-- @function Batch:clear
-- @tparam StickTable table
-- @tparam string|integer key
-- @raise `ValueError`

--- As `HAProxy:add_acl`.
-- @function Batch:add_acl
-- @tparam integer|string id
-- @tparam string|number pattern
-- @raise `ValueError`

--- As `HAProxy:add_map`.
-- @function Batch:add_map
-- @tparam integer|string id
-- @tparam string|number key
-- @tparam string|number value
-- @raise `ValueError`

--- As `HAProxy:set_map`.
-- @function Batch:set_map
-- @tparam integer|string id
-- @tparam string|number key
-- @tparam string|number value
-- @raise `ValueError`

--- As `HAProxy:clear_acl`.
-- @function Batch:clear_acl
-- @tparam integer|string id
-- @raise `ValueError`

--- As `HAProxy:clear_map`.
-- @function Batch:clear_map
-- @tparam integer|string id
-- @raise `ValueError`

--- As `HAProxy:del_acl`. The entries are gone before the commands behind it run, also
-- where HAProxy deletes one of a key's entries at a time.
-- @function Batch:del_acl
-- @tparam integer|string id
-- @tparam string|number key not a reference
-- @raise `ValueError`

--- As `HAProxy:del_map`. The entries are gone before the commands behind it run, also
-- where HAProxy deletes one of a key's entries at a time.
-- @function Batch:del_map
-- @tparam integer|string id
-- @tparam string|number key not a reference
-- @raise `ValueError`

local function fail(message)
  error(errors.new("ValueError", "bad_argument", message), 0)
end

-- The entry of a method that a batch has, too; nil where there is none.
local function batchable(object, name)
  local entry = class.entry(object, name)
  return entry and entry.batch and entry
end

-- What an object is that commands may be on, for a message; nil where it is none.
local function kind_of(object)
  if type(object) ~= "table" then
    return core.kind(object)
  end
  return class.context(object) and getmetatable(object).__name:match "[^.]+$"
end

-- Whose command it is: HAProxy's own, or that of the object that is the first argument.
-- Returns the entry, the object, and where the arguments begin.
local function find(hap, context, name, first)
  local entry = batchable(hap, name)
  if entry then
    return entry, hap, 1
  end
  local kind = kind_of(first)
  if kind and class.context(first).identity == context.identity then
    entry = batchable(first, name)
  elseif batch.names[name] then
    fail(("batch:%s(object, ...): an object of this HAProxy expected"):format(name))
  end
  if not entry then
    fail(("a batch has no command '%s'%s"):format(tostring(name), kind and " for a " .. kind or ""))
  end
  return entry, first, 2
end

-- What the caller's function is given: its methods keep commands instead of sending
-- them.
local function collector(hap, context, collected)
  local options = {
    collect = function(wanted)
      collected[#collected + 1] = wanted
    end,
  }
  local function method(name)
    return function(_, ...)
      if collected.over then
        fail "the batch is over: its function has returned"
      end
      local entry, object, from = find(hap, context, name, (...))
      local count = select("#", ...) - from + 1
      if count > (entry.arguments or 0) then
        fail(("%d argument(s) expected, got one more"):format(entry.arguments or 0))
      end
      local ok, err = entry.call(object, context, options, select(from, ...))
      if not ok then
        error(err, 0)
      end
    end
  end
  return setmetatable({}, {
    __name = "haproxyadmin.Batch",
    __index = function(self, name)
      if not batch.names[name] then
        fail(("a batch has no command '%s'"):format(tostring(name)))
      end
      self[name] = method(name)
      return self[name]
    end,
  })
end

-- The names of all methods that a batch has, made when the first one is run.
local function find_names()
  batch.names = {}
  for _, definition in pairs(class.definitions) do
    for name, method in pairs(definition.methods) do
      local entry = class.entry_of(method)
      batch.names[name] = batch.names[name] or (entry ~= nil and entry.batch)
    end
  end
end

-- What was answered to commands that set an address. Where a process did not answer
-- there is none: looking would only wait for it again.
local function address_changes(spoken)
  local changes = {}
  for _, requests in ipairs(spoken) do
    for _, request in ipairs(requests) do
      if request.code then
        return {}
      elseif request.row.name == address.row then
        changes[#changes + 1] = { requests.object, request.process.nb, request.answer }
      end
    end
  end
  return changes
end

-- Collects what `fn` asks for: a sequence of what is wanted (runtime/plan.lua), or nil
-- and an error.
local function collect(hap, context, fn)
  if not batch.names then
    find_names()
  end
  local collected = {}
  local ok, err = pcall(fn, collector(hap, context, collected))
  collected.over = true
  if not ok then
    if errors.is_error(err) then
      return nil, err
    end
    error(err, 0)
  end
  return collected
end

-- Collects what `fn` asks for and sends nothing.
function batch.plan(hap, context, fn)
  local collected, err = collect(hap, context, fn)
  if not collected then
    return nil, err
  end
  return new_plan(runtime_batch.preview(collected))
end

-- Collects what `fn` asks for, sends it, and judges each command by itself. `rollback`: a
-- failure takes back what was done.
function batch.run(hap, context, fn, rollback)
  local collected, err = collect(hap, context, fn)
  local prepared
  if collected and rollback then
    prepared, err = undo.prepare(context, collected)
  end
  if not collected or rollback and not prepared then
    return nil, err
  end
  local outcomes, failed, first, spoken, taken = runtime_batch.send(context, collected)
  if failed == 0 or not rollback then
    address.settle(context, address_changes(spoken))
  end
  if failed == 0 then
    return true
  end
  err = runtime_batch.error(collected, outcomes, failed, first)
  if rollback then
    err.rollback = undo.run(context, prepared, collected, taken)
    err.message = ("%s; %d values were set back, %d commands could not be taken back"):format(
      err.message,
      #err.rollback.restored,
      #err.rollback.not_restored
    )
  end
  return nil, err
end

return batch
