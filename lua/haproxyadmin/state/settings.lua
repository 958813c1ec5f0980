-- What can be set at run time, and read back: of servers, of frontends, and of a whole
-- process. A *field* is one value; a *switch* is a command that sets one or two of them.
--
-- A field has `name`; `check(name, value)`, which returns the value as it is read, or
-- nil and a ValueError; and where it is read: `info`, a field of `show info`, or
-- `column`, one of `show servers state`, with `of(value)` where what stands there is not
-- the value itself. A switch has `fields`; `rows`, the names of all commands that change
-- them; and `command(id, wanted, now)`, which returns one of these and its arguments.
-- Switches stand in the order in which they are sent.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"

local settings = {}

-- Is a bit set in a number? 5.1 has no operator for that.
local function has(value, bit)
  return value % (2 * bit) >= bit
end

-- srv_admin_state: forced maintenance and forced drain are what commands set; all other
-- bits come from the configuration, from DNS or from a server that this one tracks.
local FORCED_MAINT, FORCED_DRAIN = 1, 8

local function state_of(bits)
  if has(bits, FORCED_MAINT) then
    return "maint"
  elseif has(bits, FORCED_DRAIN) then
    return "drain"
  end
  return "ready"
end

-- HAProxy writes 0 where there is no port.
local function not_zero(number)
  return number ~= 0 and number or nil
end

-- ---- checks ----

local function one_of(...)
  local words, list = {}, { ... }
  for _, word in ipairs(list) do
    words[word] = true
  end
  local last = table.remove(list)
  local expected = ("'%s' or '%s'"):format(table.concat(list, "', '"), last)
  return function(name, value)
    if not words[value] then
      return check.fail(name, expected, value)
    end
    return value
  end
end

local function integer(least, most)
  return function(name, value)
    return check.integer(name, value, least, most)
  end
end

local function address(name, value)
  if type(value) ~= "string" or not core.is_ip(value) then
    return check.fail(name, "IPv4 or IPv6 address", value)
  end
  return value
end

local limit = integer(0, check.LARGEST)

-- ---- servers ----

settings.server = {
  {
    fields = {
      { name = "address", column = "srv_addr", check = address },
      { name = "port", column = "srv_port", of = not_zero, check = check.port },
    },
    rows = { "set server addr" },
    command = function(id, wanted, now)
      return "set server addr", { server = id, address = wanted.address or now.address, port = wanted.port }
    end,
  },
  {
    fields = { { name = "weight", column = "srv_uweight", check = integer(0, 256) } },
    rows = { "set weight" },
    command = function(id, wanted)
      return "set weight", { server = id, weight = ("%d"):format(wanted.weight) }
    end,
  },
  {
    fields = {
      { name = "state", column = "srv_admin_state", of = state_of, check = one_of("ready", "drain", "maint") },
    },
    rows = { "set server state", "enable server", "disable server" },
    command = function(id, wanted)
      return "set server state", { server = id, state = wanted.state }
    end,
  },
}

-- ---- frontends ----

local SHUT_DOWN = "it was shut down, which ends with the process only"

settings.frontend = {
  {
    fields = { { name = "maxconn", check = limit } },
    rows = { "set maxconn frontend" },
    command = function(id, wanted)
      return "set maxconn frontend", { frontend = id, n = wanted.maxconn }
    end,
  },
  {
    fields = { { name = "state", check = one_of("enabled", "disabled", "stopped"), stuck = { stopped = SHUT_DOWN } } },
    rows = { "enable frontend", "disable frontend", "shutdown frontend" },
    command = function(id, wanted)
      local rows = { enabled = "enable frontend", disabled = "disable frontend", stopped = "shutdown frontend" }
      return rows[wanted.state], { frontend = id }
    end,
  },
}

-- ---- a process ----

local function of_process(name, field, row)
  return {
    fields = { { name = name, info = field, check = limit } },
    rows = { row },
    command = function(_, wanted)
      return row, { n = wanted[name] }
    end,
  }
end

settings.limits = {
  of_process("maxconn", "Maxconn", "set maxconn global"),
  of_process("ratelimitconn", "ConnRateLimit", "set rate-limit connections global"),
  of_process("ratelimitsess", "SessRateLimit", "set rate-limit sessions global"),
  of_process("ratelimitsslsess", "SslRateLimit", "set rate-limit ssl-sessions global"),
}

-- ---- by name ----

--- The fields of each kind, by name; and by the name of a command's row whose switch it
-- is: {kind =, switch =, order =}.
settings.fields, settings.by_row = {}, {}

for _, kind in ipairs { "server", "frontend", "limits" } do
  settings.fields[kind] = {}
  for order, switch in ipairs(settings[kind]) do
    for _, field in ipairs(switch.fields) do
      settings.fields[kind][field.name] = field
    end
    for _, row in ipairs(switch.rows) do
      settings.by_row[row] = { kind = kind, switch = switch, order = order }
    end
  end
end

return settings
