--- ACLs and maps: HAProxy's "patterns", by id or by file.
-- @classmod haproxyadmin.HAProxy

local check = require "haproxyadmin.base.check"
local commands = require "haproxyadmin.commands"
local entries = require "haproxyadmin.replies.entries"
local errors = require "haproxyadmin.errors"
local request = require "haproxyadmin.runtime.request"
local run = require "haproxyadmin.runtime.run"

local patterns = {}

-- An id is a number ("4" and "#4" are one too) or a file name.
local function identifier(id)
  if type(id) == "number" or (type(id) == "string" and id:match "^#?%d+$") then
    local number, err = check.id("id", id)
    if not number then
      return nil, err
    end
    return ("#%d"):format(number)
  elseif type(id) ~= "string" or id == "" then
    return check.fail("id", "integer or file name", id)
  end
  return id
end

local function text(name, value)
  if type(value) == "number" then
    return check.numeral(name, value)
  end
  return check.text(name, value)
end

-- The arguments of a command as the table of commands takes them: the id, and by name
-- the texts; or nil and an error.
local function arguments(id, names, values)
  local found, err = identifier(id)
  if not found then
    return nil, err
  end
  local args = { id = found }
  for i, name in ipairs(names) do
    args[name], err = text(name, values[i])
    if not args[name] then
      return nil, err
    end
  end
  return args
end

local function inconsistent(what, requests)
  local results = {}
  for i, self in ipairs(requests) do
    results[i] = { self.process.nb, request.answer(self), ok = true }
  end
  local message = ("processes disagree on %s"):format(what)
  return nil, errors.new("InconsistentData", "inconsistent", message, { results = results })
end

-- The reference of one entry, as HAProxy prints it in a dump.
local function is_reference(key)
  return key:match "^0x%x+$" ~= nil
end

-- ---- reading ----

-- The entries of the first process, on which all agree; and all requests.
local function dump(context, what, id, processes)
  local args, err = arguments(id, {}, {})
  if not args then
    return nil, err
  end
  local requests
  requests, err = run.read(context, "show " .. what .. " entries", args, processes)
  if not requests then
    return nil, err
  end
  local reply = requests[1].reply
  local first, expected = reply:entries(), nil
  for i = 2, #requests do
    local other = requests[i].reply
    if not reply:same_entries(other) then
      expected = expected or entries.fingerprint(first)
      if entries.fingerprint(other:entries()) ~= expected then
        return inconsistent(("the entries of %s %s"):format(what, tostring(id)), requests)
      end
    end
  end
  return first, nil, requests
end

local function show(what)
  return function(_, context, _, id)
    if id ~= nil then
      local lines, err = dump(context, what, id)
      return lines, err
    end
    local requests, err = run.read(context, "show " .. what, {})
    return requests and requests[1].reply:lines(1), err
  end
end

local function get(what)
  return function(_, context, _, id, value)
    local args, err = arguments(id, { "value" }, { value })
    if not args then
      return nil, err
    end
    local requests
    requests, err = run.read(context, "get " .. what, args)
    if not requests then
      return nil, err
    end
    local answer = requests[1].reply:text(1)
    for _, self in ipairs(requests) do
      if self.reply:text(1) ~= answer then
        return inconsistent(("%q in %s %s"):format(args.value, what, tostring(id)), requests)
      end
    end
    return requests[1].reply:lines(1)[1]
  end
end

-- ---- changes ----

-- The arguments as a command takes them that concerns these processes (nil: all).
local function among(processes, args)
  if not processes then
    return args
  end
  local concerned = {}
  for _, process in ipairs(processes) do
    concerned[process] = true
  end
  return function(process)
    return concerned[process] and args or nil
  end
end

-- The functions below take the processes that they concern (nil: all), then what the
-- method of their name takes.
patterns.calls = {}

-- A command whose arguments behind the id are `names`.
local function change(name, names)
  return function(context, options, processes, id, ...)
    local args, err = arguments(id, names, { ... })
    if not args then
      return nil, err
    end
    return run.command(context, options, name, among(processes, args))
  end
end

-- A reference is an address in one process's memory. It is looked up there, and each
-- process is told its own reference of the same entry. Where no process has such a
-- reference, the text may be a key that looks like one.
local function by_reference(context, options, processes, name, what, args)
  local _, err, dumps = dump(context, what, args.id, processes)
  if err then
    return nil, err
  end
  local entry, place
  local lists = {}
  for _, self in ipairs(dumps) do
    local list = self.reply:entries()
    lists[self.process] = list
    if not entry then
      entry, place = entries.find_reference(list, args.key)
    end
  end
  if not entry then
    return run.command(context, options, name, among(processes, args))
  end
  return run.command(context, options, name, function(process)
    if not lists[process] then
      return nil
    end
    local own = entries.reference_of(lists[process], entry, place)
    return { id = args.id, key = { reference = own }, value = args.value }
  end)
end

