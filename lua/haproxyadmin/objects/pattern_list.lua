-- What maps and ACLs have in common: a list of entries, which every process has that
-- loads the same file.

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local dump = require "haproxyadmin.runtime.dump"
local errors = require "haproxyadmin.errors"
local file = require "haproxyadmin.base.file"
local judge = require "haproxyadmin.runtime.judge"
local new_plan = require "haproxyadmin.objects.sync_plan"
local patterns = require "haproxyadmin.objects.patterns"
local plan = require "haproxyadmin.runtime.plan"
local replies = require "haproxyadmin.replies.patterns"
local run = require "haproxyadmin.runtime.run"
local save = require "haproxyadmin.runtime.save"
local send = require "haproxyadmin.runtime.send"
local sync = require "haproxyadmin.runtime.sync"
local wanted = require "haproxyadmin.runtime.wanted"

local pattern_list = {}

local function places_of(self, context)
  return dump.places(context, self._what, self._file, self._id)
end

-- The processes that have it; or nil and an error.
local function processes_of(self, context)
  local places, err = places_of(self, context)
  if not places then
    return nil, err
  end
  local processes = {}
  for i, place in ipairs(places) do
    processes[i] = place.process
  end
  return processes
end

-- As HAProxy is told: the file, which is the same in all processes, or "#id".
local function name_of(self)
  return self._file or ("#%d"):format(self._id)
end

local function inconsistent(self, what)
  local message = ("processes disagree on %s of %s"):format(what, name_of(self))
  return nil, errors.new("InconsistentData", "inconsistent", message)
end

-- ---- properties ----

local function of_first(field)
  return function(self, context)
    local places, err = places_of(self, context)
    return places and places[1][field], err
  end
end

local function process_nb(self, context)
  local places, err = places_of(self, context)
  if not places then
    return nil, err
  end
  local numbers = {}
  for i, place in ipairs(places) do
    numbers[i] = place.process.nb
  end
  return numbers
end

-- The dumps of all processes that have it.
local function dumps_of(self, context)
  local places, err = places_of(self, context)
  if not places then
    return nil, err
  end
  local dumps
  dumps, err = dump.all(context, "show " .. self._what .. " entries", { id = name_of(self) }, places)
  return dumps, err, places
end

-- HAProxy counts the entries of versions, too, that are being prepared: it is the dump that is
-- counted.
local function count(self, context)
  local dumps, err = dumps_of(self, context)
  if not dumps then
    return nil, err
  end
  local found
  for _, one in ipairs(dumps) do
    local number = dump.count(context.transport, one)
    if found and number ~= found then
      return inconsistent(self, "the number of entries")
    end
    found = number
    one:free()
  end
  return found
end

-- ---- reading ----

-- The dump of the first process, with which all others agree.
local function agreed(self, context)
  local dumps, err = dumps_of(self, context)
  if not dumps then
    return nil, err
  elseif not dump.agree(context.transport, dumps, self._what == "map") then
    return inconsistent(self, "the entries")
  end
  for i = 2, #dumps do
    dumps[i]:free()
  end
  return dumps[1]
end

local function entries(self, context)
  local found, err = agreed(self, context)
  if not found then
    return nil, err
  end
  local has_values, at = self._what == "map", 0
  return function()
    local key, value, reference
    at, key, value, reference = found:next(at, has_values)
    if not has_values then
      return key, value
    end
    return key, value, reference
  end
end

