--- A server of one backend, however many processes serve it.
--
-- Beside what is listed here it has everything of `haproxyadmin.Object`. A text
-- that HAProxy leaves empty (a server without checks, say) is nil.
--
-- `weight`, `address`, `port` and what checks report are values on which the
-- processes must agree: reading them raises `InconsistentData` where they do not,
-- `ValueError` when the server is gone, and `HAProxySocketError`.
-- @classmod haproxyadmin.Server

local address = require "haproxyadmin.objects.server_address"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local drain = require "haproxyadmin.objects.drain"
local ensure = require "haproxyadmin.objects.ensure"
local handle = require "haproxyadmin.objects.handle"
local server_state = require "haproxyadmin.objects.server_state"
local switches = require "haproxyadmin.objects.server_switches"
local words = require "haproxyadmin.replies.server_state"
local wait = require "haproxyadmin.runtime.wait"
local wait_up = require "haproxyadmin.objects.wait_up"

-- By the name of a state: the command, and its argument.
local states = {
  enable = { "enable server" },
  disable = { "disable server" },
  ready = { "set server state", "ready" },
  drain = { "set server state", "drain" },
  maint = { "set server state", "maint" },
}

local command = switches.command

local function setstate(self, context, options, state)
  local found = states[state]
  if not found then
    return check.fail("state", "'enable', 'disable', 'ready', 'drain' or 'maint'", state)
  end
  return command(self, context, options, found[1], { state = found[2] })
end

local HEAVIEST = 256

-- With it a configured weight of 1 becomes the heaviest; HAProxy calculates
-- with 32 bits and does not look whether it can.
local LARGEST_PERCENTAGE = HEAVIEST * 100

local function setweight(self, context, options, weight)
  local percent = type(weight) == "string" and weight:match "^(%d+)%%$"
  if percent and tonumber(percent) <= LARGEST_PERCENTAGE then
    return command(self, context, options, "set weight", { weight = weight })
  end
  local value = check.integer("weight", weight, 0, HEAVIEST)
  if not value then
    local expected = "integer from 0 to %d or a string 'N%%', N to %d"
    return check.fail("weight", expected:format(HEAVIEST, LARGEST_PERCENTAGE), weight)
  end
  return command(self, context, options, "set weight", { weight = ("%d"):format(value) })
end

local function shutdown(self, context, options)
  return command(self, context, options, "shutdown sessions server", {})
end

local function drain_it(self, context, options)
  local ok, err = drain.check(options)
  if not ok then
    return nil, err
  end
  return drain.run(context, { self }, options)
end

local function wait_until_up(self, context, options)
  return wait_up.run(context, { self }, options)
end

