-- The usual helper, and a collector that never rests while a test runs.

local busted = require "busted"

dofile "spec/support/helper.lua"

local function set(pause, step_multiplier)
  if _VERSION == "Lua 5.4" then
    collectgarbage("incremental", pause, step_multiplier)
  else
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", step_multiplier)
  end
end

busted.subscribe({ "test", "start" }, function()
  set(1, 1000)
  return nil, true
end)

busted.subscribe({ "test", "end" }, function()
  set(200, 200)
  return nil, true
end)
