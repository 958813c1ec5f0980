-- Runs a function inside Copas.

local copas = require "copas"

return function(fn)
  local finished = false
  copas.addthread(function()
    fn()
    finished = true
  end)
  while not finished do
    copas.step()
  end
end
