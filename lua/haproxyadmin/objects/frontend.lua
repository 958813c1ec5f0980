--- A frontend, however many processes serve it.
--
-- Beside what is listed here it has everything of `haproxyadmin.Object`.
-- @classmod haproxyadmin.Frontend

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local handle = require "haproxyadmin.objects.handle"
local run = require "haproxyadmin.runtime.run"

local function setmaxconn(self, context, options, n)
  local value, err = check.integer("n", n, 0, check.LARGEST)
  if not value then
    return nil, err
  end
  return run.command(context, options, "set maxconn frontend", { frontend = core.name(self), n = value }, self)
end

local function runner(name)
  return function(self, context, options)
    return run.command(context, options, name, { frontend = core.name(self) }, self)
  end
end

return handle.complete("Frontend", "req_tot", {
  methods = {
    --- Lets it accept connections again: `enable frontend` in every process
    -- that has it (management guide 9.3, "enable frontend"; level admin). A
    -- process where it is enabled already counts as done.
    -- @function Frontend:enable
    -- @treturn boolean true
    -- @raise `CommandFailed` (`in_use` after a shutdown, `permission`),
    -- `MultipleCommandResults`, `HAProxySocketError`
    enable = { call = runner "enable frontend", batch = true },
    --- Stops accepting connections for a while: `disable frontend` (9.3,
    -- "disable frontend"; level admin). `status` then says `PAUSED` or `STOP`,
    -- on 2.4 and 2.6 in some releases still `OPEN`.
    -- @function Frontend:disable
    -- @treturn boolean true
    -- @raise as `Frontend:enable`
    disable = { call = runner "disable frontend", batch = true },
    --- Stops it for good, until HAProxy is reloaded: `shutdown frontend` (9.3,
    -- "shutdown frontend"; level admin).
    -- @function Frontend:shutdown
    -- @treturn boolean true
    -- @raise as `Frontend:enable`
    shutdown = { call = runner "shutdown frontend", batch = true },
    --- Sets the limit of concurrent connections in every process: `set maxconn
    -- frontend` (9.3; level admin).
    -- @function Frontend:setmaxconn
    -- @tparam integer n connections for each process, at least 0
    -- @treturn boolean true
    -- @raise `ValueError`, and as `Frontend:enable`
    setmaxconn = { arguments = 1, call = setmaxconn, batch = true },
  },
  properties = {},
  metrics = {
    --- The limit of concurrent connections, summed over the processes (column
    -- `slim`). Raises `ValueError` (the frontend is gone), `HAProxySocketError`.
    -- @field Frontend.maxconn
    maxconn = handle.metric "slim",
  },
})
