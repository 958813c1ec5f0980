-- What can be set at run time, and read back: of servers, of frontends, of backends, and of a whole
-- process. A *field* is one value; a *switch* is a command that sets one or two of them.
--
-- A field has `name`; `check(name, value)`, which returns the value as it is read, or
-- nil and a ValueError; and where it is read:
--
-- * `info`: a field of `show info`; `metric`: a column of `show stat` of servers, where
--   nothing stands for `absent`
-- * `column`: one of `show servers state`, with `of(value, values, at)` where what stands
--   there is not the value itself, or (`plain`) is the value, where there is one; `values`
--   and `at` as in record.lua. `word`: `of` looks at the number alone
--
-- `unset`: it can also be set where there is none, which means `implied(now)`.
-- `lacks(values, at)`: why a server cannot have it, or nil. `stuck`: values that do not
-- change any more, each with the reason.
--
-- A switch has `fields`; `rows`, the names of all commands that change them; and
-- `command(id, wanted, now)`, which returns one of these and its arguments.
-- `to`: the only value that it sets, of two switches that share a field. `idle(wanted,
-- now)`: why it would do nothing, or nil. Switches stand in the order in which they are
-- sent.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"

local settings = {
  -- By the name of a column of `show servers state` its place in what record.lua reads.
  place = { be_name = 1, srv_name = 2 },
  columns = { "be_name", "srv_name" },
}

local place = settings.place

-- Is a bit set in a number? 5.1 has no operator for that.
local function has(value, bit)
  return value ~= nil and value % (2 * bit) >= bit
end

-- Bits of srv_admin_state: forced maintenance and forced drain are what commands set; the
-- others come from the configuration, from DNS or from a server that this one tracks.
local FORCED_MAINT, INHERITED_MAINT, FORCED_DRAIN, RESOLUTION_MAINT = 1, 2, 8, 32

-- Bits of srv_check_state and srv_agent_state.
local CONFIGURED, ENABLED = 2, 4

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

local function is_one(number)
  return number == 1
end

-- Nil where there are no checks that could be enabled.
local function is_enabled(bits)
  if has(bits, CONFIGURED) then
    return has(bits, ENABLED)
  end
  return nil
end

local operational = { [0] = "down", "up", "up", "stopping" }

-- The health of a server is a setting only where no check finds it out, and out of
-- maintenance, which forgets it.
local function health_of_bits(number, admin, check_bits, agent_bits)
  if has(check_bits, ENABLED) or has(agent_bits, ENABLED) then
    return nil
  elseif has(admin, FORCED_MAINT) or has(admin, INHERITED_MAINT) or has(admin, RESOLUTION_MAINT) then
    return nil
  end
  return operational[number]
end

-- The same few numbers are on nearly all servers.
local is_no_setting, MOST_BITS = {}, 128

local function health_of(number, values, at)
  local admin = values[at + place.srv_admin_state]
  local check_bits, agent_bits = values[at + place.srv_check_state], values[at + place.srv_agent_state]
  if admin >= MOST_BITS or check_bits >= MOST_BITS or agent_bits >= MOST_BITS then
    return health_of_bits(number, admin, check_bits, agent_bits)
  end
  local key = ((admin * MOST_BITS) + check_bits) * MOST_BITS + agent_bits
  local unset = is_no_setting[key]
  if unset == nil then
    unset = health_of_bits(2, admin, check_bits, agent_bits) == nil
    is_no_setting[key] = unset
  end
  return not unset and operational[number] or nil
end

local function lacks_check(values, at)
  if not has(values[at + place.srv_check_state], CONFIGURED) then
    return "it has no health check"
  end
end

local function lacks_agent(values, at)
  if not has(values[at + place.srv_agent_state], CONFIGURED) then
    return "it has no agent check"
  end
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

local function boolean(name, value)
  return check.type(name, value, "boolean")
end

-- HAProxy takes any text for a name.
local function host_name(name, value)
  if type(value) ~= "string" or #value > 254 or not value:match "^[%w_.-]+$" then
    return check.fail(name, "host name", value)
  end
  return value
end

-- ---- servers ----

-- A switch of one field, whose command takes the server and, as `argument`, the value as
-- `of(value)` makes it. `other`: another command that sets the field.
local function switch(row, argument, field, of, other)
  return {
    fields = { field },
    rows = { row, other },
    command = function(id, wanted)
      local value = wanted[field.name]
      return row, { server = id, [argument] = of and of(value) or value }
    end,
  }
end

-- Two switches of one field: on, which goes before everything that HAProxy takes only
-- while it is on, and off, which goes behind that.
local function on(what, field)
  return {
    fields = { field },
    to = true,
    rows = { "enable " .. what },
    command = function(id, wanted)
      return (wanted[field.name] and "enable " or "disable ") .. what, { server = id }
    end,
  }
end

local function off(what, switched_on)
  return { fields = switched_on.fields, to = false, rows = { "disable " .. what }, command = switched_on.command }
end

-- HAProxy takes addresses and ports of checks only while these are enabled.
local function while_enabled(name, switched)
  switched.idle = function(wanted, now)
    if now[name] == false and not wanted[name] then
      return "its checks are disabled, and HAProxy takes this only while they are not"
    end
  end
  return switched
