-- Runs a function inside cqueues.

local cqueues = require "cqueues"

return function(fn)
  local controller = cqueues.new()
  controller:wrap(fn)
  assert(controller:loop())
end
