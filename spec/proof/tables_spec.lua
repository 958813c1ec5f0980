-- A table of 100,000 keys, joined over processes that have other keys in another order, held
-- against an independent reading; and many sessions ended at once.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"
local socket = require "socket"

local KEYS = 100000

describe("A table of 100,000 keys", function()
  local farm, hap

  setup(function()
    farm = haproxy.start {
      processes = 3,
      origin = false,
      config = [[
backend clients
  stick-table type string len 32 size 200k expire 1h store gpc0,gpt0,http_req_cnt
]],
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 120 }
  end)

  teardown(function()
    farm:stop()
  end)

  -- What one process prints, read with patterns of Lua's own.
  local function printed(process)
    local found, count = {}, 0
    for _, line in ipairs(process:command "show table clients") do
      local key, gpc0 = line:match "^0x%x+: key=(%S+) use=.* gpc0=(%d+)"
      if key then
        found[key], count = tonumber(gpc0), count + 1
      end
    end
    return found, count
  end

  it("is filled, and summed by key as each process has it", function()
    local clients = hap:table "clients"
    assert(hap:batch(function(batch)
      for i = 1, KEYS do
        batch:set(clients, "client-" .. i, { gpc0 = i })
      end
    end))
    -- The second process has other values, the third lacks keys and has others.
    local processes = hap:processes()
    local second = haproxyadmin.HAProxy { socket_file = processes[2].address, timeout = 120 }
    assert(second:batch(function(batch)
      local own = second:table "clients"
      for i = 1, KEYS, 100 do
        batch:set(own, "client-" .. i, { gpc0 = 7 })
      end
    end))
    local third = haproxyadmin.HAProxy { socket_file = processes[3].address, timeout = 120 }
    third:table("clients"):clear { "gpc0", "gt", KEYS / 2 }
    third:table("clients"):set("alone", { gpc0 = 3 })
    local expected, keys, entries = {}, 0, 0
    for _, process in ipairs(processes) do
      local found, count = printed(process)
      entries = entries + count
      for key, value in pairs(found) do
        if not expected[key] then
          expected[key], keys = 0, keys + 1
        end
        expected[key] = expected[key] + value
      end
    end
    assert.equal(KEYS + 1, keys)
    assert.equal(2 * KEYS + KEYS / 2 + 1, entries)
    local sums = 0
    for entry in clients:sums() do
      sums = sums + 1
      if expected[entry.key] ~= entry.gpc0 then
        assert.equal(expected[entry.key], entry.gpc0, entry.key)
      end
    end
    assert.equal(keys, sums)
    local each = 0
    for entry in clients:entries() do
      each = each + (entry.process_nb > 0 and 1 or 0)
    end
    assert.equal(entries, each)
    assert.equal(entries, clients.used)
    assert.is_true(clients:clear_all())
    assert.equal(0, clients.used)
  end)
end)

describe("Hundreds of sessions", function()
  local SESSIONS = 400
  local farm, hap, silent
  local clients = {}

  setup(function()
    silent = assert(socket.tcp())
    assert(silent:bind("127.0.0.1", 0))
    assert(silent:listen(1024))
    local _, port = silent:getsockname()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      global = "  maxconn 2000\n",
      config = ([[
listen door
  mode tcp
  timeout client 5m
  timeout server 5m
  bind {origin}:81{n}1
  server back 127.0.0.1:PORT
]]):gsub("PORT", tostring(port)),
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 60 }
  end)

  teardown(function()
    for _, client in ipairs(clients) do
      client:close()
    end
    farm:stop()
    silent:close()
  end)

  local function connect(count)
    for i = 1, count do
      clients[i] = assert(native:open(("tcp@%s:81%d1"):format(farm.origin, i % 2 + 1), core.now() + 30))
    end
    assertions.eventually(function()
      return #hap:sessions { server = "door/back" } == count
    end)
  end

  -- Up to 2.6, HAProxy's clock stands still while it is held up; what it tells of one session
  -- goes by another one, which does not.
  it("are the same ones although their processes are held up", function()
    local function hold_up(seconds)
      for n = 1, 2 do
        farm:signal(n, "STOP")
      end
      native:sleep(seconds)
      for n = 1, 2 do
        farm:signal(n, "CONT")
      end
    end
    hold_up(3)
    connect(2)
    local listed = hap:sessions { server = "door/back" }
    hold_up(4)
    assert.equal("door", listed[1]:detail().frontend.name)
    assert.is_true(listed[1]:shutdown())
    assert.is_true(listed[2]:shutdown())
    assertions.eventually(function()
      return #hap:sessions() == 0
    end)
  end)

  it("are ended while some end by themselves, and all are told", function()
    connect(SESSIONS)
    local listed = hap:sessions { server = "door/back" }
    for i = 1, 20 do
      assert.is_true(listed[i * 10]:shutdown())
    end
    local result = hap:shutdown_sessions { server = "door/back" }
    assert.is_true(#result.ended + #result.gone >= SESSIONS - 20)
    assert.is_true(#result.ended + #result.gone <= SESSIONS)
    assertions.eventually(function()
      return #hap:sessions() == 0
    end)
  end)
end)