local function totable(self, context)
  local found, err = agreed(self, context)
  if not found then
    return nil, err
  end
  local list, seen, repeated = {}, {}, 0
  local has_values = self._what == "map"
  local at, key, value = found:next(0, has_values)
  local pause = dump.pause(context.transport)
  while at do
    pause()
    if seen[key] then
      repeated = repeated + 1
    elseif has_values then
      -- A look-up finds the first.
      list[key] = value
    end
    if not has_values then
      list[#list + 1] = key
    end
    seen[key] = true
    at, key, value = found:next(at, has_values)
  end
  found:free()
  return list, nil, repeated
end

local function text(name, value)
  if type(value) == "number" then
    return check.numeral(name, value)
  end
  return check.text(name, value)
end

local function same(one, other)
  if one == nil or other == nil then
    return one == other
  end
  return one.key == other.key and one.value == other.value and one.type == other.type
end

local function lookup(self, context, _, sample)
  local value, err = text("sample", sample)
  if not value then
    return nil, err
  end
  local processes
  processes, err = processes_of(self, context)
  if not processes then
    return nil, err
  end
  local requests
  requests, err = run.read(context, "get " .. self._what, { id = name_of(self), value = value }, processes)
  if not requests then
    return nil, err
  end
  local match = replies.match(requests[1].reply:lines(1))
  for i = 2, #requests do
    if not same(match, replies.match(requests[i].reply:lines(1))) then
      return inconsistent(self, ("what is found for %s"):format(check.quote(value)))
    end
  end
  return match
end

-- ---- single changes ----

-- A method of HAProxy's, with this name, in the processes that have it.
local function of_haproxy(name)
  local call = patterns.calls[name]
  return function(self, context, options, ...)
    local processes, err = processes_of(self, context)
    if not processes then
      return nil, err
    end
    return call(context, options, processes, name_of(self), ...)
  end
end

-- Adds what some processes lack, and to them alone.
local function add_where(context, name, args, processes)
  if #processes == 0 then
    return true
  end
  local requests, err = plan.command(processes, name, args)
  if not requests then
    return nil, err
  end
  send.all(context, requests, context.retry)
  return judge.all(requests)
end

local function put_map(self, context, _, key, value)
  local args, err = { id = name_of(self) }
  args.key, err = text("key", key)
  if args.key then
    args.value, err = text("value", value)
  end
  if not args.value then
    return nil, err
  end
  local processes
  processes, err = processes_of(self, context)
  if not processes then
    return nil, err
  end
  local lacking, rest, ok = {}, {}
  ok, err = patterns.check_single(context, args, processes)
  if not ok then
    return nil, err
  end
  local requests
  requests, err = plan.command(processes, "set map", args)
  if not requests then
    return nil, err
  end
  send.all(context, requests, context.retry)
  for i, result in ipairs(judge.results(requests)) do
    if result.code == "not_found" and not requests[i].code then
      lacking[#lacking + 1] = processes[i]
    else
      rest[#rest + 1] = requests[i]
    end
  end
  ok, err = judge.all(rest)
  if not ok then
    return nil, err
  end
  return add_where(context, "add map", args, lacking)
end

local function put_acl(self, context, _, key)
  local value, err = text("pattern", key)
  if not value then
    return nil, err
  end
  local list
  list, err = wanted.entries(false, { value }, function() end)
  if not list then
    return nil, err
  end
  local dumps, places
  dumps, err, places = dumps_of(self, context)
  if not dumps then
    return nil, err
  end
  local lacking = {}
  for i, found in ipairs(dumps) do
    if (dump.diff(context.transport, list, found):numbers()) > 0 then
      lacking[#lacking + 1] = places[i].process
    end
    found:free()
  end
  return add_where(context, "add acl", { id = name_of(self), pattern = value }, lacking)
end

-- ---- sync ----

local modes = { auto = true, diff = true, replace = true }

local function sync_with(self, context, options, value)
  if options.mode ~= nil and not modes[options.mode] then
    return check.fail("mode", "'auto', 'diff' or 'replace'", options.mode)
  end
  local pause = dump.pause(context.transport)
  local list, err = wanted.entries(self._what == "map", value, pause)
  if not list then
    return nil, err
  end
  if options.unique then
    local repeated, key = wanted.repeated(list, pause)
    if repeated > 0 then
      local message = ("argument 'wanted': key %s is there more than once (%d entries repeat a key)"):format(
        check.quote(key),
        repeated
      )
      return nil, errors.new("ValueError", "exists", message)
    end
  end
  local target = { what = self._what, file = self._file, id = self._id }
  local made
  made, err = sync.run(context, target, list, options)
  return made and new_plan(made, context.transport), err
end

-- ---- files ----

local function save_to(self, context, _, path)
  local checked, err = file.check("path", path)
  if not checked then
    return nil, err
  end
  local found
  found, err = agreed(self, context)
  if not found then
    return nil, err
  end
  local ok
  ok, err = save.write(found, self._what == "map", path, dump.pause(context.transport))
  found:free()
  return ok, err
end

local function load_from(self, context, options, path)
  local checked, err = file.check("path", path)
  if not checked then
    return nil, err
  end
  return sync_with(self, context, options, { file = path, bytes = options.bytes })
end

-- What HAProxy has for a class: its methods' functions, by name.
local function calls(what)
  return {
    add = of_haproxy("add_" .. what),
    clear = of_haproxy("clear_" .. what),
    del = of_haproxy("del_" .. what),
    entries = entries,
    load = load_from,
    lookup = lookup,
    put = what == "map" and put_map or put_acl,
    save = save_to,
    set = what == "map" and of_haproxy "set_map" or nil,
    sync = sync_with,
    totable = totable,
  }
end

--- The options of `sync`, and their types.
pattern_list.sync_options = {
  dry_run = "boolean",
  mode = "string",
  ordered = "boolean",
  progress = "function",
  unique = "boolean",
  verify = "boolean",
}

--- The same of `load`.
pattern_list.load_options = { bytes = "boolean" }
for name, kind in pairs(pattern_list.sync_options) do
  pattern_list.load_options[name] = kind
end

pattern_list.properties = {
  count = count,
  description = of_first "description",
  file = function(self)
    return self._file or nil
  end,
  id = of_first "id",
  name = name_of,
  process_nb = process_nb,
}

pattern_list.calls = calls

--- Makes the class of maps ("map") or of ACLs ("acl"); returns what makes an object of a
-- row of the list: `make(context, row)`.
function pattern_list.class(what, definition)
  definition.properties = pattern_list.properties
  definition.describe = name_of
  local make = class.of_tables(definition)
  return function(context, row)
    local identity = what .. " " .. (row.file or ("#%d"):format(row.id))
    return make(context, { _what = what, _file = row.file or false, _id = row.id, _identity = identity })
  end
end

return pattern_list
