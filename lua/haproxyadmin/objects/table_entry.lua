--- An entry of a stick table: one key in one process, or, from `StickTable:sums` and
-- `StickTable:lookup`, one key in all of them.
--
-- What it stores is read by HAProxy's names: `entry.gpc0`, `entry.http_req_rate`,
-- `entry.exp`, `entry["gpc[1]"]` or `entry.gpc1`. A value that the table does not store is
-- nil. Values are read out of HAProxy's answer when they are asked for; an entry asks nobody
-- and stays as it was.
--
-- Of several processes, counters, rates and what is going on now (`conn_cur`, `use`) add
-- up, and `exp` is the latest. Tags (`gpt0`), servers (`server_id`, `server_key`) and `shard`
-- do not add up: the value that all processes have, or nil where they differ;
-- `entry:values "gpt0"` tells each.
--
-- Management guide 9.3, "show table"; configuration manual, "stick-table".
-- @classmod haproxyadmin.TableEntry

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local function checked(method)
  return function(self, ...)
    if not core.is_entry(self) then
      local message = ("method called on %s: call it with a colon, as entry:values(...)"):format(check.describe(self))
      error(errors.new("ValueError", "bad_argument", message), 0)
    end
    return method(self, ...)
  end
end

local function named(method)
  return checked(function(self, name)
    local ok, err = check.text("name", name)
    if not ok then
      error(err, 0)
    end
    return method(self, name)
  end)
end

local function totable(self)
  local values = { process_nb = self.process_nb }
  for _, name in ipairs(core.entry_names(self)) do
    values[name] = self[name]
  end
  return values
end

core.entry_methods {
  --- The value in each process that has the key.
  -- @function TableEntry:values
  -- @tparam string name `gpc0`, `server_id`, ...
  -- @treturn {table,...} `{process_nb, value}` for each
  -- @raise `ValueError`
  values = named(core.entry_values),
  --- Over how long a rate is counted.
  -- @function TableEntry:period
  -- @tparam string name `http_req_rate`, ...
  -- @treturn integer milliseconds; nil where it is no rate of this table
  -- @raise `ValueError`
  period = named(core.entry_period),
  --- All values by their names, and `process_nb`.
  -- @function TableEntry:totable
  -- @treturn table
  totable = checked(totable),
}

--- The key: a number in a table of integers, upper-case hexadecimal digits in one of binary keys, else a text without
-- the escapes that HAProxy prints.
-- @field TableEntry.key

--- The number of its process; of several, a sequence.
-- @field TableEntry.process_nb

--- Milliseconds until the entry expires unless it is used; 0 where entries of the table do not.
-- @field TableEntry.exp

--- How many streams hold it now; such an entry is not cleared.
-- @field TableEntry.use

--- The shard of peers that it belongs to (HAProxy 2.8 and later; 0: none).
-- @field TableEntry.shard
