-- Objects that were closed, and such that are not yet connected: every method
-- and property of every class tells so, and heeds die = false.

local assertions = require "spec.support.assertions"
local class = require "haproxyadmin.objects.class"
local errors = require "haproxyadmin.errors"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local raises = assertions.raises

-- Arguments with which each method would work.
local arguments = {
  frontend = { "www" },
  backend = { "app" },
  server = { "app1" },
  sum = { "server", "scur" },
  command = { "show info" },
  batch = { function() end },
  setmaxconn = { 100 },
  setratelimitconn = { 0 },
  setratelimitsess = { 0 },
  setratelimitsslsess = { 0 },
  get_acl = { 0, "a" },
  get_map = { 0, "a" },
  add_acl = { 0, "a" },
  del_acl = { 0, "a" },
  clear_acl = { 0 },
  add_map = { 0, "a", "b" },
  set_map = { 0, "a", "b" },
  del_map = { 0, "a" },
  clear_map = { 0 },
  setstate = { "ready" },
  setweight = { 1 },
  setaddress = { "127.0.0.1" },
  setport = { 1 },
}

local metric_of = { HAProxy = "Maxconn", Snapshot = "Maxconn", Frontend = "scur", Backend = "scur", Server = "scur" }

local unpack = table.unpack or unpack -- luacheck: ignore

