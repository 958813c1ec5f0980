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

return {
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
