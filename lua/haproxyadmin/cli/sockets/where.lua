-- Which sockets are meant, and the HAProxy object behind them.
--
-- Flags stand above the environment, that above a context of the configuration, and that above the
-- folders in which sockets usually are.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"

local where = {}

-- Where sockets are, unless somebody says so: Debian's folder, and that of haproxytool.
local folders = { "/run/haproxy", "/var/run/haproxy", "/var/lib/haproxy" }

local function has_socket(folder)
  for _, name in ipairs(core.list(folder) or {}) do
    local found = core.path(folder .. "/" .. name)
    if found and found.socket then
      return true
    end
  end
  return false
end

-- Addresses in one text, each of which the pattern finds; one that is a folder stands for the
-- sockets in it.
local function split(text, pattern)
  local addresses = {}
  for address in (text or ""):gmatch(pattern) do
    addresses[#addresses + 1] = address
  end
  local only = #addresses == 1 and core.path(addresses[1])
  if only and only.folder then
    return { socket_dir = addresses[1] }
  end
  return #addresses > 0 and { sockets = addresses } or nil
end

local function of_flags(given)
  local count = (given.socket_dir and 1 or 0) + (given.master and 1 or 0)
  local sockets = given.socket and #given.socket > 0 and given.socket or nil
  if count + (sockets and 1 or 0) > 1 then
    failure.raise("usage", "one of --socket-dir, --socket and --master is enough")
  elseif count == 0 and not sockets then
    return nil
  end
  return { socket_dir = given.socket_dir, master = given.master, sockets = sockets }
end

local function of_environment()
  return split(os.getenv "HAPROXYADMIN_SOCKETS", "%S+") or split(os.getenv "HAPROXY_CLI", "[^;%s]+")
end

local function of_settings(settings)
  if settings.master then
    return { master = settings.master }
  end
  return split(settings.sockets, "%S+")
end

local function of_folders()
  for _, folder in ipairs(folders) do
    if has_socket(folder) then
      return { socket_dir = folder }
    end
  end
  failure.raise(
    "unreachable",
    "no socket of HAProxy's was found in " .. table.concat(folders, ", "),
    "say where it is: --socket /path/to/admin.sock, --socket-dir DIR, or HAPROXYADMIN_SOCKETS"
  )
end

local tls_keys = { "cafile", "capath", "certificate", "key", "server_name", "verify" }

-- TLS is LuaSocket's, or rather LuaSec's.
local function transport(settings)
  local tls
  for _, key in ipairs(tls_keys) do
    if settings["tls_" .. key] ~= nil then
      tls = tls or {}
      tls[key] = settings["tls_" .. key]
    end
  end
  if tls or settings.transport == "luasocket" then
    return require("haproxyadmin.transport.luasocket").new { tls = tls }
  end
end

local function retry(given, settings)
  local count = given.retry or settings.retry
  if count == 0 then
    return false
  end
  return count
end

--- Does somebody say in a flag, or in the environment, where the sockets are?
local function is_named(given)
  return of_flags(given) or not given.context and of_environment()
end

--- The options of HAProxy{} for what was given and what the configuration says; raises a failure where
-- nothing is known of any socket.
function where.options(given, settings)
  local options = is_named(given) or of_settings(settings) or of_folders()
  options.timeout = given.timeout or settings.timeout or 5
  options.retry = retry(given, settings)
  options.process_nb = given.process
  options.transport = transport(settings)
  return options
end

return where
