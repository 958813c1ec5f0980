-- Which transport carries the bytes.

local check = require "haproxyadmin.check"

local modules = { native = "haproxyadmin.transport.native" }

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
    return check.fail("transport", "'native' or a transport", chosen)
  end
  return require(module)
end
