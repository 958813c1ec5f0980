-- Classes: one Lua __index for each (method, then property, then metric), and
-- methods that raise, or return nil and an error where `die = false` holds.
--
-- A method or property is written as a function that returns its value, or nil
-- and an error; the wrappers here do the rest.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local discover = require "haproxyadmin.runtime.discover"
local errors = require "haproxyadmin.errors"

local class = {
  -- By name; what documents are held against.
  definitions = {},
}

-- Objects that are Lua tables (Process) keep their context here.
local contexts = setmetatable({}, { __mode = "k" })

function class.context(object)
  return contexts[object] or core.context(object)
end

function class.keep(object, context)
  contexts[object] = context
  return object
end

-- `more`: what a few methods return beside their value.
local function raise_or_return(die, value, err, more)
  if err == nil then
    if more ~= nil then
      return value, more
    end
    return value
  elseif die then
    error(err, 0)
  end
  return nil, err
end

local function no_object(name, object)
  local got = check.describe(object)
  local message = ("method '%s' called on %s: call it with a colon, as object:%s(...)"):format(name, got, name)
  error(errors.new("ValueError", "bad_argument", message), 0)
end

-- Before an object is used: nil, or why it cannot be. One that was built where its
-- transport cannot wait looks at its sockets now; one that missed a process looks
-- whether its folder has a new one, which is no matter of this call.
local function unusable(context)
  if context.closed then
    return errors.new("ValueError", "bad_argument", ("the %s object was closed"):format(context.closed))
  elseif context.pending then
    local _, err = discover.connect(context)
    return err
  elseif context.missed then
    discover.look_again(context)
  elseif context.workers == "all" then
    discover.old_workers(context)
  end
end

local function is_at_rest(context)
  return not (context.closed or context.pending or context.missed or context.workers == "all")
end

local function too_many(count, value)
  local message = ("%d argument(s) expected, got one more: %s"):format(count, check.describe(value))
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- The methods of each class, by its metatable, and the entries that they were made
-- of, by method.
local methods_of = setmetatable({}, { __mode = "k" })
local entries = setmetatable({}, { __mode = "k" })

--- The entry of a method, or nil.
function class.entry_of(method)
  return entries[method]
end

--- The entry of a method of the object's, or nil.
function class.entry(object, name)
  local methods = methods_of[getmetatable(object)]
  return methods and entries[methods[name]]
end

-- Is the value an object whose class has this very method?
local function has(value, name, fn)
  local meta = getmetatable(value)
  local methods = methods_of[meta] or type(meta) == "table" and meta.__index
  return type(methods) == "table" and methods[name] == fn
end

-- Without options: shared, because nobody writes to it.
local NONE = {}

-- The table of options is the last argument given that is not nil, where that is a
-- table.
local function split(...)
  local count = select("#", ...)
  if count == 1 then
    local only = ...
    if only == nil then
      return NONE, 0
    elseif type(only) == "table" then
      return only, 0
    end
    return NONE, 1
  end
  while count > 0 and (select(count, ...)) == nil do
    count = count - 1
  end
  local last = count > 0 and select(count, ...) or nil
  if type(last) == "table" then
    return last, count - 1
  end
  return NONE, count
end

-- The same of a method whose arguments may be tables: its options stand behind all of
-- them.
local function split_behind(most, ...)
  local count = select("#", ...)
  while count > 0 and (select(count, ...)) == nil do
    count = count - 1
  end
  local last = count == most + 1 and select(count, ...) or nil
  if type(last) == "table" then
    return last, most
  end
  return NONE, count
end

local unpack = table.unpack or unpack -- luacheck: ignore

-- Calls the method with its arguments alone.
local function call(entry, self, context, options, count, ...)
  if count == 0 then
    return entry.call(self, context, options)
  elseif count == select("#", ...) then
    return entry.call(self, context, options, ...)
  end
  local arguments = { ... }
  return entry.call(self, context, options, unpack(arguments, 1, count))
end

