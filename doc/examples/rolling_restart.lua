-- Restarts the servers of a backend one after the other, while the others serve:
--
--   rolling_restart.lua SOCKETS BACKEND COMMAND [AT_ONCE]
--   rolling_restart.lua /run/haproxy app 'ssh %s sudo systemctl restart app' 25%
--
-- The command is run by a shell for each server; %s stands for its address. While it runs the
-- server is in maintenance and without sessions; it is given requests again when its health
-- checks pass. The first command that fails ends it, and leaves that server in maintenance.

local haproxyadmin = require "haproxyadmin"

local sockets, name, command, at_once = ...
if not command then
  io.stderr:write "usage: rolling_restart.lua SOCKETS BACKEND COMMAND [AT_ONCE]\n"
  os.exit(2)
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local hap = haproxyadmin.HAProxy { socket_dir = sockets, timeout = 10 }

local ok, result = pcall(function()
  return hap:backend(name):roll(function(server)
    -- Lua 5.1 returns a number where later ones return true.
    local done = os.execute((command:gsub("%%s", (quoted(server.address):gsub("%%", "%%%%")))))
    return done == true or done == 0, "the command failed"
  end, {
    at_once = tonumber(at_once) or at_once,
    drain = { timeout = 300, on_timeout = "kill" },
    wait_up = { timeout = 120 },
    progress = function(now)
      print(("%d/%d %s: %s"):format(now.done, now.total, now.server, now.step))
    end,
  })
end)
if not ok then
  io.stderr:write(tostring(result), "\n")
  os.exit(1)
end
