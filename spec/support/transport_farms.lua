-- The HAProxy processes that spec.support.transport_suite wants, and a fake one.

local certificates = require "spec.support.certificates"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local native = require "haproxyadmin.transport.native"
local sessions = require "spec.support.sessions"
local testing = require "haproxyadmin.testing"

local farms = {}
farms.__index = farms

local BACKENDS, SERVERS = 4400, 10

local function big_config()
  local lines = {}
  for b = 1, BACKENDS do
    lines[#lines + 1] = "backend be" .. b
    for s = 1, SERVERS do
      lines[#lines + 1] = ("  server s%d 127.0.0.1:%d"):format(s, s)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Leaves so many connections behind that a stopped process has room for no more.
local function fill_backlog(address)
  for _ = 1, 40 do
    local request = { address = address, line = "show info\n", reply = sessions.once("info", 1000) }
    native:exchange({ request }, core.now() + 0.01)
  end
end

--- Starts them. `env` of what is returned is the suite's, without transport and
-- clock.
function farms.start()
  -- One that would take minutes for its answer, and pauses within each line. It
  -- goes first: it ends by itself if the others do not start.
  local slow = testing.start { script = { { "drip", pause = 0.2 } } }
  -- Two that break off behind a line that could be a whole answer.
  local broken = { replies = { ["set x"] = "whole" }, script = { { "reset", at = #"whole\n" } } }
  local reset = testing.start(broken)
  broken.tcp = true
  local reset_tcp = testing.start(broken)
  local main = haproxy.start()
  local faulty = haproxy.start {
    processes = 4,
    origin = false,
    config = "listen cut\n  mode tcp\n  bind unix@{dir}/cut{n}.sock\n  tcp-request connection reject\n",
  }
  local many = haproxy.start {
    processes = 16,
    origin = false,
    config = "frontend www\n  bind unix@{dir}/www{n}.sock\n",
  }
  local big = haproxy.start {
    processes = 1,
    origin = false,
    global = "  stats socket ipv4@{origin}:9000 level admin\n",
    config = big_config(),
  }
  certificates.site(main.dir, "example")
  haproxy.shell("chmod a+r " .. main.dir .. "/example.pem")
  main:traffic(1, "www", 3)
  faulty:signal(1, "STOP")
  faulty:kill(2)
  faulty:signal(4, "STOP")
  fill_backlog(faulty.sockets[4])
  return setmetatable({
    list = { main, faulty, many, big, slow, reset, reset_tcp },
    main = main,
    env = {
      folder = main:folder(),
      map = main.dir .. "/sites.map",
      pem = main.dir .. "/example.pem",
      acl = main.dir .. "/blocked.acl",
      live = main.sockets[1],
      stalled = faulty.sockets[1],
      full = faulty.sockets[4],
      refused = faulty.sockets[2],
      cut = faulty.dir .. "/cut3.sock",
      slow = slow.address,
      reset = reset.address,
      reset_tcp = reset_tcp.address,
      big = big.sockets[1],
      big_tcp = "tcp@" .. big.origin .. ":9000",
      big_servers = BACKENDS * SERVERS,
      many = many:folder(),
    },
  }, farms)
end

--- The suite's env as a Lua expression, for a host that is another process.
function farms:literal()
  local parts = {}
  for key, value in pairs(self.env) do
    parts[#parts + 1] = ("%s = %s"):format(key, type(value) == "string" and ("%q"):format(value) or value)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

function farms:stop()
  for _, farm in ipairs(self.list) do
    farm:stop()
  end
end

return farms
