-- Which sockets are meant, and the HAProxy object behind them.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.failure"

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

-- Addresses in one text, between what the pattern does not match; one that is a folder
-- stands for the sockets in it.
local function split(text, pattern)
  local addresses = {}
  for address in text:gmatch(pattern) do
    addresses[#addresses + 1] = address
  end
  local only = addresses[1] and core.path(addresses[1])
  if #addresses == 1 and only and only.folder then
    return { socket_dir = addresses[1] }
  end
  return #addresses > 0 and { sockets = addresses } or nil
end

local function of_flags(given)
  if given.socket_dir then
    return { socket_dir = given.socket_dir }
  elseif given.socket and #given.socket > 0 then
    return { sockets = given.socket }
  elseif given.master then
    return { master = given.master }
  end
end

local function of_environment()
  return split(os.getenv "HAPROXYADMIN_SOCKETS" or "", "%S+") or split(os.getenv "HAPROXY_CLI" or "", "[^;%s]+")
end

local function of_folders()
  for _, folder in ipairs(folders) do
    if has_socket(folder) then
      return { socket_dir = folder }
    end
  end
end

--- The options of HAProxy{} for what was given; raises a failure where nothing is known of
-- any socket.
function where.options(given)
  local options = of_flags(given) or of_environment() or of_folders()
  if not options then
    failure.raise(
      "unreachable",
      "no socket of HAProxy's was found in " .. table.concat(folders, ", "),
      "say where it is: --socket /path/to/admin.sock, or --socket-dir, or HAPROXYADMIN_SOCKETS"
    )
  end
  options.timeout = given.timeout or 5
  options.retry = given.retry
  if options.retry == 0 then
    options.retry = false
  end
  return options
end

return where
