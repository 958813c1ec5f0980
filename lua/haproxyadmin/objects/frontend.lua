--- A frontend, however many processes serve it.
--
-- Beside what is listed here it has everything of `haproxyadmin.Object`.
-- @classmod haproxyadmin.Frontend

local check = require "haproxyadmin.base.check"
local command = require "haproxyadmin.runtime.command"
local core = require "haproxyadmin.core"
local object = require "haproxyadmin.objects.handle"

local function run(self, state, verb, ...)
  local parts = { { "words", verb }, { "name", core.name(self), "name" }, ... }
  return command.run(state, parts, "frontend", object.processes(state, self))
end

local function setmaxconn(self, state, _, n)
  local value, err = check.integer("n", n, 0, check.LARGEST)
  if not value then
    return nil, err
  end
  return run(self, state, "set maxconn frontend", { "number", value, "n" })
end

local function runner(verb)
  return function(self, state)
    return run(self, state, verb)
  end
end

return object.complete("Frontend", "req_tot", {
  methods = {
    --- Lets it accept connections again: `enable frontend` in every process
    -- that has it (management guide 9.3, "enable frontend"; level admin). A
    -- process where it is enabled already counts as done.
    -- @function Frontend:enable
    -- @treturn boolean true
    -- @raise `CommandFailed` (`in_use` after a shutdown, `permission`),
    -- `MultipleCommandResults`, `HAProxySocketError`
    enable = { 0, runner "enable frontend" },
    --- Stops accepting connections for a while: `disable frontend` (9.3,
    -- "disable frontend"; level admin). `status` then says `PAUSED` or `STOP`,
    -- on 2.4 and 2.6 in some releases still `OPEN`.
    -- @function Frontend:disable
    -- @treturn boolean true
    -- @raise as `Frontend:enable`
    disable = { 0, runner "disable frontend" },
    --- Stops it for good, until HAProxy is reloaded: `shutdown frontend` (9.3,
    -- "shutdown frontend"; level admin).
    -- @function Frontend:shutdown
    -- @treturn boolean true
    -- @raise as `Frontend:enable`
    shutdown = { 0, runner "shutdown frontend" },
    --- Sets the limit of concurrent connections in every process: `set maxconn
    -- frontend` (9.3; level admin).
    -- @function Frontend:setmaxconn
    -- @tparam integer n connections for each process, at least 0
    -- @treturn boolean true
    -- @raise `ValueError`, and as `Frontend:enable`
    setmaxconn = { 1, setmaxconn },
  },
  properties = {},
  metrics = {
    --- The limit of concurrent connections, summed over the processes (column
    -- `slim`). Raises `ValueError` (the frontend is gone), `HAProxySocketError`.
    -- @field Frontend.maxconn
    maxconn = object.metric "slim",
  },
})
