--- A backend, however many processes serve it.
--
-- Beside what is listed here it has everything of `haproxyadmin.Object`.
-- @classmod haproxyadmin.Backend

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local new_list = require "haproxyadmin.base.list"
local handle = require "haproxyadmin.objects.handle"
local reading = require "haproxyadmin.runtime.reading"

-- A reading that has the backend's servers, by way of the backend itself.
local function with_servers(self, context)
  if core.live(self) then
    return reading.renew(context, self, true)
  end
  return true
end

local function servers(self, context, _, name)
  if name ~= nil then
    local ok, err = check.text("name", name)
    if not ok then
      return nil, err
    end
  end
  local ok, err = with_servers(self, context)
  if not ok then
    return nil, err
  end
  return new_list(core.siblings(self, name))
end

local function server(self, context, options, name)
  local ok, err = check.text("name", name)
  if not ok then
    return nil, err
  end
  local list
  list, err = servers(self, context, options, name)
  if not list then
    return nil, err
  elseif not list[1] then
    local message = ("backend %s has no server %s"):format(core.name(self), check.quote(name))
    return nil, errors.new("ValueError", "not_found", message)
  end
  return list[1]
end

return handle.complete("Backend", "stot", {
  methods = {
    --- Its servers, in HAProxy's order: one `show stat` of this backend.
    -- @function Backend:servers
    -- @tparam[opt] string name only the server of this name
    -- @treturn List of Server; empty when there is none
    -- @raise `ValueError` (the backend is gone), `HAProxySocketError`
    servers = { arguments = 1, call = servers },
    --- One of its servers.
    -- @function Backend:server
    -- @tparam string name
    -- @treturn Server
    -- @raise `ValueError` (`not_found`), `HAProxySocketError`
    server = { arguments = 1, call = server },
  },
  properties = {},
})