-- The arguments of a method, with die = false behind them.
local function call_gently(object, kind, name)
  local list = { unpack(name == "metric" and { metric_of[kind] } or arguments[name] or {}) }
  local entry = class.entry(object, name)
  -- Where arguments may be tables, the options stand behind all of them.
  for i = #list + 1, entry and entry.tables and entry.arguments or 0 do
    list[i] = {}
  end
  list[#list + 1] = { die = false }
  return object[name](object, unpack(list))
end

local function call(object, kind, name)
  return object[name](object, unpack(name == "metric" and { metric_of[kind] } or arguments[name] or {}))
end

-- Every method but `close`, every property and a metric: each with the error.
-- Returns how many were looked at.
local function all_fail(object, kind, message)
  local definition, count = class.definitions[kind], 0
  for name in pairs(definition.methods) do
    if name ~= "close" and name ~= "get" then
      local value, err = call_gently(object, kind, name)
      assert.is_nil(value, kind .. ":" .. name)
      assert.is_true(errors.is_error(err, "ValueError"), kind .. ":" .. name .. ": " .. tostring(err))
      assert.equal(message, err.message, kind .. ":" .. name)
      assert.equal(message, raises("ValueError", err.code, call, object, kind, name).message)
      count = count + 1
    end
  end
  for name in pairs(definition.properties) do
    local value, err = object:get(name)
    assert.is_nil(value, kind .. "." .. name)
    assert.equal(message, err.message, kind .. "." .. name)
    raises("ValueError", err.code, function()
      return object[name]
    end)
    count = count + 1
  end
  for name in pairs(definition.setters or {}) do
    local err = raises("ValueError", nil, function()
      object[name] = arguments[name == "address" and "setaddress" or "setport"][1]
    end)
    assert.equal(message, err.message, kind .. "." .. name .. " =")
    count = count + 1
  end
  assert.is_truthy(tostring(object):find("^haproxyadmin%." .. kind))
  return count
end

describe("an object that was closed", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2 }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Counts what goes out.
  local function counted()
    local transport = { exchanges = 0 }
    function transport:now() -- luacheck: no self
      return native:now()
    end
    function transport:sleep(seconds) -- luacheck: no self
      native:sleep(seconds)
    end
    function transport:exchange(requests, deadline)
      self.exchanges = self.exchanges + 1
      native:exchange(requests, deadline)
    end
    return transport
  end

  local function open(sockets)
    local transport = counted()
    local hap = haproxyadmin.HAProxy {
      sockets = sockets or farm.sockets,
      transport = transport,
      retry = false,
      timeout = 10,
    }
    return hap, transport
  end

  local function objects(source)
    return {
      Frontend = source:frontend "www",
      Backend = source:backend "app",
      Server = source:server("app2", "app")[1],
    }
  end

  it("raises in every method and property, and so do its objects", function()
    local hap, transport = open()
    local snapshot = hap:snapshot()
    local live, taken = objects(hap), objects(snapshot)
    local twins = objects(hap)
    local process = hap:processes()[1]
    hap:close()
    local before = transport.exchanges
    local message = "the HAProxy object was closed"
    assert.is_true(all_fail(hap, "HAProxy", message) > 40)
    assert.is_true(all_fail(snapshot, "Snapshot", message) > 10)
    for kind, object in pairs(live) do
      assert.is_true(all_fail(object, kind, message) > 8)
      assert.is_true(all_fail(taken[kind], kind, message) > 8)
      -- Two Lua objects of the same one in HAProxy; comparing asks nobody.
      assert.is_false(rawequal(object, twins[kind]))
      assert.is_true(object == twins[kind], kind)
      assert.is_true(object ~= live[kind == "Server" and "Backend" or "Server"], kind)
      raises("ValueError", "bad_argument", function()
        return taken[kind].scur
      end)
    end
    for _, name in ipairs { "command", "info", "stats" } do
      local value, err = call_gently(process, "Process", name)
      assert.is_nil(value)
      assert.equal(message, err.message)
      raises("ValueError", "bad_argument", call, process, "Process", name)
    end
    assert.equal(before, transport.exchanges)
  end)

  it("raises in the objects of a partial snapshot", function()
    local hap = open { farm.sockets[1], farm.dir .. "/nobody.sock" }
    local snapshot = hap:snapshot { partial = true }
    assert.equal(1, #snapshot.failed)
    local taken = objects(snapshot)
    assert.equal("www", taken.Frontend.name)
    hap:close()
    for kind, object in pairs(taken) do
      for _, name in ipairs { "name", "scur" } do
        local err = raises("ValueError", "bad_argument", function()
          return object[name]
        end)
        assert.equal("the HAProxy object was closed", err.message, kind)
      end
    end
  end)

  it("raises in a batch whose function has returned", function()
    local hap, transport = open()
    local kept
    local server = hap:server("app2", "app")[1]
    hap:batch(function(batch)
      kept = batch
    end)
    local before = transport.exchanges
    local err = raises("ValueError", "bad_argument", function()
      kept:setweight(server, 1)
    end)
    assert.equal("the batch is over: its function has returned", err.message)
    raises("ValueError", "bad_argument", function()
      kept:clear_acl(0)
    end)
    assert.equal(before, transport.exchanges)
  end)

  it("raises in every method and property of a snapshot that was closed itself", function()
    local hap, transport = open()
    local snapshot = hap:snapshot()
    local taken = objects(snapshot)
    getmetatable(snapshot).__close(snapshot)
    local before = transport.exchanges
    assert.is_true(all_fail(snapshot, "Snapshot", "the snapshot was closed") > 10)
    -- Its objects hold what they read.
    assert.equal("app/app2", taken.Server.backendname .. "/" .. taken.Server.name)
    assert.equal(0, taken.Frontend.scur)
    assert.equal(before, transport.exchanges)
    getmetatable(snapshot).__close(snapshot)
    if _VERSION == "Lua 5.4" then
      local chunk = assert(load [[
        local hap, kept = ...
        do
          local snapshot <close> = hap:snapshot()
          kept = snapshot
        end
        return kept
      ]])
      raises("ValueError", "bad_argument", function()
        return chunk(hap):frontends()
      end)
    end
  end)
end)

describe("an object that cannot connect yet", function()
  it("raises in every method and property", function()
    local waits = setmetatable({
      ready = function()
        return false
      end,
      exchange = function(_, requests)
        for _, request in ipairs(requests) do
          request.code, request.words = "unsupported", "not now"
        end
      end,
    }, { __index = native })
    local hap = haproxyadmin.HAProxy { sockets = { "/run/nobody.sock" }, transport = waits, retry = false }
    local _, err = hap:info { die = false }
    assert.equal("unsupported", err.code)
    assert.is_true(all_fail(hap, "HAProxy", err.message) > 40)
    assert.is_true(hap:close())
    all_fail(hap, "HAProxy", "the HAProxy object was closed")
  end)
end)
