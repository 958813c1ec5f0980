--- Rows: what every process answered to `show servers state` or `show servers conn`, as
-- `HAProxy:servers_state` and `HAProxy:servers_connections` return it. It does not
-- change: a new call brings new rows.
--
-- `#rows` is how many there are in all processes together, `rows[i]` is a table that is
-- made when it is asked for (so that one row of ten thousand costs little), and
-- `for i, row in rows:each()` goes through them, process by process in HAProxy's order.
-- Fields have HAProxy's names and are numbers where HAProxy prints numbers; what it
-- leaves empty (`-`) is nil. `row.process_nb` says whose row it is.
--
-- A row of `show servers state` has, beside HAProxy's columns (management guide 9.3,
-- "show servers state"):
--
-- * `operational_state`: `"stopped"`, `"starting"`, `"running"` or `"stopping"`, what
--   `srv_op_state` stands for
-- * `admin_state`: a sequence of what `srv_admin_state` stands for:
--   `"forced_maint"`, `"inherited_maint"`, `"config_maint"`, `"forced_drain"`,
--   `"inherited_drain"`, `"resolution_maint"`, `"fqdn_set"`; empty where a server
--   just serves
--
-- One of `show servers conn` has, beside them, `be_name` and `srv_name`; `idle_per_thr`
-- is a sequence.
-- @classmod haproxyadmin.Rows

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local runtime_rows = require "haproxyadmin.runtime.rows"
local server_state = require "haproxyadmin.replies.server_state"

local Rows = {}

-- By the rows: the command that brought them.
local command_of = setmetatable({}, { __mode = "k" })

local function complete(name, row)
  if name == "show servers state" then
    row.operational_state = server_state.operational(row.srv_op_state)
    row.admin_state = server_state.admin(row.srv_admin_state)
  else
    row.be_name, row.srv_name = row["bkname/svname"]:match "^(.*)/(.*)$"
  end
  return row
end

local function at(self, number)
  local row = core.row(self, number)
  return row and complete(command_of[self], row)
end

local function step(self, number)
  local row = at(self, number + 1)
  if row then
    return number + 1, row
  end
end

--- Goes through all rows: `for i, row in rows:each() do`.
-- @function Rows:each
-- @return an iterator over the number of a row and the row
function Rows:each()
  return step, self, 0
end

--- The rows of one server.
-- @function Rows:find
-- @tparam string backend
-- @tparam string server
-- @treturn {table,...} one for each process that has the server; empty where none has
-- @raise `ValueError` (no texts)
function Rows:find(backend, server)
  for _, argument in ipairs { { "backend", backend }, { "server", server } } do
    local ok, err = check.text(argument[1], argument[2])
    if not ok then
      error(err, 0)
    end
  end
  local name = command_of[self]
  local found = runtime_rows.find(self, name, backend, server)
  for _, row in ipairs(found) do
    complete(name, row)
  end
  return found
end

local meta = core.metatable "haproxyadmin.Rows"

meta.methods = Rows

meta.__index = function(self, key)
  if type(key) == "number" then
    return at(self, key)
  end
  return Rows[key]
end

meta.__tostring = function(self)
  return ("haproxyadmin.Rows (%s: %d)"):format(command_of[self] or "closed", core.row_count(self))
end

--- Makes an object of the rows that a command brought.
return function(rows, name)
  command_of[rows] = name
  return rows
end
