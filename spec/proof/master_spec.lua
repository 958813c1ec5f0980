-- Two hundred reloads by somebody else, while this side reads and writes through the
-- master: what is read is right, what is written is there or was told, nothing stays open.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local RELOADS = tonumber(os.getenv "RELOADS") or 200

-- A program that reloads a master so many times, every `broken`th time in vain.
local reloader = [[
local haproxyadmin = require "haproxyadmin"
local socket, file, count, broken, done = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4]), arg[5]
local handle = assert(io.open(file))
local text = handle:read "*a"
handle:close()
local function write(path, what)
  local out = assert(io.open(path, "w"))
  out:write(what)
  out:close()
end
local master = haproxyadmin.Master { socket = socket, timeout = 20 }
local told = {}
local native = require "haproxyadmin.transport.native"
for i = 1, count do
  native:sleep(0.03)
  local bad = i % broken == 0
  write(file, bad and text .. "\nnonsense here\n" or text)
  local result = master:reload { timeout = 60, interval = 0.02 }
  told[#told + 1] = result.success ~= bad and "" or ("reload %d: %s"):format(i, tostring(result.success))
end
write(file, text)
local last = master:reload { timeout = 60, interval = 0.02 }
write(done .. ".new", table.concat(told) .. (last.success and "good" or "bad"))
os.rename(done .. ".new", done)
]]

local function content(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

-- What a call may end by while masters come and go: it is told, and changes nothing else.
local function is_told(err)
  return haproxyadmin.is_error(err, "HAProxySocketError")
end

describe("a master that is reloaded again and again", function()
  local m

  before_each(function()
    m = master.start()
  end)

  after_each(function()
    m:stop()
  end)

  local function start_reloads(count, broken)
    local program, done = m.dir .. "/reloader.lua", m.dir .. "/done"
    haproxy.write(program, reloader)
    local build = os.getenv "BUILD" or "build"
    local version = os.getenv "LUA_VERSION" or "5.4"
    local command = "LUA_PATH='./lua/?.lua;./lua/?/init.lua;;' LUA_CPATH='./%s/%s/?.so;;' %s %s %s %s %d %d %s"
    command = command:format(build, version, haproxy.interpreter(), program, m.socket, m.file, count, broken, done)
    local ok, words = haproxy.shell(("%s >%s.log 2>&1 </dev/null &"):format(command, done))
    assert.is_true(ok, words)
    return done
  end

  it("answers what is right, takes or tells each command, and keeps no connection", function()
    -- In turns, with connections that are kept and without.
    local objects = {}
    m:reload()
    local descriptors = m:descriptors()
    for i, keep in ipairs { false, true } do
      local hap = haproxyadmin.HAProxy { master = m.socket, timeout = 20, retry_interval = 0.05, keep = keep }
      objects[i] = { hap = hap, server = hap:backend("app"):server "s1", last = -1 }
    end
    local done = start_reloads(RELOADS, 5)
    local counts = { reads = 0, writes = 0, told = 0, generations = 0, longest = 0 }
    local deadline = core.now() + 300
    while not content(done) and core.now() < deadline do
      local started = core.now()
      local self = objects[counts.writes % 2 + 1]
      local hap, server, last = self.hap, self.server, self.last
      local wanted = counts.writes % 200 + 20
      local ok, err = server:setweight(wanted, { die = false })
      counts.writes = counts.writes + 1
      if not ok then
        assert.is_true(is_told(err), tostring(err))
        counts.told = counts.told + 1
      end
      local first = hap:processes()[1].generation
      local weight = server.weight
      local second = hap:processes()[1].generation
      counts.reads = counts.reads + 3
      -- In one generation nobody else sets it, and a new one begins with the configuration's.
      assert.is_true(weight == 10 or weight >= 20 and weight <= 219, tostring(weight))
      if ok and first == last and second == last then
        assert.equal(wanted, weight, ("generation %d, write %d"):format(last, counts.writes))
      end
      assert.is_true(first >= last and second >= first)
      counts.generations = counts.generations + (second > last and 1 or 0)
      self.last = second
      counts.longest = math.max(counts.longest, core.now() - started)
    end
    if os.getenv "VERBOSE" then
      local text = "%d reads, %d writes, %d told, %d generations, longest %.2f s, %d descriptors, then %d\n"
      io.stderr:write(text:format(
        counts.reads,
        counts.writes,
        counts.told,
        counts.generations,
        counts.longest,
        descriptors,
        m:descriptors()
      ))
    end
    assert.equal("good", content(done), content(done .. ".log"))
    assert.is_true(counts.generations > RELOADS / 20)
    assert.is_true(counts.told <= counts.writes / 10)
    objects[2].hap:close()
    assert.is_true(master.eventually(function()
      return m:connections() == 0 and m:descriptors() <= descriptors + 5
    end))
  end)

  it("is missed when a worker's death ends it, and found when it is there again", function()
    local hap = haproxyadmin.HAProxy { master = m.socket, timeout = 5, retry = false }
    haproxy.shell("kill -KILL " .. m:workers()[1])
    master.eventually(function()
      return not pcall(function()
        return hap.version
      end)
    end)
    local started = core.now()
    local value, err = hap:get "version"
    assert.is_nil(value)
    assert.is_true(is_told(err), tostring(err))
    assert.is_true(core.now() - started < 30)
    m:launch()
    assert.truthy(hap.version)
    assert.is_true(hap:backend("app"):server("s1"):setweight(12))
  end)
end)
