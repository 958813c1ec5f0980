--- Copas: a call made in one of its threads or handlers lets the others run.
-- @module haproxyadmin.transport.copas

local core = require "haproxyadmin.core"
local library = require "haproxyadmin.transport.library"
local stepped = require "haproxyadmin.transport.stepped"

local copas = library("copas", "copas", "lua-copas", "copas")

-- What Copas takes for a socket: it never has data at once, and has some when
-- the set's descriptor was found ready. Copas 1 has no timers, and its threads
-- wait for one socket only: the set is for both.
local Pretence = {}
Pretence.__index = Pretence

function Pretence:getfd()
  return self.set:fd()
end

function Pretence:receive()
  if self.waited then
    return ""
  end
  self.waited = true
  return nil, "timeout"
end

function Pretence:settimeout() -- luacheck: no self
  return 1
end

-- Copas closes what a thread waited for last when that thread ends.
function Pretence:close()
  self.set:close()
end

local function wait(seconds, descriptors)
  local set = assert(core.pollset(seconds))
  for _, descriptor in ipairs(descriptors) do
    assert(set:add(descriptor[1], descriptor[2]))
  end
  copas.receive(setmetatable({ set = set }, Pretence))
  set:close()
end

local function refusal()
  local routine, is_main = coroutine.running()
  if not routine or is_main then
    return "transport 'copas' waits in a thread of Copas, and this call was not made in one: "
      .. "make it in a handler, or in a function given to copas.addthread"
  end
  local set, words = core.pollset(0)
  if not set then
    return "transport 'copas' needs epoll and timerfd, which Linux has: " .. words
  end
  set:close()
end

return stepped { wait = wait, refusal = refusal }
