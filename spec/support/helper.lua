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
  local after = descriptors()
  if after > before then
    local message = ("%d file descriptors were open before, %d after"):format(before, after)
    local trace = { short_src = file.name, currentline = 0, message = message }
    busted.publish({ "error", "file" }, file, nil, message, trace)
  end
  return nil, true
end)
