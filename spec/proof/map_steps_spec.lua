-- What is long with maps of many entries lets others run: how long is it gone on with at once?

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local ENTRIES = 100000

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
]]

-- A transport that notes the processor's seconds between two of its calls, which are waits.
local function watched()
  local transport, before = { longest = 0, sum = 0 }, nil
  local function look()
    local took = os.clock() - before
    transport.longest, transport.sum = math.max(transport.longest, took), transport.sum + took
  end
  function transport:begin()
    self.longest, self.sum, before = 0, 0, os.clock()
  end
  function transport:finish() -- luacheck: no self
    look()
  end
  function transport:now() -- luacheck: no self
    return native:now()
  end
  for _, name in ipairs { "sleep", "exchange", "open" } do
    transport[name] = function(_, ...)
      if before then
        look()
      end
      local first, second, third = native[name](native, ...)
      before = os.clock()
      return first, second, third
    end
  end
  return transport
end

describe("a map of many entries", function()
  local farm, transport, map

  local function text(from, to, step, value)
    local lines = {}
    for i = from, to, step do
      lines[#lines + 1] = ("host%06d.example.com %s%d\n"):format(i, value, i % 1000)
    end
    return table.concat(lines)
  end

  -- The second process has the same entries in another order.
  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    haproxy.write(farm.dir .. "/first", text(1, ENTRIES, 1, "v"))
    haproxy.write(farm.dir .. "/second", text(ENTRIES, 1, -1, "v"))
    for n, file in ipairs { "first", "second" } do
      local one = haproxyadmin.HAProxy { sockets = { farm.sockets[n] }, timeout = 30 }
      one:map(farm.dir .. "/sites.map"):load(farm.dir .. "/" .. file)
    end
    transport = watched()
    local hap = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 30, transport = transport }
    map = hap:map(farm.dir .. "/sites.map")
  end)

  teardown(function()
    farm:stop()
  end)

  -- Some milliseconds; a slow machine, or Lua's collector, has more of all.
  local function assert_short(call)
    -- What was left over before is not its own.
    collectgarbage()
    collectgarbage()
    transport:begin()
    local value = call()
    transport:finish()
    local told = ("%.1f ms at once, of %.1f"):format(transport.longest * 1000, transport.sum * 1000)
    assert.is_true(transport.longest < math.max(0.02, transport.sum / 4), told)
    return value
  end

  it("is counted, compared, gone through and saved in short steps", function()
    assert.equal(
      ENTRIES,
      assert_short(function()
        return map.count
      end)
    )
    assert.equal(
      "v7",
      assert_short(function()
        return map:totable()
      end)["host000007.example.com"]
    )
    assert.is_true(assert_short(function()
      return map:save(farm.dir .. "/saved")
    end))
  end)

  it("is compared in short steps where nearly all differs", function()
    haproxy.write(farm.dir .. "/wanted", text(ENTRIES / 2, ENTRIES, 1, "w") .. text(2 * ENTRIES, 2.5 * ENTRIES, 1, "v"))
    for _, wanted in ipairs { "first", "second", "wanted" } do
      assert_short(function()
        return map:load(farm.dir .. "/" .. wanted, { mode = "diff", dry_run = true })
      end)
    end
  end)

  -- Nearly all keys come once, or each comes twice.
  it("is searched for keys that come again in short steps", function()
    local once, twice = text(1, 5 * ENTRIES, 1, "v"), text(1, 2.5 * ENTRIES, 1, "v")
    for repeated, wanted in pairs { [1] = once .. text(1, 1, 1, "w"), [2.5 * ENTRIES] = twice .. twice } do
      haproxy.write(farm.dir .. "/wanted", wanted)
      local plan = assert_short(function()
        return map:load(farm.dir .. "/wanted", { mode = "diff", dry_run = true })
      end)
      local key
      assert.equal(
        repeated,
        assert_short(function()
          local count
          count, key = plan:repeated()
          return count
        end)
      )
      assert.equal("host000001.example.com", key)
      local answer = assert_short(function()
        return { map:load(farm.dir .. "/wanted", { mode = "diff", dry_run = true, unique = true, die = false }) }
      end)
      assert.equal("exists", answer[2].code)
    end
  end)

  it("is taken from a table in short steps", function()
    local sequence, by_key = {}, {}
    for i = 1, ENTRIES do
      local key = ("host%06d.example.com"):format(i)
      sequence[i], by_key[key] = { key, "w" .. i }, "w" .. i
    end
    for _, wanted in ipairs { sequence, by_key } do
      local plan = assert_short(function()
        return map:sync(wanted, { mode = "diff", dry_run = true })
      end)
      assert.equal(2 * ENTRIES, plan.changed)
    end
  end)
end)
