local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local config = [[
frontend www
  bind unix@{dir}/www.sock
  maxconn 100
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
  http-request deny if { path -f {dir}/blocked.acl }
  default_backend app
backend app
  balance roundrobin
  server s1 127.0.0.1:1 weight 10
  server s2 127.0.0.1:2 weight 20
backend empty
]]

local function nothing() end

describe("what was set at run time", function()
  local m, own, hap

  before_each(function()
    m = master.start { config = config, files = { ["blocked.acl"] = "/admin\n/secret\n" } }
    own = haproxyadmin.Master { socket = m.socket, timeout = 10 }
    hap = own:haproxy { retry_interval = 0.05 }
  end)

  after_each(function()
    m:stop()
  end)

  -- Watches; at each reading the next of these functions is called, until there is none.
  local function watch(steps, options)
    local plans, errors, place = {}, {}, 0
    hap:watch {
      interval = 0.05,
      keep_state = true,
      maps = options and options.maps,
      acls = options and options.acls,
      create = options and options.create,
      on_error = function(err)
        errors[#errors + 1] = tostring(err)
      end,
      on_restore = function(plan)
        plans[#plans + 1] = plan
      end,
      on_snapshot = function()
        place = place + 1
        if steps[place] then
          steps[place]()
        end
        return place < #steps
      end,
    }
    assert.same({}, errors)
    return plans
  end

  local function reload(change)
    return function()
      m:configure(change)
      assert.is_true(own:reload({ timeout = 60 }).success)
    end
  end

  it("is set again behind each reload, whoever had set it", function()
    local s1, s2 = hap:backend("app"):server "s1", hap:backend("app"):server "s2"
    local plans = watch {
      nothing,
      function()
        assert.is_true(s1:setweight(77))
        own:workers()[1]:command "set server app/s2 state drain"
      end,
      nothing,
      reload(),
      nothing,
      function()
        assert.equal(77, s1.weight)
        assert.truthy(s2.status:find "^DRAIN", s2.status)
        assert.is_true(hap:frontend("www"):setmaxconn(50))
      end,
      nothing,
      reload(),
      nothing,
      nothing,
    }
    assert.equal(2, #plans)
    assert.same({ 77, 50 }, { s1.weight, hap:frontend("www").slim })
    assert.truthy(s2.status:find "^DRAIN", s2.status)
  end)

  it("gives way to a new configuration where nobody had set anything, and tells what is gone", function()
    local s1 = hap:backend("app"):server "s1"
    local plans = watch {
      nothing,
      function()
        assert.is_true(s1:setweight(77))
        assert.is_true(hap:backend("app"):server("s2"):setweight(5))
      end,
      nothing,
      reload(function(text)
        return (text:gsub("maxconn 100", "maxconn 333"):gsub("\n  server s2[^\n]*", ""))
      end),
      nothing,
      nothing,
    }
    assert.equal(1, #plans)
    assert.equal(1, #plans[1].skipped)
    assert.truthy(plans[1].skipped[1].object:find("app/s2", 1, true))
    assert.same({ 77, 333 }, { s1.weight, hap:frontend("www").slim })
  end)

  it("is nothing where nothing was set", function()
    assert.same({}, watch { nothing, reload(), nothing, nothing })
  end)

  it("is a server that was added, too, which is told, or added again", function()
    local backend = hap:backend "app"
    local function add()
      backend:add_server { name = "s3", address = "127.0.0.1", port = 3, weight = 7 }
    end
    if haproxy.version() < 204 then
      assert.equal("unsupported", select(2, backend:add_server({ name = "s3", address = "::1" }, { die = false })).code)
      return
    end
    local plans = watch { nothing, add, nothing, reload(), nothing, nothing }
    assert.equal(1, #plans)
    assert.equal("server app/s3", plans[1].skipped[1].object)
    assert.is_false((pcall(backend.server, backend, "s3")))
    plans = watch({ nothing, add, nothing, reload(), nothing, nothing }, { create = true })
    assert.same({ "server app/s3" }, plans[1].created)
    assert.same({ 7, "127.0.0.1:3" }, { backend:server("s3").weight, backend:server("s3").addr })
  end)

  it("is the entries of maps and ACLs where that is asked for", function()
    local map, acl = hap:map(m.dir .. "/sites.map"), hap:acl(m.dir .. "/blocked.acl")
    local plans = watch({
      nothing,
      function()
        map:add("/new", "first")
        map:add("/new", "second; @1")
        map:set("/one", "other")
        map:del "/two"
        acl:add "/private"
        acl:del "/admin"
      end,
      nothing,
      function()
        -- The new configuration has another entry, and one otherwise that nobody has changed.
        haproxy.write(m.dir .. "/sites.map", "/one first\n/two second\n/three THIRD\n/four fourth\n")
        reload()()
      end,
      nothing,
      reload(),
      nothing,
      nothing,
    }, { maps = true, acls = { m.dir .. "/blocked.acl" } })
    assert.equal(2, #plans)
    local function found()
      local entries = {}
      for key, value in map:entries() do
        entries[#entries + 1] = key .. " " .. value
      end
      table.sort(entries)
      return entries
    end
    local wanted = { "/four fourth", "/new first", "/new second; @1", "/one other", "/three THIRD" }
    assert.same(wanted, found())
    assert.same({ "/secret", "/private" }, (acl:totable()))
    local synced = plans[1].maps[map.file]
    assert.same({ 2, 1, 1, 2 }, { synced.added, synced.changed, synced.deleted, synced.kept })
    assert.equal(1, plans[2].acls[acl.file].added)
    -- Without the options they are the files'.
    assert.same({}, watch { nothing, reload(), nothing, nothing })
    assert.same({ "/four fourth", "/one first", "/three THIRD", "/two second" }, found())
  end)

  it("takes lists and servers only beside keep_state", function()
    local function wrong(options)
      assertions.raises("ValueError", "bad_argument", hap.watch, hap, options)
    end
    wrong { on_snapshot = nothing, maps = true }
    wrong { on_snapshot = nothing, create = true }
    wrong { keep_state = true, maps = "all" }
    wrong { keep_state = true, acls = {} }
    wrong { keep_state = true, acls = { 3 } }
  end)
end)

describe("what was set at run time in several processes", function()
  it("is set again in each that is reloaded, one after the other", function()
    local farm = haproxy.start {
      processes = 2,
      origin = false,
      config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  server s1 127.0.0.1:1 weight 10
  server s2 127.0.0.1:2 weight 20
]],
    }
    local hap = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 10, retry_interval = 0.05 }
    local s1, pids, restored, place = hap:server("s1")[1], hap.processids, {}, 0
    local steps = {
      function()
        assert.is_true(s1:setweight(77))
        hap:processes()[2]:command "set weight app/s2 5"
      end,
      nothing,
      function()
        farm:reload(1)
      end,
      function()
        return #restored == 1
      end,
      function()
        farm:reload(2)
      end,
      function()
        return #restored == 2
      end,
    }
    local deadline = core.now() + 60
    hap:watch {
      interval = 0.05,
      keep_state = true,
      on_error = nothing,
      on_restore = function(plan)
        restored[#restored + 1] = plan
      end,
      on_snapshot = function()
        assert.is_true(core.now() < deadline)
        if place == 0 or not steps[place] or steps[place]() ~= false then
          place = place + 1
        end
        return place <= #steps + 1
      end,
    }
    local now = hap.processids
    assert.equal(77, s1.weight)
    local weights = hap:command "get weight app/s2"
    farm:stop()
    assert.are_not.equal(pids[1], now[1])
    assert.are_not.equal(pids[2], now[2])
    assert.same({ "20 (initial 20)", "5 (initial 20)" }, { weights[1][2][1], weights[2][2][1] })
    assert.same({ 1, 2 }, { restored[1].processes[1].process_nb, restored[2].processes[1].process_nb })
    assert.same({ 1, 2 }, { restored[1].commands, restored[2].commands })
  end)
end)
