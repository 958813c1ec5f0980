-- Commands on frontends and backends. doc/contributing.md says what a row is.

-- That a frontend is in the wanted state already is a success: HAProxy says it in
-- words, which changed in 2.4.
local function frontend(line, unchanged)
  return {
    line = line .. " <frontend>",
    arguments = { frontend = "proxy" },
    changes = true,
    since = "1.5",
    level = "admin",
    success = unchanged,
  }
end

-- HAProxy 3.4 and later; messages to its log may stand before what it says.
local function backend(line, more)
  local row = {
    line = line,
    arguments = { backend = "proxy" },
    changes = true,
    since = "3.4",
    level = "admin",
  }
  for key, value in pairs(more) do
    row[key] = value
  end
  return row
end

return {
  ["add backend"] = backend("add backend <backend> from <defaults> [<settings>]", {
    arguments = { backend = "proxy", defaults = "proxy", settings = "keywords" },
    success = { "New backend registered%.$", "New backend registered %(no support for dynamic servers" },
    refusals = {
      { "name is already used by other proxy", "exists" },
      { "GUID insertion", "exists" },
      { "Cannot find default proxy", "not_found" },
      { "Mode is required as", "bad_argument" },
      { "Unknown proxy mode", "bad_argument" },
      { "Dynamic backends are compatible with only", "bad_argument" },
    },
  }),
  ["del backend"] = backend("del backend <backend>", {
    success = { "Backend deleted%.$" },
    refusals = {
      { "Only a backend without server", "in_use" },
      { "still has attached streams", "in_use" },
      { "must be unpublished", "in_use" },
      { "other configuration elements pointing to it", "in_use" },
      { "^Cannot delete a listen section", "unsupported" },
      { "^Cannot remove a backend with stick%-table", "unsupported" },
      { "^Only TCP or HTTP proxies", "unsupported" },
    },
  }),
  ["publish backend"] = backend("publish backend <backend>", {
    success = { "Backend published%.$" },
    refusals = { { "^No effect on a disabled backend", "in_use" } },
  }),
  ["unpublish backend"] = backend("unpublish backend <backend>", {
    success = { "Backend unpublished%.$" },
    refusals = { { "^No effect on a disabled backend", "in_use" } },
  }),
  ["enable frontend"] = frontend("enable frontend", {
    "^$",
    "^Frontend is already enabled%.$",
    "^All sockets are already enabled%.$",
  }),
  ["disable frontend"] = frontend("disable frontend", {
    "^$",
    "^Frontend is already disabled%.$",
    "^All sockets are already disabled%.$",
  }),
  ["shutdown frontend"] = frontend("shutdown frontend", {
    "^$",
    "^Frontend was already shut down%.$",
  }),
  ["set maxconn frontend"] = {
    line = "set maxconn frontend <frontend> <n>",
    arguments = { frontend = "proxy", n = "number" },
    changes = true,
    since = "1.5",
    level = "admin",
  },
}
