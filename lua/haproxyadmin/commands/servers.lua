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
  ["shutdown sessions server"] = server "shutdown sessions server <server>",
}
