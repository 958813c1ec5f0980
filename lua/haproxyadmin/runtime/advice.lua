-- What mends an error of permission: the line of HAProxy's configuration.

local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"

local advice = {}

-- An address as `stats socket` takes it.
local function as_configured(address)
  local kind, path, port = core.address(address)
  if kind == "abns" then
    return "abns@" .. path
  elseif kind == "tcp" then
    return (path:find(":", 1, true) and "ipv6@[%s]:%d" or "ipv4@%s:%d"):format(path, port)
  end
  return path
end

--- For a master's socket on which `show proc` is denied.
function advice.master(address)
  return ("does not tell its processes, its level is too low: `-S %s,level,admin` on HAProxy's command line"):format(
    as_configured(address)
  )
end

--- For a process that denied a command: the level that its socket needs. `row`: the
-- command's, or nil for a raw one.
function advice.level(process, row)
  local level = row and commands.level(row, process.version) or "admin"
  if process.worker then
    return ("; the level of the master's socket is too low: `-S %s,level,%s` on HAProxy's command line"):format(
      as_configured(process.address),
      level
    )
  end
  return ("; the socket's level is too low: `stats socket %s level %s` in HAProxy's configuration"):format(
    as_configured(process.address),
    level
  )
end

--- For a socket that may not be opened: whose it is, who asks, and what lets the
-- caller in.
function advice.file(address)
  local kind, path = core.address(address)
  local found = kind == "unix" and core.path(path)
  local user, group = core.caller()
  if not found then
    return ("may not be opened by user %d, group %d (a folder on its path is closed to them)"):format(user, group)
  end
  -- What mends it: `stats socket <path> ...` with these words.
  local mend = "mode 660 gid " .. group
  if found.owner == user then
    mend = "mode 600"
  end
  return ("may not be opened: the file has owner %d, group %d, mode %s; the caller is user %d, group %d"):format(
    found.owner,
    found.group,
    ("%04o"):format(found.mode),
    user,
    group
  ) .. ("; `stats socket %s %s` in HAProxy's configuration lets the caller in"):format(path, mend)
end

return advice
