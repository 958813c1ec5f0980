--- luv: a call made in a coroutine lets libuv's loop run until it is answered.
-- @module haproxyadmin.transport.luv

local library = require "haproxyadmin.transport.library"
local protected = require "haproxyadmin.base.protected"
local stepped = require "haproxyadmin.transport.stepped"

local uv = library("luv", "luv", "lua-luv", "luv")

-- What libuv's timers take.
local LONGEST = 86400

local function wait(seconds, descriptors)
  local routine = protected.running()
  local handles = {}
  local function go_on()
    -- Stopped before the core closes their descriptors.
    for _, handle in ipairs(handles) do
      handle:close()
    end
    local ok, err = coroutine.resume(routine)
    if not ok then
      error(err, 0)
    end
  end
  handles[1] = uv.new_timer()
  handles[1]:start(math.ceil(math.min(seconds, LONGEST) * 1000), 0, go_on)
  for _, descriptor in ipairs(descriptors) do
    local handle = assert(uv.new_poll(descriptor[1]))
    handles[#handles + 1] = handle
    handle:start(descriptor[2], go_on)
  end
  coroutine.yield()
end

local function refusal()
  local routine, is_main = coroutine.running()
  if not routine or is_main then
    return "transport 'luv' waits in a coroutine, and this call was not made in one: "
      .. "make it in a function given to coroutine.wrap"
  end
end

return stepped { wait = wait, refusal = refusal }
