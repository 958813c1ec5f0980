-- Commands on servers. doc/contributing.md says what a row is.

-- A proxy that the configuration disables is in no statistics, so that nobody has
-- an object of it: who says so is a process that ends.
local ending = { "^Proxy is disabled%." }

local function server(line, more)
  local row = {
    line = line,
    arguments = { server = "server" },
    changes = true,
    since = "1.5",
    level = "admin",
    ending = ending,
  }
  for key, value in pairs(more or {}) do
    row[key] = value
  end
  return row
end

-- What a server has not cannot be switched. HAProxy says so in these ways.
local without_checks = {
  { "^Health check was not configured on this server", "unsupported" },
  { "^Health checks are not configured on this server", "unsupported" },
  { "^health checks are not enabled on this server", "unsupported" },
  { "^Agent was not configured on this server", "unsupported" },
  { "^agent checks are not enabled on this server", "unsupported" },
  { "^cannot change health on a tracking server", "unsupported" },
}

-- The same, and what is said of an address or a port.
local of_checks = {
  { "^health checks are not enabled on this server", "unsupported" },
  { "^agent checks are not enabled on this server", "unsupported" },
  { "^invalid addr ", "bad_argument" },
  { "^incorrect addr address ", "bad_argument" },
  { "^provided port is ", "bad_argument" },
  { "^can't unset 'port' since MAPPORTS is in use", "bad_argument" },
}

-- Refusals of these releases lack the empty line behind them.
local unframed = { from = "2.3.0", to = "2.9.99" }

-- So long servers that come and go were an experiment.
local mode = { "experimental-mode", ["2.5"] = false }

-- `set server <server> WHAT <value>`, where the value is of a class.
local function set(what, class, more)
  more.arguments = more.arguments or { server = "server", value = class }
  return server(("set server <server> %s <value>"):format(what), more)
end

local function set_address(what, more)
  more.arguments = { server = "server", address = "address", port = what:find "port" and "number" or nil }
  more.refusals, more.unframed = of_checks, unframed
  return server("set server <server> " .. what, more)
end

return {
  ["show servers state"] = {
    line = "show servers state [<backend>]",
    arguments = { backend = "proxy" },
    since = "1.6",
    level = "user",
    answer = "list",
    success = { "^%d+\n# be_id " },
  },
  ["show servers conn"] = {
    line = "show servers conn [<backend>]",
    arguments = { backend = "proxy" },
    since = "2.2",
    level = "user",
    answer = "list",
    success = { "^# bkname/svname " },
  },
  ["enable server"] = server "enable server <server>",
  ["disable server"] = server "disable server <server>",
  ["set server state"] = server("set server <server> state <state>", {
    arguments = { server = "server", state = "state" },
  }),
  ["set weight"] = server("set weight <server> <weight>", {
    arguments = { server = "server", weight = "weight" },
  }),
  -- The answer names what changed, part by part; one that failed makes the whole
  -- fail, as in "no need to change the addr, problem converting port ...".
  ["set server addr"] = server("set server <server> addr <address> [port <port>]", {
    arguments = { server = "server", address = "address", port = "number" },
    since = "1.7",
    success = {
      parts = {
        "^IP changed from ",
        "^port changed from ",
        "^no need to change the addr",
        "^no need to change the port",
        "^nothing changed",
      },
    },
  }),
  ["set server health"] = set("health", "state", { refusals = without_checks }),
  ["set server agent"] = set("agent", "state", { refusals = without_checks }),
  ["enable health"] = server("enable health <server>", { refusals = without_checks }),
  ["disable health"] = server("disable health <server>", { refusals = without_checks }),
  ["enable agent"] = server("enable agent <server>", { refusals = without_checks }),
  ["disable agent"] = server("disable agent <server>", { refusals = without_checks }),
  -- Every address is invalid to these releases.
  ["set server check-addr"] = set_address("check-addr <address> [port <port>]", {
    since = "2.4",
    avoid = { { from = "3.4.0", to = "3.4.7", why = "to HAProxy 3.4.0 to 3.4.7 every address is invalid" } },
  }),
  ["set server check-port"] = set("check-port", "number", {
    since = "1.7",
    unframed = unframed,
    refusals = of_checks,
    success = { "^$", "^health check port updated%.$" },
  }),
  ["set server agent-addr"] = set_address("agent-addr <address>", { since = "1.8" }),
  -- An older HAProxy takes the address and passes over the port.
  ["set server agent-addr port"] = set_address("agent-addr <address> port <port>", { since = "2.4" }),
  ["set server agent-port"] = set("agent-port", "number", {
    since = "2.4",
    unframed = unframed,
    refusals = of_checks,
  }),
  ["set server agent-send"] = set("agent-send", "value", { since = "1.8", refusals = of_checks }),
  ["set server fqdn"] = set("fqdn", "value", {
    since = "1.8",
    success = { "^%S+ changed its FQDN from ", "^no need to change the FDQN" },
    refusals = {
      { "fqdn failed because no resolution is configured", "unsupported" },
      { "fqdn failed because SRV resolution is configured", "unsupported" },
      -- What HAProxy 2.2 says where no resolution is configured.
      { "^could not update %S+ FQDN", "unsupported" },
    },
  }),
  ["set server ssl"] = set("ssl", "state", {
    since = "2.4",
    success = { "^server ssl setting updated%.$" },
    refusals = {
      { "^'set server <srv> ssl' cannot be set%.", "unsupported" },
      { "^'set server <srv> ssl' not supported on dynamic servers", "unsupported" },
    },
  }),
  ["set maxconn server"] = server("set maxconn server <server> <n>", {
    arguments = { server = "server", n = "number" },
    since = "1.7",
  }),
  -- Messages to the log may stand before it on HAProxy 3.4 and later.
  ["add server"] = server("add server <server> <address> [<keywords>]", {
    arguments = { server = "server", address = "value", keywords = "keywords" },
    since = "2.4",
    mode = mode,
    unframed = unframed,
    success = { "New server registered%.$" },
    refusals = {
      { "^Backend must use a dynamic load balancing", "unsupported" },
      { "^Backend does not support dynamic servers", "unsupported" },
      { "^unknown keyword ", "unsupported" },
      { "option is not accepted for dynamic server", "unsupported" },
      { "^'id' : custom id %d+ already used", "exists" },
    },
  }),
  ["del server"] = server("del server <server>", {
    since = "2.4",
    mode = mode,
    unframed = unframed,
    success = { "Server deleted%.$" },
    refusals = {
      { "Server still has connections attached to it", "in_use" },
      { "^This server cannot be removed at runtime", "in_use" },
      { "^Only servers in maintenance mode can be deleted", "in_use" },
      { "^Only servers added at runtime", "unsupported" },
    },
  }),
  ["shutdown sessions server"] = server "shutdown sessions server <server>",
}
