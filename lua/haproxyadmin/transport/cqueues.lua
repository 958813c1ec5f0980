--- cqueues: a call lets the other coroutines of its controller run. Outside of
-- a controller it blocks, as cqueues' own calls do there.
-- @module haproxyadmin.transport.cqueues

local library = require "haproxyadmin.transport.library"
local stepped = require "haproxyadmin.transport.stepped"

local cqueues = library("cqueues", "cqueues", "lua-cqueues", "cqueues")
local unpack = table.unpack or unpack -- luacheck: ignore

local function wait(seconds, descriptors)
  local awaited = { seconds }
  for i, descriptor in ipairs(descriptors) do
    awaited[i + 1] = { pollfd = descriptor[1], events = descriptor[2] }
  end
  cqueues.poll(unpack(awaited))
  for _, descriptor in ipairs(descriptors) do
    cqueues.cancel(descriptor[1])
  end
end

local function refusal() end

return stepped { wait = wait, refusal = refusal }
