-- The usual helper, and a collector that never rests.

dofile "spec/support/helper.lua"

if _VERSION == "Lua 5.4" then
  collectgarbage("incremental", 1, 1000)
else
  collectgarbage("setpause", 1)
  collectgarbage("setstepmul", 1000)
end
