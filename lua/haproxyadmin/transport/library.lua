-- The library of a host: the module, or a ValueError that names both.

local errors = require "haproxyadmin.errors"

--- Requires `name`, which Debian has in package `debian`; `transport` needs it.
return function(transport, name, debian)
  local ok, found = pcall(require, name)
  if ok then
    return found
  end
  -- Lua 5.1 would call a second attempt a loop.
  package.loaded[name] = nil
  local message = ("transport '%s' needs the library %s, which cannot be loaded (Debian's package is %s): %s"):format(
    transport,
    name,
    debian,
    (tostring(found):gsub("\n.*", ""))
  )
  error(errors.new("ValueError", "unsupported", message), 0)
end
