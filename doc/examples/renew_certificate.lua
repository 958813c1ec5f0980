-- Puts a renewed certificate into all HAProxy processes, without a reload, and into the
-- file that HAProxy reads when it starts. For certbot, in cli.ini:
--
--   deploy-hook = lua /etc/haproxy/renew_certificate.lua /run/haproxy /etc/haproxy/certs
--
-- certbot tells by RENEWED_LINEAGE the folder of the certificate that it renewed,
-- /etc/letsencrypt/live/example.com say; HAProxy's file is <folder>/example.com.pem then.
-- An ACME client that tells its files otherwise names them as arguments:
--
--   renew_certificate.lua SOCKETS FOLDER NAME FULLCHAIN KEY

local haproxyadmin = require "haproxyadmin"

local sockets, folder, name, chain, key = ...
local lineage = os.getenv "RENEWED_LINEAGE"
if lineage then
  name = lineage:match "[^/]+$"
  chain, key = lineage .. "/fullchain.pem", lineage .. "/privkey.pem"
end
if not (sockets and folder and name and chain and key) then
  io.stderr:write "usage: renew_certificate.lua SOCKETS FOLDER [NAME FULLCHAIN KEY]\n"
  os.exit(2)
end

local function read(path)
  local file, problem = io.open(path)
  if not file then
    io.stderr:write(problem, "\n")
    os.exit(1)
  end
  local text = file:read "*a"
  file:close()
  return text
end

local hap = haproxyadmin.HAProxy { socket_dir = sockets, timeout = 10 }
local file = ("%s/%s.pem"):format(folder, name)
local pem = read(chain) .. read(key)
local ok, err = pcall(function()
  local certificate = hap:certificate(file)
  -- Another program may be changing a certificate at the same time.
  certificate:update(pem, { timeout = 60, save = file })
  print(("%s: serial %s in process %s"):format(
    file,
    certificate.serial,
    table.concat(certificate.process_nb, ", ")
  ))
end)
if not ok then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end
