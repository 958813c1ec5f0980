--- A stick table, in every process that has one of its name.
--
-- Reading asks level operator: a socket of level user is told the table's size and no more, which
-- is a `CommandFailed` (`permission`).
-- @classmod haproxyadmin.StickTable

local advice = require "haproxyadmin.runtime.advice"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local data_types = require "haproxyadmin.base.data_types"
local errors = require "haproxyadmin.errors"
local new_list = require "haproxyadmin.base.list"
local run = require "haproxyadmin.runtime.run"
local send = require "haproxyadmin.runtime.send"
local tables = require "haproxyadmin.replies.tables"

require "haproxyadmin.objects.table_entry"

local stick_table = {}

-- ---- which tables there are ----

-- The tables of all processes: {name =, places = {slot = {nb =, type =, size =, used =}}},
-- in HAProxy's order, by name too.
local function list_tables(context)
  local requests, err = run.read(context, "show table", {})
  if not requests then
    return nil, err
  end
  local found, by_name = {}, {}
  for _, request in ipairs(requests) do
    for _, own in ipairs(tables.of(request.reply:lines(1))) do
      local known = by_name[own.name]
      if not known then
        known = { name = own.name, places = {} }
        by_name[own.name] = known
        found[#found + 1] = known
      end
      own.nb = request.process.nb
      known.places[request.process.slot] = own
    end
  end
  send.done(requests)
  return found, by_name
end

local function not_found(name)
  local message = ("there is no stick table %s"):format(check.quote(name))
  return nil, errors.new("ValueError", "not_found", message)
end

-- Looks again which processes have the table, and what they say of it.
local function refresh(self, context)
  local found, by_name = list_tables(context)
  if not found then
    return nil, by_name
  end
  local known = by_name[self._name]
  if not known then
    return not_found(self._name)
  end
  self._places = known.places
  return true
end

-- What the processes that have it say, in the processes' order.
local function each_place(self, context)
  local places = {}
  for _, process in ipairs(context.processes) do
    places[#places + 1] = self._places[process.slot]
  end
  return places
end

-- ---- arguments ----

local function is_ipv4(text)
  return core.is_ip(text) and not text:find(":", 1, true)
end

-- A key as a table of its type takes it. HAProxy up to 2.8 takes what is none for 0.0.0.0.
local keys = {
  ip = function(key)
    if type(key) ~= "string" or not is_ipv4(key) then
      return check.fail("key", "IPv4 address", key)
    end
    return key
  end,
  -- An IPv4 address has a form of its own there; HAProxy 2.2 takes the plain one for something else.
  ipv6 = function(key)
    if type(key) ~= "string" or not core.is_ip(key) then
      return check.fail("key", "IPv6 or IPv4 address", key)
    end
    return is_ipv4(key) and "::ffff:" .. key or key
  end,
  integer = function(key)
    local number = type(key) == "string" and key:match "^%d+$" and tonumber(key) or key
    local ok, err = check.integer("key", number, 0, 2 ^ 32 - 1)
    return ok and ("%d"):format(ok), err
  end,
  string = function(key)
    if type(key) == "number" then
      return check.numeral("key", key)
    end
    return check.text("key", key)
  end,
  binary = function(key)
    return check.fail("key", "a table whose type is not binary, whose keys HAProxy does not take", key, "unsupported")
  end,
}

local function checked_key(key, kind)
  local for_kind = keys[kind]
  if for_kind then
    return for_kind(key)
  end
  return check.fail("key", ("a key of a table of type '%s', which this module does not know"):format(kind), key)
end

local operators = { eq = true, ne = true, le = true, ge = true, lt = true, gt = true }
local MOST_CONDITIONS = 4

-- A filter as a sequence of {data, operator, value}: a single one may stand for itself.
local function checked_filter(filter)
  if type(filter) ~= "table" then
    return check.fail("filter", "{data, operator, value}, or a sequence of these", filter)
  end
  local conditions = type(filter[1]) == "table" and filter or { filter }
  if #conditions > MOST_CONDITIONS then
    return check.fail("filter", ("at most %d conditions"):format(MOST_CONDITIONS), #conditions)
  end
  local found = {}
  for i, condition in ipairs(conditions) do
    if type(condition) ~= "table" then
      return check.fail("filter", "{data, operator, value}", condition)
    end
    local name, err = data_types.check("filter", condition[1])
    if not name then
      return nil, err
    elseif not operators[condition[2]] then
      return check.fail("filter", "'eq', 'ne', 'le', 'ge', 'lt' or 'gt'", condition[2])
    end
    local value
    value, err = check.integer("filter", condition[3], 0)
    if not value then
      return nil, err
    end
    found[i] = { name, condition[2], value }
  end
  return found
end

local function checked_values(values)
  if type(values) ~= "table" or next(values) == nil then
    return check.fail("values", "{data = number}", values)
  end
  local found = {}
  for name, value in pairs(values) do
    local ok, err = data_types.check("values", name)
    if not ok then
      return nil, err
    end
    ok, err = data_types.check_value("values", name, value)
    if not ok then
      return nil, err
    end
    found[#found + 1] = { name, ok }
  end
  table.sort(found, function(one, other)
    return one[1] < other[1]
  end)
  return found
end

-- Groups {data, ...} in the words of a version.
local function in_words(groups, number)
  local found = {}
  for i, group in ipairs(groups) do
    local word, err = data_types.word(group[1], number)
    if not word then
      return nil, err
    end
    found[i] = { word, group[2], group[3] }
  end
  return found
end

-- The arguments for a process that has the table so; or nil and an error.
local function arguments_for(self, process, own, given)
  local args, err = { table = self._name }
  if given.keyed then
    args.key, err = checked_key(given.key, own.type)
    if not args.key then
      return nil, err
    end
  end
  for _, name in ipairs { "filter", "data" } do
    if given[name] then
      args[name], err = in_words(given[name], process.version)
      if not args[name] then
        return nil, err
      end
    end
  end
  return args
end

-- Have all processes the table, with keys of one type, and are they of one version? Then all
-- get the same line.
local function is_uniform(self, processes)
  local first = processes[1]
  local own = first and self._places[first.slot]
  for _, process in ipairs(processes) do
    local place = self._places[process.slot]
    if not place or place.type ~= own.type or process.version ~= first.version then
      return false
    end
  end
  return own ~= nil
end

-- The arguments for the processes that have the table, as plan.wanted takes them: `key`
-- (where one is `keyed`), `filter` and `data` as far as they are given.
local function arguments(self, context, given)
  local processes = context.processes
  if is_uniform(self, processes) then
    return arguments_for(self, processes[1], self._places[processes[1].slot], given)
  end
  return function(process)
    local own = self._places[process.slot]
    if own then
      return arguments_for(self, process, own, given)
    end
  end
end

-- ---- reading ----

-- What the processes answered, to be iterated over.
local function take(self, requests)
  local list, integers = {}, true
  for i, request in ipairs(requests) do
    list[i] = { request.process.nb, request.reply }
    integers = integers and self._places[request.process.slot].type == "integer"
  end
  local stick, place = core.stick(list, integers)
  if not stick then
    local address = requests[place].process.address
    local message = ("socket %s answers more than can be read at once"):format(address)
    return nil, errors.new("SocketTransportError", "too_big", message, { socket_file = address })
  end
  send.done(requests)
  return stick
end

local function read(self, context, name, given)
  local ok, err = refresh(self, context)
  if not ok then
    return nil, err
  end
  local args, requests
  args, err = arguments(self, context, given)
  if not args then
    return nil, err
  end
  requests, err = run.read(context, name, args)
  if not requests then
    return nil, err
  end
  return take(self, requests)
end

-- Reads the entries and hands them to what iterates over them.
local function entries(iterate)
  return function(self, context, _, filter)
    local name, given = "show table entries", {}
    if filter ~= nil then
      local conditions, err = checked_filter(filter)
      if not conditions then
        return nil, err
      end
      name, given = "show table filter", { filter = conditions }
    end
    local stick, err = read(self, context, name, given)
    if not stick then
      return nil, err
    end
    return iterate(stick)
  end
end

local function lookup(self, context, _, key)
  local stick, err = read(self, context, "show table key", { keyed = true, key = key })
  if not stick then
    return nil, err
  end
  return core.stick_keys(stick)()
end

-- ---- changing ----

-- Runs a command in the processes that have the table.
local function change(self, context, options, name, given)
  local args, err = arguments(self, context, given)
  if not args then
    return nil, err
  end
  return run.command(context, options, name, args)
end

local function set(self, context, options, key, values)
  local data, err = checked_values(values)
  if not data then
    return nil, err
  end
  return change(self, context, options, "set table", { keyed = true, key = key, data = data })
end

-- HAProxy up to 3.1 says nothing where a socket may not clear a table, and clears nothing.
local function check_level(self, context, name)
  local row = commands.find(name)
  local requests, err = run.read(context, "show cli level", {})
  for _, request in ipairs(requests or {}) do
    if request.reply:text(1) == "user" then
      local process = request.process
      local message = ("HAProxy does not do '%s %s'"):format(row.name, self._name) .. advice.level(process, row)
      return nil, errors.new("CommandFailed", "permission", message, { socket_file = process.address })
    end
  end
  return requests, err
end

local function clear_many(self, context, options, name, given)
  if options.collect then
    return check.fail("what", "a key (a batch clears single keys)", given.filter)
  end
  local ok, err = check_level(self, context, name)
  if not ok then
    return nil, err
  end
  return change(self, context, options, name, given)
end

local function clear(self, context, options, what)
  if what == nil then
    return check.fail("what", "a key or a filter (clear_all clears everything)", what)
  elseif type(what) ~= "table" then
    return change(self, context, options, "clear table key", { keyed = true, key = what })
  end
  local conditions, err = checked_filter(what)
  if not conditions then
    return nil, err
  end
  return clear_many(self, context, options, "clear table filter", { filter = conditions })
end

local function clear_all(self, context, options)
  return clear_many(self, context, options, "clear table", {})
end

-- ---- the class ----

local function stats_per_process(self, context)
  local ok, err = refresh(self, context)
  if not ok then
    return nil, err
  end
  local found = {}
  for i, own in ipairs(each_place(self, context)) do
    found[i] = { own.nb, { type = own.type, size = own.size, used = own.used } }
  end
  return found
end

local function sum(name)
  return function(self, context)
    local ok, err = refresh(self, context)
    if not ok then
      return nil, err
    end
    local total = 0
    for _, own in ipairs(each_place(self, context)) do
      total = total + own[name]
    end
    return total
  end
end

local function get_type(self, context)
  local ok, err = refresh(self, context)
  if not ok then
    return nil, err
  end
  local places = each_place(self, context)
  for _, own in ipairs(places) do
    if own.type ~= places[1].type then
      local results = {}
      for i, place in ipairs(places) do
        results[i] = { place.nb, place.type }
      end
      local message = ("processes disagree on the type of stick table %s"):format(check.quote(self._name))
      return nil, errors.new("InconsistentData", "inconsistent", message, { results = results })
    end
  end
  return places[1].type
end

local function get_name(self)
  return self._name
end

local function process_nb(self, context)
  local numbers = {}
  for i, own in ipairs(each_place(self, context)) do
    numbers[i] = own.nb
  end
  return numbers
end

local make = class.of_tables {
  name = "StickTable",
  describe = function(self)
    return rawget(self, "_name")
  end,
  methods = class.methods({}, {
    --- Iterates over the entries of every process, process after process, in HAProxy's order:
    -- `show table <name>` (management guide 9.3; level operator).
    --
    --    for entry in hap:table("clients"):entries { "http_req_rate", "gt", 100 } do
    --      print(entry.process_nb, entry.key, entry.http_req_rate)
    --    end
    --
    -- All is read before the first entry comes; a million entries are some 100 MB of text.
    -- @function StickTable:entries
    -- @tparam[opt] table filter `{data, operator, value}`, or a sequence of up to four of them, all of which
    -- must hold: entries of a process are filtered by that process. `data` is a data type (`gpc0`,
    -- `http_req_rate`, `gpc[1]`), the operator `eq`, `ne`, `le`, `ge`, `lt` or `gt`
    -- @treturn function an iterator over `TableEntry`
    -- @raise `ValueError` (a bad filter; `not_found`: the table is gone), `CommandFailed` (`permission`,
    -- `unsupported`, `bad_argument`: the table does not store that), `MultipleCommandResults`, `HAProxySocketError`
    entries = { arguments = 1, tables = true, call = entries(core.stick_entries) },
    --- The same, with the entries of one key in all processes made one: counters and rates add up
    -- (see `TableEntry`). A filter is each process's own, as in `StickTable:entries`: what one process has of a
    -- key that it leaves out is not in the sum.
    -- @function StickTable:sums
    -- @tparam[opt] table filter
    -- @treturn function an iterator over `TableEntry`, each with a sequence as `process_nb`
    -- @raise as `StickTable:entries`
    sums = { arguments = 1, tables = true, call = entries(core.stick_keys) },
    --- What all processes have of one key: `show table <name> key <key>` (9.3; level operator).
    -- @function StickTable:lookup
    -- @tparam string|integer key of the table's type; in a table of type ipv6 an IPv4 address is looked for as
    -- `::ffff:1.2.3.4`. HAProxy cuts a string that is longer than the table's keys
    -- @treturn TableEntry as `StickTable:sums` has it, or nil where no process has the key
    -- @raise `ValueError` (a key of another type; a table of binary keys: `unsupported`), `CommandFailed`
    -- (`permission`), `MultipleCommandResults`, `HAProxySocketError`
    lookup = { arguments = 1, call = lookup },
    --- Stores values of a key in every process, and makes the entry where there is none: `set table <name> key
    -- <key> data.<type> <value>` (9.3; level operator). HAProxy makes the entry also where it refuses a value,
    -- because the table does not store that type.
    -- @function StickTable:set
    -- @tparam string|integer key as in `StickTable:lookup`
    -- @tparam table values `{gpc0 = 1}`: data types and integers
    -- @treturn boolean true
    -- @raise as `StickTable:lookup`; `CommandFailed` (`bad_argument`: the table does not store that,
    -- `unsupported`: the version does not have it)
    set = { arguments = 2, tables = true, call = set, batch = true },
    --- Deletes the entry of a key, or the entries that a filter holds for, in every process: `clear table <name>
    -- key <key>`, `clear table <name> data.<type> <operator> <value>` (9.3; level operator). An entry that a
    -- stream uses stays. A key that is not there is none to be deleted: true.
    -- @function StickTable:clear
    -- @tparam string|integer|table what a key, or a filter as in `StickTable:entries` (not in a batch)
    -- @treturn boolean true
    -- @raise as `StickTable:set`
    clear = { arguments = 1, tables = true, call = clear, batch = true },
    --- Deletes all entries that no stream uses, in every process: `clear table <name>` (9.3; level operator).
    -- @function StickTable:clear_all
    -- @treturn boolean true
    -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
    clear_all = { call = clear_all },
    --- What each process says of the table: `show table` (9.3; level user).
    -- @function StickTable:stats_per_process
    -- @treturn {table,...} `{process_nb, {type =, size =, used =}}` for each process that has the table
    -- @raise `ValueError` (`not_found`: the table is gone), `HAProxySocketError`
    stats_per_process = { call = stats_per_process },
  }),
  properties = {
    --- Its name. Never asks HAProxy.
    -- @field StickTable.name
    name = get_name,
    --- The type of its keys: `ip`, `ipv6`, `integer`, `string` or `binary`. Raises `InconsistentData`,
    -- `ValueError` (the table is gone), `HAProxySocketError`.
    -- @field StickTable.type
    type = get_type,
    --- How many entries it can have, summed over the processes. Raises `ValueError`, `HAProxySocketError`.
    -- @field StickTable.size
    size = sum "size",
    --- How many entries it has, summed over the processes: a key counts in each. Raises `ValueError`,
    -- `HAProxySocketError`.
    -- @field StickTable.used
    used = sum "used",
    --- The numbers of the processes that have it, a sequence, as of the last reading.
    -- @field StickTable.process_nb
    process_nb = process_nb,
  },
}

--- Reads a property without raising.
-- @function StickTable:get
-- @tparam string property
-- @return its value, or nil and the error

local function new(context, known)
  return make(context, { _name = known.name, _identity = known.name, _places = known.places })
end

-- All tables, as HAProxy:tables returns them.
function stick_table.all(_, context)
  local found, err = list_tables(context)
  if not found then
    return nil, err
  end
  local objects = {}
  for i, known in ipairs(found) do
    objects[i] = new(context, known)
  end
  return new_list(objects)
end

-- The table of a name, as HAProxy:table returns it.
function stick_table.one(_, context, _, name)
  local ok, err = check.text("name", name)
  if not ok then
    return nil, err
  end
  local found, by_name = list_tables(context)
  if not found then
    return nil, by_name
  elseif not by_name[name] then
    return not_found(name)
  end
  return new(context, by_name[name])
end

return stick_table
