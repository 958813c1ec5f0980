-- A program: own_transport.lua FILE. Holds the transport that FILE returns
-- against what every transport must pass, and prints a line for each check.

local core = require "haproxyadmin.core"
local farms = require "spec.support.transport_farms"
local suite = require "spec.support.transport_suite"

local function descriptors()
  collectgarbage()
  collectgarbage()
  return #core.list "/proc/self/fd"
end

local started = farms.start()

local function check()
  local env = started.env
  env.transport, env.now = dofile(arg[1]), core.now
  local results = suite.run(env)
  -- A library may have opened some for good when it was used first.
  local before = descriptors()
  for _, result in ipairs(suite.run(env)) do
    results[#results + 1] = result
  end
  results[#results + 1] = { "leaves no descriptor", descriptors() <= before }
  return results
end

local ok, results = pcall(check)
started:stop()
if not ok then
  results = { { "runs", false, tostring(results) } }
end
for _, result in ipairs(results) do
  ok = ok and result[2]
  print((result[2] and "ok " or "not ok ") .. result[1] .. " " .. (result[3] or ""))
end
os.exit(ok and 0 or 1)
