-- Calls that may fail in the middle of something that must not be left as it is.

local protected = {}

-- A plain Lua 5.1 cannot wait inside of pcall, which is a C function there; later ones and
-- LuaJIT can. What is protected there gets a coroutine of its own, for which the one that was
-- started waits: what wakes who waits has to wake that one.
local cannot_wait = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

-- By a coroutine the one that was started, in which it runs.
local started = setmetatable({}, { __mode = "kv" })

--- The coroutine that is to be woken when what this one waits for is there; nil outside of
-- all, or there the second result is true, as coroutine.running has it.
function protected.running()
  local routine, is_main = coroutine.running()
  return routine and started[routine] or routine, is_main
end

--- Runs a function in a coroutine of its own, where it may wait, and make calls that are
-- protected; what it raises before it waits goes through. Only for who knows that what wakes
-- it asks `protected.running`.
function protected.start(fn)
  local routine = coroutine.create(fn)
  started[routine] = routine
  local ok, err = coroutine.resume(routine)
  if not ok then
    error(err, 0)
  end
end

-- Waits outside for what is waited for inside, until that has ended.
local function outcome(inner, ok, ...)
  if ok and coroutine.status(inner) ~= "dead" then
    return outcome(inner, coroutine.resume(inner, coroutine.yield(...)))
  end
  return ok, ...
end

--- As pcall; but on a plain Lua 5.1, inside a coroutine that was not started here, where what
-- is called may wait, an error goes through.
function protected.call(fn, ...)
  local routine = cannot_wait and coroutine.running()
  if not routine then
    return pcall(fn, ...)
  elseif not started[routine] then
    return true, fn(...)
  end
  local inner = coroutine.create(function(...)
    return fn(...)
  end)
  started[inner] = started[routine]
  return outcome(inner, coroutine.resume(inner, ...))
end

return protected
