-- Classes: one Lua __index for each (method, then property, then metric), and
-- methods that raise, or return nil and an error where `die = false` holds.
--
-- A method or property is written as a function that returns its value, or nil
-- and an error; the wrappers here do the rest.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local class = {
  -- By name; what documents are held against.
  definitions = {},
}

-- Objects that are Lua tables (Process) keep their state here.
local states = setmetatable({}, { __mode = "k" })

-- What each method wraps.
local implementations = setmetatable({}, { __mode = "k" })

function class.implementation(wrapper)
  return implementations[wrapper]
end

function class.state(object)
  return states[object] or core.state(object)
end

function class.keep(object, state)
  states[object] = state
  return object
end

local function settle(die, value, err)
  if err == nil then
    return value
  elseif die then
    error(err, 0)
  end
  return nil, err
end

local function dies(state, options)
  if options.die ~= nil then
    return options.die
  end
  return state.die
end

local function no_object(name, object)
  local got = check.describe(object)
  local message = ("method '%s' called on %s: call it with a colon, as object:%s(...)"):format(name, got, name)
  error(errors.new("ValueError", "bad_argument", message), 0)
end

-- Before an object is used: nil, or why it cannot be. One that was built where
-- its transport cannot wait looks at its sockets now (`state.pending`).
local function unusable(state)
  if state.closed then
    return errors.new("ValueError", "bad_argument", "the HAProxy object was closed")
  elseif state.pending then
    local _, err = state:pending()
    return err
  end
end

local function too_many(count, value)
  local message = ("%d argument(s) expected, got one more: %s"):format(count, check.describe(value))
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- The methods of each class, by its metatable.
local methods_of = setmetatable({}, { __mode = "k" })

-- Is the value an object whose class has this very method?
local function has(value, name, fn)
  local meta = getmetatable(value)
  local methods = methods_of[meta] or type(meta) == "table" and meta.__index
  return type(methods) == "table" and methods[name] == fn
end

-- Without options: shared, because nobody writes to it.
local NONE = {}

-- Makes a method of `fn(self, state, options, a, b, c)`, which takes `count`
-- arguments and, as the last one given, a table of options, whose types are in
-- `known`.
local function method(name, count, known, fn)
  local options_known = { die = "boolean" }
  for key, kind in pairs(known or {}) do
    options_known[key] = kind
  end
  local function wrapper(self, a, b, c, d)
    if not has(self, name, wrapper) then
      no_object(name, self)
    end
    local state = class.state(self)
    local options = NONE
    if d ~= nil then
      if type(d) == "table" then
        options, d = d, nil
      end
    elseif c ~= nil then
      if type(c) == "table" then
        options, c = c, nil
      end
    elseif b ~= nil then
      if type(b) == "table" then
        options, b = b, nil
      end
    elseif type(a) == "table" then
      options, a = a, nil
    end
    local ok, err = check.options(options, options_known)
    if not ok then
      return settle(options.die ~= false and state.die, nil, err)
    end
    local trouble = (state.closed or state.pending) and name ~= "close" and unusable(state)
    if trouble then
      return settle(dies(state, options), nil, trouble)
    end
    local extra = select(count + 1, a, b, c, d)
    if extra ~= nil then
      return settle(dies(state, options), too_many(count, extra))
    end
    return settle(dies(state, options), fn(self, state, options, a, b, c))
  end
  implementations[wrapper] = fn
  return wrapper
end

--- Adds methods: name = {count of arguments, function[, options known]}.
function class.methods(target, list)
  for name, entry in pairs(list) do
    target[name] = method(name, entry[1], entry[3], entry[2])
  end
  return target
end

local function unknown(label, key)
  local message = ("%s has no property or method %s"):format(label, check.quote(tostring(key)))
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- The value of a property, or nil and an error.
local function property(definition, object, key)
  local state = class.state(object)
  local getter = definition.properties[key]
  local trouble = unusable(state)
  if trouble then
    return nil, trouble
  elseif getter then
    return getter(object, state)
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

--- Completes a class of the core. `definition`: name, methods (as made by
-- class.methods), properties (name = function(object, state)), setters (the
-- same with the value), fallback(object, key) -> found, value, err, and
-- peeks: name = the code that core.peek reads without all this, where it can.
function class.complete(definition)
  class.definitions[definition.name] = definition
  local meta = core.metatable("haproxyadmin." .. definition.name)
  local methods = definition.methods
  local peeks = definition.peeks or {}
  local peek = core.peek
  -- A read that never raises.
  methods_of[meta] = methods
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
    local setter = definition.setters and definition.setters[key]
    local ok, err
    if setter then
      local state = class.state(object)
      err = unusable(state)
      if not err then
        ok, err = setter(object, state, value)
      end
    else
      local message = ("%s: property %s cannot be set"):format(definition.name, check.quote(tostring(key)))
      err = errors.new("ValueError", "bad_argument", message)
    end
    if not ok then
      error(err, 0)
    end
  end
  return meta
end

return class
