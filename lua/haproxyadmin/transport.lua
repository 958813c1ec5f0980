-- Which transport carries the bytes.

local check = require "haproxyadmin.check"
local errors = require "haproxyadmin.errors"

local modules = { native = "haproxyadmin.transport.native" }
for _, name in ipairs { "copas", "cqueues", "haproxy", "luasocket", "luv" } do
  modules[name] = "haproxyadmin.transport." .. name
end

-- Lua 5.1 would call a second attempt a loop.
local function load(module)
  local ok, found = pcall(require, module)
  if ok then
    return found
  end
  package.loaded[module] = nil
  if errors.is_error(found) then
    return nil, found
  end
  error(found, 0)
end

--- The transport of this name (nil: the native one), or a table that is one.
return function(chosen)
  if type(chosen) == "table" then
    for _, name in ipairs { "exchange", "now", "sleep" } do
      if type(chosen[name]) ~= "function" then
        return check.fail("transport", ("a transport with a function '%s'"):format(name), chosen)
      end
    end
    return chosen
  end
  local module = modules[chosen or "native"]
  if not module then
    return check.fail("transport", "'copas', 'cqueues', 'haproxy', 'luasocket', 'luv', 'native' or a transport", chosen)
  end
  return load(module)
end
