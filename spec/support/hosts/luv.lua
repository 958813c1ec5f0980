-- Runs a function inside libuv's loop.

local luv = require "luv"

return function(fn)
  coroutine.wrap(fn)()
  luv.run()
end