-- Some releases change the first of several entries of one key only, and say that all
-- is well: where there are several, nothing is sent to them.
function patterns.check_single(context, args, processes)
  local affected = {}
  for _, process in ipairs(processes or context.processes) do
    if commands.is_in(commands.find("set map").first_only, process.version) then
      affected[#affected + 1] = process
    end
  end
  if #affected == 0 then
    return true
  end
  local requests, err = run.read(context, "show map entries", { id = args.id }, affected)
  for _, self in ipairs(requests or {}) do
    if entries.count(self.reply:entries(), args.key) > 1 then
      local message = ("process %d: HAProxy %s changes only one of several entries of a key: delete it and add it")
      message = message:format(self.process.nb, commands.find("set map").first_only.from)
      return nil, errors.new("CommandFailed", "unsupported", message)
    end
  end
  return requests, err
end

-- A command on the entries of a key, or on the one that a reference names.
local function on_key(context, options, processes, name, what, args)
  if not is_reference(args.key) then
    return run.command(context, options, name, among(processes, args))
  elseif options.collect then
    return check.fail("key", "a key (an entry cannot be named by its reference in a batch)", args.key)
  end
  return by_reference(context, options, processes, name, what, args)
end

local function delete(what)
  return function(context, options, processes, id, key)
    local args, err = arguments(id, { "key" }, { key })
    if not args then
      return nil, err
    end
    return on_key(context, options, processes, "del " .. what, what, args)
  end
end

local function set_map(context, options, processes, id, key, value)
  local args, err = arguments(id, { "key", "value" }, { key, value })
  if not args then
    return nil, err
  end
  if not is_reference(args.key) then
    local ok
    ok, err = patterns.check_single(context, args, processes)
    if not ok then
      return nil, err
    end
  end
  return on_key(context, options, processes, "set map", "map", args)
end

-- The method of a function: it concerns all processes.
local function method(name, call)
  patterns.calls[name] = call
  return function(_, context, options, ...)
    return call(context, options, nil, ...)
  end
end

patterns.methods = {
  --- The lines of `show acl`: without `id` one line for each ACL, with `id` the
  -- entries of that one (management guide 9.3, "show acl"). They are the first
  -- process's. The entries must be the same in every process, save for their
  -- references (`0x...`) and their order; the list without `id` is not compared.
  -- @function HAProxy:show_acl
  -- @tparam[opt] integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn {string,...} empty for an empty ACL
  -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`: on HAProxy 3.4
  -- a socket below level admin may not read ACLs and maps), `InconsistentData`,
  -- `MultipleCommandResults`, `HAProxySocketError`
  show_acl = { arguments = 1, call = show "acl" },
  --- The lines of `show map`: without `id` one line for each map, with `id` the
  -- entries of that one (management guide 9.3, "show map"). They are the first
  -- process's. The entries must be the same in every process, save for their
  -- references (`0x...`) and their order; the list without `id` is not compared.
  -- @function HAProxy:show_map
  -- @tparam[opt] integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn {string,...} empty for an empty map
  -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`: on HAProxy 3.4
  -- a socket below level admin may not read ACLs and maps), `InconsistentData`,
  -- `MultipleCommandResults`, `HAProxySocketError`
  show_map = { arguments = 1, call = show "map" },
  --- Whether an ACL matches a value, and by which entry: `get acl` (9.3, "get acl").
  -- @function HAProxy:get_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number value
  -- @treturn string the line that HAProxy answers, such as
  -- `type=str, case=sensitive, match=yes, idx=tree, pattern="/admin"`
  -- @raise `ValueError`, `CommandFailed` (`not_found`: no such ACL; `permission`),
  -- `InconsistentData`, `MultipleCommandResults`, `HAProxySocketError`
  get_acl = { arguments = 2, call = get "acl" },
  --- What HAProxy finds in a map for a value: `get map` (9.3, "get map").
  -- @function HAProxy:get_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number value
  -- @treturn string the line that HAProxy answers, such as
  -- `type=str, case=sensitive, found=no`
  -- @raise `ValueError`, `CommandFailed` (`not_found`: no such map; `permission`),
  -- `InconsistentData`, `MultipleCommandResults`, `HAProxySocketError`
  get_map = { arguments = 2, call = get "map" },
  --- Adds an entry in every process: `add acl` (9.3, "add acl"). HAProxy does not
  -- look whether it is there already. Level admin from HAProxy 3.4 on; older
  -- versions take it at every level.
  -- @function HAProxy:add_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number pattern
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  add_acl = { arguments = 2, call = method("add_acl", change("add acl", { "pattern" })), batch = true },
  --- Adds an entry in every process: `add map` (9.3, "add map"). HAProxy does not
  -- look whether the key is there already; a look-up finds the first. Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:add_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @tparam string|number value
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  add_map = { arguments = 3, call = method("add_map", change("add map", { "key", "value" })), batch = true },
  --- Changes the value of a key in every process: `set map` (9.3, "set map"). Level
  -- as `HAProxy:add_acl`. A key `0x...` is the reference of one entry: it is an
  -- address in one process's memory, so each process is told its own reference of
  -- the same entry.
  -- @function HAProxy:set_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @tparam string|number value
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  set_map = { arguments = 3, call = method("set_map", set_map), batch = true },
  --- Deletes all entries of a key in every process: `del acl` (9.3, "del acl"),
  -- repeated where a version of HAProxy deletes one entry at a time. A key `0x...`
  -- is the reference of one entry, as in `HAProxy:set_map`. Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:del_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  del_acl = { arguments = 2, call = method("del_acl", delete "acl"), batch = true },
  --- Deletes all entries of a key in every process: `del map` (9.3, "del map"),
  -- repeated where a version of HAProxy deletes one entry at a time. A key `0x...`
  -- is the reference of one entry, as in `HAProxy:set_map`. Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:del_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  del_map = { arguments = 2, call = method("del_map", delete "map"), batch = true },
  --- Deletes all entries in every process: `clear acl` (9.3, "clear acl"). Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:clear_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  clear_acl = { arguments = 1, call = method("clear_acl", change("clear acl", {})), batch = true },
  --- Deletes all entries in every process: `clear map` (9.3, "clear map"). Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:clear_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  clear_map = { arguments = 1, call = method("clear_map", change("clear map", {})), batch = true },
}

return patterns
