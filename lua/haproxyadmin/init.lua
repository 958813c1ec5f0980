--- haproxyadmin manages HAProxy over its Runtime API (the "stats socket"). One
-- object stands for a frontend, a backend or a server however many HAProxy
-- processes serve it: statistics are aggregated, commands go to all of them.
--
--    local haproxyadmin = require "haproxyadmin"
--    local hap = haproxyadmin.HAProxy{ socket_dir = "/run/haproxy" }
--    for _, backend in ipairs(hap:backends()) do
--      print(backend.name, backend.requests)
--    end
-- @module haproxyadmin

local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local release = require "haproxyadmin.base.release"

require "haproxyadmin.objects.frontend"
require "haproxyadmin.objects.backend"
require "haproxyadmin.objects.server"

local new = require "haproxyadmin.objects.haproxy"

local states = { "enable", "disable", "ready", "drain", "maint" }

return {
  --- The name and version: `haproxyadmin x.y.z`.
  -- @field _VERSION
  _VERSION = "haproxyadmin " .. release,

  --- Connects to HAProxy: asks every socket who is there (`show info`).
  --
  -- Exactly one of `socket_dir`, `socket_file`, `sockets` and `master` is needed. An address is
  -- a path, `unix@/path`, `unix:/path`, `abns@name` (Linux), `tcp@host:port`,
  -- `ipv4@1.2.3.4:9999` or `ipv6@[::1]:9999`.
  -- @function HAProxy
  -- @tparam table options
  -- @tparam[opt] string options.socket_dir a folder: every stats socket in it with a
  -- live HAProxy, in natural order (`admin2` before `admin10`); others are passed over,
  -- which `hap.passed_over` tells
  -- @tparam[opt] string options.socket_file one address
  -- @tparam[opt] {string,...} options.sockets addresses, or a table of them by names, which errors
  -- and `Process.name` show: `{ edge1 = "tcp@192.0.2.1:9999" }`, in natural order of the names.
  -- One of them may be dead now,
  -- as long as one lives: each call then says so. Another program is refused at once
  -- @tparam[opt] string options.master the address of a master process (HAProxy's `-S`): the
  -- processes are its workers that serve. They are asked through the master (`show proc`, and
  -- `@!<pid>` before what is asked; management guide 9.4; HAProxy 2.2 and later), one after the
  -- other
  -- @tparam[opt="current"] string options.workers with `master`: `all` reads the old workers, too,
  -- which a reload has replaced and which still carry sessions. What they count is a part of
  -- sums (sessions, bytes); limits, states and everything that processes have to agree on are
  -- the current ones' alone, and so are commands. Up to HAProxy 2.4 an old worker shows its
  -- `show info` only
  -- @tparam[opt] {integer,...} options.process_nb of the processes only those with these numbers: no others
  -- are read or get commands, and none joins later
  -- @tparam[opt=2] integer|boolean options.retry attempts after a failed one; `false`
  -- none, 0 without end
  -- @tparam[opt=2] number options.retry_interval seconds between attempts
  -- @tparam[opt=1] number options.timeout seconds for one exchange with all
  -- processes, from connecting to the last byte
  -- @tparam[opt=false] boolean options.keep `true`: one connection to each process is kept
  -- between exchanges and used again, as long as the process behind it is the one that
  -- serves; a listing of live objects is then several times as fast. With `master` one to the
  -- master, which serves ten at a time
  -- @tparam[opt=true] boolean options.die `false`: methods return nil and the error
  -- where they would raise
  -- @tparam[opt=1073741824] integer options.max_reply the most bytes that one
  -- process's reply may have
  -- @tparam[opt] string|table options.transport how bytes travel: `native`,
  -- `copas`, `cqueues`, `haproxy`, `luasocket`, `luv`, `ngx` (the default in nginx), or
  -- a table that is a transport (see `haproxyadmin.transport.stream`)
  -- @treturn haproxyadmin.HAProxy
  -- @raise `ValueError`: an unknown option, a wrong type, a folder that cannot be
  -- read, another program, no master's socket, a HAProxy older than 1.8 (`unsupported`),
  -- no process of a number of `process_nb` (`not_found`), or
  -- no live HAProxy at all; it says which and why. `SocketPermissionError`, `SocketTransportError`: a socket of
  -- the folder may not be opened, or the system has no descriptor left for it
  HAProxy = new,
  --- Connects to a master process: asks it for its processes (`show proc`).
  -- @function Master
  -- @tparam table options
  -- @tparam string options.socket the address of the master's socket (HAProxy's `-S`)
  -- @tparam[opt=1] number options.timeout seconds for one exchange
  -- @tparam[opt=true] boolean options.die as HAProxy's
  -- @tparam[opt=1073741824] integer options.max_reply as HAProxy's
  -- @tparam[opt] string|table options.transport as HAProxy's
  -- @tparam[opt=false] boolean options.keep `true`: one connection to the master is kept between
  -- exchanges, until `Master:close` or a reload, behind which there is a new one
  -- @tparam[opt=2] integer|boolean options.retry for `Master:haproxy`
  -- @tparam[opt=2] number options.retry_interval for `Master:haproxy`
  -- @treturn haproxyadmin.Master
  -- @raise `ValueError`: an unknown option, a wrong type, no master behind the address; it says why
  Master = require "haproxyadmin.objects.master",
  --- Counts over all processes from one snapshot to the next: see `Totals`.
  -- @function totals
  -- @tparam[opt] string dump what `Totals:dump` returned, to go on from
  -- @tparam[opt] table options `die`
  -- @treturn haproxyadmin.Totals
  -- @raise `ValueError` (`foreign`: no such bytes; `truncated`: they were damaged; `too_big`)
  totals = require "haproxyadmin.objects.totals",
  --- What `Snapshot:exposition` shows: a sequence of tables, in the order in which it is
  -- shown ([prometheus.md](../../doc/prometheus.md) lists them). Each has `name`, as
  -- HAProxy's exporter calls it; `kind`: `process`, `frontend`, `backend` or `server`; `field`: HAProxy's name of
  -- it; `type`: `counter` or `gauge`; `unit`: `seconds`, `bytes` or `percent`, nil for counts; `rule`:
  -- how processes make one value; and `help`, a sentence. What HAProxy's modules count is not among them.
  -- @function families
  -- @treturn {table,...}
  families = core.families,
  --- Another name of `HAProxy`.
  -- @function new
  -- @tparam table options
  -- @treturn haproxyadmin.HAProxy
  new = new,

  --- A state for `Server:setstate`: `enable`, out of maintenance.
  -- @field STATE_ENABLE
  STATE_ENABLE = "enable",
  --- A state for `Server:setstate`: `disable`, into maintenance.
  -- @field STATE_DISABLE
  STATE_DISABLE = "disable",
  --- A state for `Server:setstate`: `ready`, normal operation.
  -- @field STATE_READY
  STATE_READY = "ready",
  --- A state for `Server:setstate`: `drain`, no new sessions but those that persist.
  -- @field STATE_DRAIN
  STATE_DRAIN = "drain",
  --- A state for `Server:setstate`: `maint`, maintenance.
  -- @field STATE_MAINT
  STATE_MAINT = "maint",
  --- The five states, a sequence.
  -- @field VALID_STATES
  VALID_STATES = states,

  --- The names of the numbers of `show info`, a sequence.
  -- @field HAPROXY_METRICS
  HAPROXY_METRICS = metrics.names.process,
  --- The names of the numbers of a frontend, a sequence.
  -- @field FRONTEND_METRICS
  FRONTEND_METRICS = metrics.names.frontend,
  --- The names of the numbers of a backend, a sequence.
  -- @field BACKEND_METRICS
  BACKEND_METRICS = metrics.names.backend,
  --- The names of the numbers of a server, a sequence.
  -- @field SERVER_METRICS
  SERVER_METRICS = metrics.names.server,
  --- The names that haproxyadmin's list says to sum, a sequence.
  -- @field METRICS_SUM
  METRICS_SUM = metrics.sum,
  --- The names that haproxyadmin's list says to average, a sequence.
  -- @field METRICS_AVG
  METRICS_AVG = metrics.avg,

  --- The error classes: the module `haproxyadmin.errors`.
  -- @field errors
  errors = errors,
  --- The same as `errors.is_error`.
  -- @function is_error
  -- @param value anything
  -- @tparam[opt] string|table name a class or its name
  -- @treturn boolean
  is_error = errors.is_error,
  --- Helpers: the module `haproxyadmin.utils`.
  -- @field utils
  utils = require "haproxyadmin.utils",
}
