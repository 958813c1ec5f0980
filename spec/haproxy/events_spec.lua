-- Events and traces: what is written to rings, as it comes, from every process, over a
-- reload, and without a connection left.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"
local testing = require "haproxyadmin.testing"

local raises = assertions.raises

local config = [[
ring lines
  description "lines of a log"
  format raw
  maxlen 1200
  size 32764
frontend www
  bind unix@{dir}/www{n}.sock
  log ring@lines format raw local0
  log-format "process {n} %HP"
  http-request return status 200
]]

-- Those of the requests: a frontend that starts or ends is in the log, too.
local function requests_of(list)
  local found = {}
  for _, event in ipairs(list) do
    if event.text:find "^process " then
      found[#found + 1] = ("%d: %s"):format(event.process_nb, event.text)
    end
  end
  return found
end

-- The next events of requests, as many as are wanted.
local function take(events, count)
  local list = {}
  assertions.eventually(function()
    local event = events:next(0.5)
    if event and event.text:find "^process " then
      list[#list + 1] = event
    end
    return #list == count
  end)
  local found = requests_of(list)
  table.sort(found)
  return found
end

-- Is there no other one?
local function none_left(events)
  local event = events:next(0.1)
  while event do
    if event.text:find "^process " then
      return false
    end
    event = events:next(0.1)
  end
  return true
end

-- How many connections are open to the stats sockets.
local function connections(farm)
  local count = 0
  for line in io.lines "/proc/net/unix" do
    for _, socket in ipairs(farm.sockets) do
      local flags, name = line:match "^%x+: %x+ %x+ (%x+) %x+ %x+%s+%d+ (%S*)"
      if name and name:sub(1, #socket) == socket and tonumber(flags, 16) == 0 then
        count = count + 1
      end
    end
  end
  return count
end

describe("Events", function()
  local farm, hap

  before_each(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  after_each(function()
    farm:stop()
  end)

  it("are what a ring holds", function()
    farm:traffic(1, "www", 2, "/a")
    farm:traffic(2, "www", 1, "/b")
    -- A request is written there behind its answer.
    local list = assertions.eventually(function()
      local found = {}
      for event in hap:events "lines" do
        found[#found + 1] = event
      end
      return #found >= 3 and found
    end)
    assert.same({ "1: process 1 /a", "1: process 1 /a", "2: process 2 /b" }, requests_of(list))
    raises("CommandFailed", "not_found", hap.events, hap, "none")
    raises("ValueError", "bad_argument", hap.events, hap)
  end)

  it("are written to rings, which tell what they lost", function()
    local rings = hap:rings()
    local own = {}
    for _, ring in ipairs(rings) do
      if ring.name == "lines" then
        own[#own + 1] = ("%d %s %d %s"):format(ring.process_nb, ring.type, ring.dropped, ring.description)
      end
    end
    assert.same({ "1 buffer 0 lines of a log", "2 buffer 0 lines of a log" }, own)
    assert.equal("buf0", rings:get("buf0").name)
  end)

  it("are followed in every process, until they are closed", function()
    farm:traffic(1, "www", 1, "/before")
    local events = hap:events("lines", { follow = true })
    assert.same({ "1: process 1 /before" }, take(events, 1))
    assert.is_true(none_left(events))
    farm:traffic(2, "www", 2, "/later")
    farm:traffic(1, "www", 1, "/later")
    assert.same({ "1: process 1 /later", "2: process 2 /later", "2: process 2 /later" }, take(events, 3))
    assert.equal("lines", events.ring)
    -- One to each process, and now and then one that asks who it is.
    assertions.eventually(function()
      return connections(farm) == 2
    end)
    assert.is_true(events:close())
    assert.is_true(events:close())
    assert.is_nil(events:next(0.1))
    assert.is_nil(events())
    assertions.eventually(function()
      return connections(farm) == 0
    end)
    raises("ValueError", "bad_argument", events.next, events, -1)
  end)

  it("that find no room, because somebody does not read, are counted", function()
    local deadline = core.now() + 60
    local asleep = assert(native:open(farm.sockets[1], deadline))
    assert(asleep:send("show events lines -w\n", deadline))
    local function dropped()
      for _, ring in ipairs(hap:rings()) do
        if ring.name == "lines" and ring.process_nb == 1 then
          return ring.dropped
        end
      end
    end
    assert.equal(0, dropped())
    local path = "/" .. ("x"):rep(900)
    assertions.eventually(function()
      farm:traffic(1, "www", 200, path)
      return dropped() > 0
    end, 60)
    asleep:close()
  end)

  it("are followed over a reload", function()
    local events = hap:events("lines", { follow = true })
    farm:traffic(1, "www", 1, "/old")
    assert.same({ "1: process 1 /old" }, take(events, 1))
    farm:reload(1)
    -- Whichever process accepts them while both do.
    farm:traffic(1, "www", 3, "/new")
    assert.same({ "1: process 1 /new", "1: process 1 /new", "1: process 1 /new" }, take(events, 3))
    assert.is_true(none_left(events))
    events:close()
  end)

  it("that cannot be followed are an error, and nothing more", function()
    local events = hap:events("none", { follow = true })
    local err = raises("CommandFailed", "not_found", events.next, events, 10)
    assert.matches("show events none %-w", err.message)
    assert.is_nil(events:next(0.1))
    farm:kill(2)
    raises("SocketConnectionError", "refused", hap.events, hap, "lines", { follow = true })
    assertions.eventually(function()
      return connections(farm) == 0
    end)
  end)

  it("wait no longer than they are told", function()
    local events = hap:events("lines", { follow = true })
    repeat
      local event = events:next(0.3)
    until not event
    local start = core.now()
    assert.is_nil(events:next(0.2))
    local waited = core.now() - start
    assert.is_true(waited >= 0.19 and waited < 20, waited)
    events:close()
  end)
end)

describe("Events of a process that misbehaves", function()
  it("never fill the memory", function()
    local fake = testing.start {
      replies = { ["show info"] = "Name: HAProxy\nVersion: 2.6.12\nPid: 7\n" },
    }
    fake:script { "answer", { "reply", ("x"):rep(400000) } }
    local hap = haproxyadmin.HAProxy { socket_file = fake.address, max_reply = 2000, retry = false, timeout = 10 }
    local events = hap:events("lines", { follow = true })
    local err = raises("SocketTransportError", "too_big", function()
      for _ = 1, 100 do
        events:next(0.2)
      end
    end)
    assert.equal(fake.address, err.socket_file)
    assert.is_nil(events:next(0.1))
    fake:stop()
  end)
end)

describe("Traces", function()
  local farm, hap

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  it("are sources that are started, seen in a ring, and stopped", function()
    local trace = hap:traces():get "h1"
    assert.matches("^HTTP/1", trace.description)
    assert.matches("Trace %(h1%)", tostring(trace))
    assert.is_true(trace == hap:traces():get "h1")
    assert.is_true(trace:set { sink = "buf0", level = "user", event = "+any", start = "now" })
    for number, own in ipairs(hap:traces():get("h1").processes) do
      assert.same({ process_nb = number, state = "running", sink = "buf0", dropped = 0 }, own)
    end
    farm:traffic(2, "www", 1, "/traced")
    local seen
    for event in hap:events "buf0" do
      seen = seen or event.process_nb == 2 and event.text:find("h1", 1, true)
    end
    assert.is_truthy(seen)
    assert.is_true(hap:stop_traces())
    for _, own in ipairs(hap:traces():get("h1").processes) do
      assert.equal("stopped", own.state)
    end
  end)

  it("know their events", function()
    local trace = hap:traces():get "h1"
    local by_name = {}
    for _, event in ipairs(trace:events()) do
      by_name[event.name] = by_name[event.name] or {}
      table.insert(by_name[event.name], event)
    end
    assert.equal(2, #by_name.h1c_new)
    assert.is_true(trace:set { event = "none" })
    for _, event in ipairs(trace:events()) do
      assert.is_false(event.report)
    end
  end)

  it("are refused what HAProxy does not know", function()
    local trace = hap:traces():get "h1"
    raises("CommandFailed", "not_found", trace.set, trace, { level = "none of these" })
    raises("CommandFailed", "not_found", trace.set, trace, { sink = "none" .. "here" })
    raises("CommandFailed", "bad_argument", trace.set, trace, { lock = "bogus" })
    raises("ValueError", "bad_argument", trace.set, trace, {})
    raises("ValueError", "bad_argument", trace.set, trace, { colour = "red" })
    raises("ValueError", "bad_argument", trace.set, trace)
  end)
end)