end

local function numeral(value)
  return ("%d"):format(value)
end

local function on_or_off(value)
  return value and "on" or "off"
end

local function will_be(wanted, now, name)
  if wanted[name] ~= nil then
    return wanted[name]
  end
  return now[name]
end

local health_on = on("health", {
  name = "health_enabled",
  column = "srv_check_state",
  of = is_enabled,
  word = true,
  lacks = lacks_check,
  check = boolean,
})

local agent_on = on("agent", {
  name = "agent_enabled",
  column = "srv_agent_state",
  of = is_enabled,
  word = true,
  lacks = lacks_agent,
  check = boolean,
})

settings.server = {
  health_on,
  agent_on,
  switch("set server fqdn", "value", {
    name = "fqdn",
    column = "srv_fqdn",
    check = host_name,
  }),
  {
    fields = {
      { name = "address", column = "srv_addr", check = address },
      { name = "port", column = "srv_port", of = not_zero, plain = true, check = check.port },
    },
    rows = { "set server addr" },
    command = function(id, wanted, now)
      return "set server addr", { server = id, address = wanted.address or now.address, port = wanted.port }
    end,
  },
  switch("set server ssl", "value", {
    name = "ssl",
    column = "srv_use_ssl",
    of = is_one,
    word = true,
    check = boolean,
  }, on_or_off),
  while_enabled("health_enabled", switch("set server check-addr", "address", {
    name = "check_address",
    column = "srv_check_addr",
    unset = true,
    lacks = lacks_check,
    check = address,
  })),
  while_enabled("health_enabled", switch("set server check-port", "value", {
    name = "check_port",
    column = "srv_check_port",
    of = not_zero,
    plain = true,
    unset = true,
    lacks = lacks_check,
    check = check.port,
  }, nil, "set server check-addr")),
  while_enabled("agent_enabled", switch("set server agent-addr", "address", {
    name = "agent_address",
    column = "srv_agent_addr",
    unset = true,
    lacks = lacks_agent,
    check = address,
  }, nil, "set server agent-addr port")),
  while_enabled("agent_enabled", switch("set server agent-port", "value", {
    name = "agent_port",
    column = "srv_agent_port",
    of = not_zero,
    plain = true,
    unset = true,
    lacks = lacks_agent,
    check = check.port,
  }, nil, "set server agent-addr port")),
  switch("set maxconn server", "n", { name = "maxconn", metric = "slim", absent = 0, check = limit }),
  switch("set weight", "weight", { name = "weight", column = "srv_uweight", check = integer(0, 256) }, numeral),
  off("health", health_on),
  off("agent", agent_on),
  {
    fields = {
      {
        name = "state",
        column = "srv_admin_state",
        of = state_of,
        word = true,
        check = one_of("ready", "drain", "maint"),
      },
    },
    rows = { "set server state", "enable server", "disable server" },
    command = function(id, wanted)
      return "set server state", { server = id, state = wanted.state }
    end,
  },
  {
    fields = {
      {
        name = "health",
        column = "srv_op_state",
        of = health_of,
        unset = true,
        -- What it is behind maintenance.
        implied = function(now)
          return now.state == "maint" and "up" or nil
        end,
        check = one_of("up", "stopping", "down"),
      },
    },
    rows = { "set server health" },
    command = function(id, wanted)
      return "set server health", { server = id, value = wanted.health }
    end,
    idle = function(wanted, now)
      if (wanted.state or now.state) == "maint" then
        return "in maintenance it would be forgotten"
      elseif will_be(wanted, now, "health_enabled") or will_be(wanted, now, "agent_enabled") then
        return "its checks find it out"
      elseif now.health == nil and now.state ~= "maint" and not now.health_enabled and not now.agent_enabled then
        return "it depends on another server, or on DNS"
      end
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

-- ---- backends ----

settings.backend = {
  {
    fields = {
      {
        name = "published",
        check = boolean,
        -- Versions that cannot take one out of use have it in use.
        implied = function()
          return true
        end,
      },
    },
    rows = { "publish backend", "unpublish backend" },
    command = function(id, wanted)
      return wanted.published and "publish backend" or "unpublish backend", { backend = id }
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

--- The fields of each kind, by name; and by the name of a command's row the switches that
-- it is of: a sequence of {kind =, switch =, order =}.
settings.fields, settings.by_row = {}, {}

local function add_row(row, kind, of, order)
  settings.by_row[row] = settings.by_row[row] or {}
  table.insert(settings.by_row[row], { kind = kind, switch = of, order = order })
end

for _, kind in ipairs { "server", "frontend", "backend", "limits" } do
  settings.fields[kind] = {}
  for order, of in ipairs(settings[kind]) do
    for _, field in ipairs(of.fields) do
      settings.fields[kind][field.name] = field
      if field.column and not place[field.column] then
        table.insert(settings.columns, field.column)
        place[field.column] = #settings.columns
      end
    end
    for _, row in ipairs(of.rows) do
      add_row(row, kind, of, order)
    end
  end
end

return settings
