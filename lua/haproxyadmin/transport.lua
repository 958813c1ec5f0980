-- Which transport carries the bytes.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"

local modules = { native = "haproxyadmin.transport.native" }
for _, name in ipairs { "copas", "cqueues", "haproxy", "luasocket", "luv", "ngx" } do
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

-- Nothing may block a worker of nginx unless it was asked to, and a HAProxy that
-- is blocked cannot answer its own question.
local function automatic()
  local ngx, haproxy = rawget(_G, "ngx"), rawget(_G, "core")
  if type(ngx) == "table" and ngx.socket then
    return "ngx"
  elseif type(haproxy) == "table" and haproxy.msleep then
    return "haproxy"
  end
  return "native"
end

--- The transport of this name (nil: nginx's in nginx, HAProxy's in HAProxy, the
-- native one elsewhere), or a table that is one.
return function(chosen)
  if type(chosen) == "table" then
    for _, name in ipairs { "exchange", "now", "sleep" } do
      if type(chosen[name]) ~= "function" then
        return check.fail("transport", ("a transport with a function '%s'"):format(name), chosen)
      end
    end
    return chosen
  end
  local module = modules[chosen or automatic()]
  if not module then
    local names = "'copas', 'cqueues', 'haproxy', 'luasocket', 'luv', 'native', 'ngx' or a transport"
    return check.fail("transport", names, chosen)
  end
  return load(module)
end
