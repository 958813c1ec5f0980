-- Calls that may fail in the middle of something that must not be left as it is.

-- A plain Lua 5.1 cannot wait inside of pcall, which is a C function there; later ones and
-- LuaJIT can.
local cannot_wait = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

--- As pcall; but on a plain Lua 5.1, inside a coroutine, where what is called may wait,
-- an error goes through.
return function(fn, ...)
  if cannot_wait and coroutine.running() then
    return true, fn(...)
  end
  return pcall(fn, ...)
end
