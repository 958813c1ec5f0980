-- Every code of an error, from real HAProxy processes; from the fake where a real
-- one will not do it.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

local quiet = { die = false }

-- Each returns what a call returned.
local cases = {}

function cases.not_found(env)
  return env.hap:frontend("nobody", quiet)
end

-- Commands that this module does not name are sent raw, and judged by a helper.
local function run_raw(hap, text)
  local results = {}
  for i, entry in ipairs(hap:command(text)) do
    results[i] = { entry[1], table.concat(entry[2], "\n") }
  end
  local ok, err = pcall(haproxyadmin.utils.check_command, results)
  return ok or nil, not ok and err or nil
end

function cases.exists(env)
  local command = "new ssl cert " .. env.farm.dir .. "/site.pem"
  assert.matches("^New empty certificate store", env.hap:command(command)[1][2][1])
  if haproxy.version() >= 206 then
    local _, err = run_raw(env.hap, "add server app/app1 127.0.0.1:1")
    assert.equal("exists", err.code, err.message)
  end
  return run_raw(env.hap, command)
end

function cases.permission(env)
  local user = haproxyadmin.HAProxy { sockets = { env.farm.dir .. "/user1.sock" }, timeout = 10 }
  return user:setmaxconn(5, quiet)
end

function cases.bad_argument(env)
  return env.hap:setmaxconn(2 ^ 31 - 1, quiet)
end

function cases.in_use(env)
  local frontend = env.hap:frontend "api"
  assert.is_true(frontend:shutdown())
  return frontend:enable(quiet)
end

function cases.unsupported(env)
  return env.hap:server("sock")[1]:setaddress("127.0.0.1", quiet)
end

function cases.timeout(env)
  local hap = haproxyadmin.HAProxy { sockets = env.farm.sockets, timeout = 3, retry = false }
  env.farm:signal(2, "STOP")
  local value, err = hap:info(quiet)
  env.farm:signal(2, "CONT")
  return value, err
end

cases["closed"] = function(env)
  return env.hap:command("quit", quiet)
end

function cases.too_big(env)
  local hap = haproxyadmin.HAProxy { sockets = env.farm.sockets, max_reply = 8000, timeout = 10 }
  return hap:command("show info;show stat;show info;show stat;show stat", quiet)
end

function cases.inconsistent(env)
  env.hap:processes()[1]:command "set weight app/app1 3"
  local server = env.hap:server("app1", "app")[1]
  return server:get "weight"
end

-- A frontend's socket, behind which HAProxy speaks HTTP.
cases["failed"] = function(env)
  return haproxyadmin.HAProxy { socket_file = env.farm.dir .. "/www1.sock", timeout = 10, die = false }
end

-- HAProxy ends what it began, or was cut off by the system.
function cases.truncated(env)
  local process = env.hap:processes()[1]
  local replies = {}
  for _, line in ipairs { "show info", "show stat -1 1 -1" } do
    replies[line] = table.concat(process:command(line), "\n")
  end
  local fake = testing.start { replies = replies }
  local hap = haproxyadmin.HAProxy { sockets = { fake.address }, timeout = 10, retry = false }
  fake:script { { "cut", at = -40 } }
  local value, err = hap:frontends(quiet)
  fake:stop()
  return value, err
end

-- The last one: it ends a process.
function cases.refused(env)
  local hap = haproxyadmin.HAProxy { sockets = env.farm.sockets, timeout = 10, retry = false }
  env.farm:kill(2)
  return hap:info(quiet)
end

local class_of = {
  not_found = "ValueError",
  exists = "CommandFailed",
  permission = "CommandFailed",
  bad_argument = "CommandFailed",
  in_use = "CommandFailed",
  unsupported = "CommandFailed",
  timeout = "SocketTimeout",
  refused = "SocketConnectionError",
  closed = "SocketTransportError",
  truncated = "SocketTransportError",
  too_big = "SocketTransportError",
  inconsistent = "InconsistentData",
  failed = "ValueError",
}

-- Those of the editors' definitions, which are those of the reference.
local function all_codes()
  local file = assert(io.open "doc/luals/haproxyadmin.lua")
  local list = ("\n" .. file:read "*a"):match "\n%-%-%-@alias haproxyadmin.ErrorCode ([^\n]*)"
  file:close()
  local codes = {}
  for code in list:gmatch '"([%l_]+)"' do
    codes[#codes + 1] = code
  end
  return codes
end

describe("the code", function()
  local env = {}

  setup(function()
    env.farm = haproxy.start {
      processes = 2,
      global = "  stats socket {dir}/user{n}.sock level user\n",
    }
    env.hap = haproxyadmin.HAProxy { sockets = env.farm.sockets, timeout = 10 }
  end)

  teardown(function()
    env.farm:stop()
  end)

  local codes = all_codes()
  table.sort(codes, function(a, b)
    if (a == "refused") ~= (b == "refused") then
      return b == "refused"
    end
    return a < b
  end)
  assert(#codes == 13)

  for _, code in ipairs(codes) do
    it(code .. " is told", function()
      local value, err = cases[code](env)
      assert.is_nil(value)
      assert.is_true(haproxyadmin.is_error(err, class_of[code]), tostring(err))
      assert.equal(code, err.code, err.message)
    end)
  end
end)