return handle.complete("Server", "stot", {
  parts = { switches.methods, ensure.methods },
  methods = {
    --- Puts it into state drain in every process that has it, then waits until no process has
    -- a session of it (`set server ... state drain`, 9.3, "set server"; `show stat`,
    -- 9.1, scur and qcur; level admin).
    --
    -- A session is a request that is under way, a connection in TCP mode, a tunnel
    -- (WebSocket); not a client's connection or one to the server that is idle between
    -- requests. Nor is it counted while HAProxy waits to connect again, for a second, behind
    -- an attempt that failed. In state drain clients that persist (cookies, stick
    -- tables) still get to it: where they do not stop it is never without sessions, and
    -- `state = "maint"` sends them to others. A
    -- process in which it is in maintenance keeps that, and is only waited for. One
    -- that is reloaded meanwhile is told again; the sessions that its predecessor
    -- still has are waited for through a master's socket with `workers = "all"` (HAProxy 2.5
    -- and later), and otherwise not known.
    -- @function Server:drain
    -- @tparam[opt] table options
    --
    -- `timeout` (30): seconds for all of it; `interval` (0.5): seconds between two readings;
    --
    -- `on_timeout`: what is done when there are sessions left then: `fail` (default) raises
    -- `WaitTimeout`, `keep` returns, and `kill` ends them (`shutdown sessions server`) and
    -- waits `HAProxy{}`'s `timeout`, and a second at least, until they are gone. Where the time
    -- ends in the middle of a reading, these two read once more, for `HAProxy{}`'s `timeout` at
    -- most. In each case the state stays as it is;
    --
    -- `state` (`drain`): `maint` puts it into maintenance instead, which stops its health
    -- checks, too;
    --
    -- `progress`: a function that is called behind each reading, with a table: `left`,
    -- the sessions of all processes; `waited`, seconds; `results`, a sequence of
    -- `{process_nb, sessions}`. What it raises ends the waiting, and the state stays as it is
    -- @treturn table `waited`: seconds; `left`: how many sessions there are; `killed`: how
    -- many were ended
    -- @raise `ValueError` (also: the server is gone), `WaitTimeout` (`err.results`:
    -- `{process_nb, sessions}`), `InconsistentData` (somebody set its state meanwhile), and as
    -- `Server:setstate`
    drain = { call = drain_it, options = drain.options },
    --- Waits until it is up in every process that has it: its status is `UP`, or `no check`
    -- for a server without health checks (`show stat`, 9.1, status; level user).
    --
    -- `UP 1/3` is not up yet: a check has failed, or none has passed since the server left
    -- maintenance. So after `setstate "ready"` this waits for a check that passes; where
    -- `fall` is 1 HAProxy makes no difference, and does not show that. A server that
    -- tracks another one is up when that is. One that warms up (`slowstart`) is up,
    -- and so is one whose weight is 0. In maintenance, in state drain, and while a
    -- check or the agent says that it is down or stopping, it is not.
    -- @function Server:wait_up
    -- @tparam[opt] table options `timeout` (30): seconds for all of it; `interval` (0.5):
    -- seconds between two readings
    -- @treturn number the seconds that it took
    -- @raise `ValueError` (also: the server is gone), `WaitTimeout` (`err.results`:
    -- `{process_nb, status}`)
    wait_up = { call = wait_until_up, options = wait.options },
    --- Sets its administrative state in every process that has it.
    --
    -- `enable` and `disable` are `enable server` and `disable server` (out of
    -- maintenance, into it); `ready`, `drain` and `maint` are `set server ...
    -- state` (management guide 9.3, "set server"; level admin).
    -- @function Server:setstate
    -- @tparam string state `enable`, `disable`, `ready`, `drain` or `maint`
    -- @treturn boolean true
    -- @raise `ValueError`, `CommandFailed` (`permission`, `not_found`; `in_use`: the
    -- process is ending, and no other took its place while it was asked again),
    -- `MultipleCommandResults`, `HAProxySocketError`
    setstate = { arguments = 1, call = setstate, batch = true },
    --- Sets its weight: `set weight` (9.3, "set weight"; level admin).
    -- @function Server:setweight
    -- @tparam integer|string weight 0 to 256, or `"N%"` of the configured one
    -- (N to 25600)
    -- @treturn boolean true
    -- @raise as `Server:setstate`; `bad_argument` also where the backend's
    -- algorithm takes only 0% and 100%
    setweight = { arguments = 1, call = setweight, batch = true },
    --- Sets its address and, if one is given, its port: `set server ... addr`
    -- (9.3, "set server"; level admin). That nothing had to be changed is a
    -- success too. HAProxy 2.9 and later answer some moments before they change it:
    -- this returns when every process shows it, `timeout` later at most.
    -- @function Server:setaddress
    -- @tparam string address an IPv4 or IPv6 address, without brackets
    -- @tparam[opt] integer port 1 to 65535
    -- @treturn boolean true
    -- @raise as `Server:setstate`
    setaddress = { arguments = 2, call = address.set, batch = true },
    --- Sets its port; each process keeps the address that it has. Returns when
    -- `setaddress` does.
    -- @function Server:setport
    -- @tparam integer port 1 to 65535
    -- @treturn boolean true
    -- @raise as `Server:setstate`; `unsupported` for a server without an IP
    -- address, or where the socket's level hides it
    setport = { arguments = 1, call = address.setport },
    --- Ends all its sessions: `shutdown sessions server` (9.3; level admin).
    -- @function Server:shutdown
    -- @treturn boolean true
    -- @raise as `Server:setstate`
    shutdown = { call = shutdown, batch = true },
  },
  properties = {
    --- Its number within the backend, in the first process that has it.
    -- @field Server.sid
    sid = handle.sid,
    --- The name of its backend.
    -- @field Server.backendname
    backendname = core.proxy,
    --- Its operational state: `"stopped"` (down), `"starting"` (up, and slowly getting
    -- more), `"running"` or `"stopping"` (up, and getting no new clients). This and the
    -- next ones are read from `show servers state` of its backend (9.3; level user); an
    -- object of a Snapshot has them where that was taken with `servers_state = true`.
    -- Raises `InconsistentData`, `ValueError` (it is gone; the snapshot is without),
    -- `HAProxySocketError`.
    -- @field Server.operational_state
    operational_state = server_state.property("srv_op_state", words.operational),
    --- Its administrative state, a sequence of `"forced_maint"`, `"inherited_maint"`
    -- (the server that it tracks), `"config_maint"` (`disabled`), `"forced_drain"`,
    -- `"inherited_drain"`, `"resolution_maint"` (its name has no address), `"fqdn_set"`;
    -- empty where nothing keeps it from serving. Raises as `operational_state`.
    -- @field Server.admin_state
    admin_state = server_state.property("srv_admin_state", words.admin),
    --- Its weight as configured, to which a percentage refers. Raises as
    -- `operational_state`.
    -- @field Server.initial_weight
    initial_weight = server_state.property "srv_iweight",
    --- The host name that its address comes from, or nil. Raises as
    -- `operational_state`.
    -- @field Server.fqdn
    fqdn = server_state.property "srv_fqdn",
    --- Whether its health checks are enabled; false also where it has none. Raises as
    -- `operational_state`.
    -- @field Server.health_enabled
    health_enabled = server_state.property("srv_check_state", words.is_enabled),
    --- The same of its agent checks.
    -- @field Server.agent_enabled
    agent_enabled = server_state.property("srv_agent_state", words.is_enabled),
  },
  metrics = {
    --- Its effective weight; `InconsistentData` where processes differ.
    -- @field Server.weight
    weight = handle.metric("weight", "same"),
    --- Its limit of concurrent connections in each process, 0 without one (column
    -- `slim`); `InconsistentData` where processes differ.
    -- @field Server.maxconn
    maxconn = handle.metric("slim", "same"),
    --- Its sessions now, summed over the processes (column `scur`).
    -- @field Server.current_sessions
    current_sessions = handle.metric "scur",
    --- Its IP address without brackets (HAProxy's word, such as `unix`, where
    -- it has none); can be set, which raises on failure. nil at level user.
    -- @field Server.address
    address = handle.metric("addr", "address"),
    --- Its port, a number; can be set, which raises on failure.
    -- @field Server.port
    port = handle.metric("addr", "port"),
    --- The last check's result: `L4OK`, `L7STS`, ... (9.1, check_status), without the
    -- `* ` that HAProxy puts before it while the next check is under way.
    -- @field Server.check_status
    check_status = handle.metric "check_status",
    --- The code of the last check at layers 5 to 7, a number.
    -- @field Server.check_code
    check_code = handle.metric "check_code",
    --- What the last check received, or an error in words (last_chk).
    -- @field Server.last_status
    last_status = handle.metric "last_chk",
    --- The same of the last agent check (last_agt).
    -- @field Server.last_agent_check
    last_agent_check = handle.metric "last_agt",
  },
  setters = {
    address = function(self, context, host)
      return address.set(self, context, {}, host)
    end,
    port = function(self, context, port)
      return address.setport(self, context, {}, port)
    end,
  },
})
