-- The program behind spec/check-transport: MODULE [HOST [ENV]]. ENV is a file
-- that returns the suite's env, for processes that run already; "" is no host.

local core = require "haproxyadmin.core"
local farms = require "spec.support.transport_farms"
local suite = require "spec.support.transport_suite"

local module, host, env_file = arg[1], arg[2], arg[3]

if not module then
  io.stderr:write "check-transport MODULE [HOST]\n"
  os.exit(2)
end

local function check(env)
  env.transport, env.now = require(module), core.now
  local results
  local function run()
    results = suite.run(env)
  end
  if host and host ~= "" then
    require(host)(run)
  else
    run()
  end
  return assert(results, "the host has not run what it was given")
end

local started = not env_file and farms.start()
local ok, results = pcall(check, env_file and dofile(env_file) or started.env)
if started then
  started:stop()
end
if not ok then
  results = { { "the suite runs", false, tostring(results) } }
end
local passed = true
for _, result in ipairs(results) do
  passed = passed and result[2]
  print(result[2] and "ok " .. result[1] or ("not ok %s: %s"):format(result[1], result[3]))
end
os.exit(passed and 0 or 1)