-- Makes a method of an entry: `call(self, context, options, ...)`, how many
-- `arguments` it takes, whether they may be tables (`tables`), and the types of its
-- `options`.
local function method(name, entry)
  local known = { die = "boolean" }
  for key, kind in pairs(entry.options or {}) do
    known[key] = kind
  end
  local most = entry.arguments or 0
  local function wrapper(self, ...)
    if not has(self, name, wrapper) then
      no_object(name, self)
    end
    local context = class.context(self)
    local options, count
    if entry.tables then
      options, count = split_behind(most, ...)
    else
      options, count = split(...)
    end
    if options ~= NONE then
      local ok, err = check.options(options, known)
      if not ok then
        return raise_or_return(options.die ~= false and context.die, nil, err)
      end
    end
    local die = options.die
    if die == nil then
      die = context.die
    end
    local trouble = not is_at_rest(context) and name ~= "close" and unusable(context)
    if trouble then
      return raise_or_return(die, nil, trouble)
    elseif count > most then
      return raise_or_return(die, too_many(most, (select(most + 1, ...))))
    end
    return raise_or_return(die, call(entry, self, context, options, count, ...))
  end
  entries[wrapper] = entry
  return wrapper
end

--- Adds methods, by name, to a table of them. Of an entry: `call`, `arguments` (their
-- number, 0 where it is left out), `tables` (whether they may be tables), `options` (their
-- types), and `batch`: whether it is a method of Batch, too.
function class.methods(target, list)
  for name, entry in pairs(list) do
    target[name] = method(name, entry)
  end
  return target
end

local function unknown(label, key)
  local message = ("%s has no property or method %s"):format(label, check.quote(tostring(key)))
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- The value of a property, or nil and an error.
local function property(definition, object, key)
  local context = class.context(object)
  local getter = definition.properties[key]
  local trouble = not is_at_rest(context) and unusable(context)
  if trouble then
    return nil, trouble
  elseif getter then
    return getter(object, context)
  end
  local fallback = definition.fallback
  if fallback then
    local found, value, err = fallback(object, key)
    if found then
      return value, err
    end
  end
  return unknown(definition.name, key)
end

local function set(definition, object, key, value)
  local setter = definition.setters and definition.setters[key]
  if not setter then
    local message = ("%s: property %s cannot be set"):format(definition.name, check.quote(tostring(key)))
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  local context = class.context(object)
  local trouble = unusable(context)
  if trouble then
    return nil, trouble
  end
  return setter(object, context, value)
end

--- Completes a class of the core. `definition`: name, methods (as made by
-- class.methods), properties (name = function(object, context)), setters (the
-- same with the value), fallback(object, key) -> found, value, err, and
-- peeks: name = what core.peek reads without all this, where it can. `meta`: the
-- metatable of a class that is not the core's.
function class.complete(definition)
  class.definitions[definition.name] = definition
  local meta = definition.meta or core.metatable("haproxyadmin." .. definition.name)
  local methods = definition.methods
  local peeks = definition.peeks or {}
  local peek = core.peek
  methods_of[meta] = methods
  -- A read that never raises.
  methods.get = function(self, key)
    if not has(self, "get", methods.get) then
      no_object("get", self)
    end
    return property(definition, self, key)
  end
  meta.__index = function(object, key)
    local number = peeks[key]
    if number then
      local value, peeked = peek(object, number)
      if peeked then
        return value
      end
    else
      local method_found = methods[key]
      if method_found then
        return method_found
      end
    end
    local value, err = property(definition, object, key)
    if err ~= nil then
      error(err, 0)
    end
    return value
  end
  meta.__newindex = function(object, key, value)
    local ok, err = set(definition, object, key, value)
    if not ok then
      error(err, 0)
    end
  end
  return meta
end

--- Makes a class whose objects are Lua tables. `definition` as in class.complete, and
-- `describe(object)`: what `tostring` shows behind the class's name. Returns what makes
-- an object: `make(context, fields)`. The names of the fields begin with `_`, since
-- users read properties; of two objects of one class that have the same `_identity`
-- in one context each is the other.
function class.of_tables(definition)
  local meta = { __name = "haproxyadmin." .. definition.name }
  meta.__tostring = function(object)
    return ("%s (%s)"):format(meta.__name, definition.describe(object))
  end
  meta.__eq = function(one, other)
    return contexts[one] == contexts[other] and rawget(one, "_identity") == rawget(other, "_identity")
  end
  definition.meta = meta
  class.complete(definition)
  return function(context, fields)
    return class.keep(setmetatable(fields, meta), context)
  end
end

return class
