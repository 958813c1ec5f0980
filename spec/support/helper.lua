-- Runs before the specs: no spec file may leave a descriptor open.

local busted = require "busted"

local core = require "haproxyadmin.core"

local function descriptors()
  collectgarbage()
  collectgarbage()
  return #core.list "/proc/self/fd"
end

local before

busted.subscribe({ "file", "start" }, function()
  before = descriptors()
  return nil, true
end)

busted.subscribe({ "file", "end" }, function(file)
  -- A resolver's thread may still be about to close its own.
  local after = descriptors()
  local tries = 0
  while after > before and tries < 200 do
    os.execute "sleep 0.1"
    tries = tries + 1
    after = descriptors()
  end
  if after > before then
    local message = ("%d file descriptors were open before, %d after"):format(before, after)
    local trace = { short_src = file.name, currentline = 0, message = message }
    busted.publish({ "error", "file" }, file, nil, message, trace)
  end
  return nil, true
end)
