-- The library of a host: the module, or a ValueError that says what is missing
-- and where to get it.

local errors = require "haproxyadmin.errors"

--- Requires `name`, which `transport` needs; Debian has it in package `debian`,
-- LuaRocks in `rock`.
return function(transport, name, debian, rock)
  local ok, found = pcall(require, name)
  if ok then
    return found
  end
  -- Lua 5.1 would call a second attempt a loop.
  package.loaded[name] = nil
  local message = ("transport '%s' needs the module '%s', which cannot be loaded "
    .. "(in Debian's package %s and the rock %s): %s"):format(
    transport,
    name,
    debian,
    rock,
    (tostring(found):gsub("\n.*", ""))
  )
  error(errors.new("ValueError", "unsupported", message), 0)
end
