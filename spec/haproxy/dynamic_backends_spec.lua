local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises, column = assertions.raises, assertions.column

local config = [[
defaults named
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
defaults plain
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend www from named
  bind unix@{dir}/www{n}.sock
  default_backend app
  use_backend %[path,field(2,/)]
backend app from named
  server s1 127.0.0.1:1
backend off from named
  disabled
]]

-- The first version that adds backends.
local SINCE = 304

describe("Backends that come and go", function()
  local farm, hap

  setup(function()
    local older = "backend app\n  server s1 127.0.0.1:1\n"
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = haproxy.version() >= SINCE and config or older,
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  local function names()
    local found = {}
    for i, backend in ipairs(hap:backends()) do
      assert.same({ 1, 2 }, backend.process_nb)
      found[i] = backend.name
    end
    return table.concat(found, " ")
  end

  if haproxy.version() < SINCE then
    it("are unsupported on this version", function()
      local err = raises("CommandFailed", "unsupported", hap.add_backend, hap, { name = "x", from = "named" })
      assert.matches("3.4 and later", err.message, 1, true)
      raises("CommandFailed", "unsupported", hap.del_backend, hap, "app")
      local app = hap:backend "app"
      raises("CommandFailed", "unsupported", app.publish, app)
      raises("CommandFailed", "unsupported", app.unpublish, app)
      assert.is_nil(hap:save_state().backends.app.published)
      assert.is_true(hap:apply({ backends = { app = { published = true } } }):is_empty())
      local skipped = hap:apply({ backends = { app = { published = false } } }).skipped
      assert.same({ "backend app", "published", "unsupported" }, {
        skipped[1].object,
        skipped[1].field,
        skipped[1].code,
      })
      assert.equal("app", names())
    end)
    return
  end

  it("serve in every process, and are deleted with their servers", function()
    local new = hap:add_backend { name = "new", from = "named", guid = "new:1" }
    assert.equal("haproxyadmin.Backend (new)", tostring(new))
    assert.equal("app new", names())
    assert.is_nil(new.status:find("UNPUB", 1, true))
    local server = new:add_server { name = "s1", address = "127.0.0.1", port = 1 }
    assert.same({ "no check", "no check" }, column(hap, "new", "s1", "status"))
    assert.equal(1, #hap:snapshot():backend("new"):servers())
    assert.is_true(new:unpublish())
    assert.matches("(UNPUB)", new.status, 1, true)
    assert.is_true(new:publish())
    assert.is_nil(new.status:find("UNPUB", 1, true))
    assert.is_true(hap:del_backend "new")
    assert.equal("app", names())
    raises("ValueError", "not_found", function()
      return new.status
    end)
    raises("ValueError", "not_found", function()
      return server.status
    end)
    -- One of the same name is the same backend.
    assert.equal(new, hap:add_backend { name = "new", from = "plain", mode = "http", publish = false })
    assert.matches("(UNPUB)", new.status, 1, true)
    assert.is_true(hap:batch(function(b)
      b:publish(new)
    end))
    assert.is_nil(new.status:find("UNPUB", 1, true))
    assert.is_true(hap:del_backend "new")
  end)

  it("are in a state, published or not", function()
    local new = hap:add_backend { name = "new", from = "named" }
    new:add_server { name = "s1", address = "127.0.0.1", port = 1, weight = 7 }
    local saved = hap:save_state()
    assert.is_true(saved.backends.app.published)
    assert.is_true(saved.backends.new.published)
    hap:processes()[2]:command "unpublish backend new"
    local plan = hap:restore_state(saved)
    assert.same({ { process_nb = 2, commands = { "publish backend new" } } }, plan.processes)
    assert.same({ "UP", "UP" }, column(hap, "new", "BACKEND", "status"))
    assert.is_true(hap:restore_state(saved):is_empty())
    assert.equal(2, hap:apply({ backends = { new = { published = false } } }).commands)
    assert.matches("(UNPUB)", new.status, 1, true)
    assert.is_false(hap:save_state().backends.new.published)
    -- Gone, and made again.
    local wanted = hap:save_state()
    assert.is_true(hap:del_backend "new")
    local skipped = hap:apply(wanted).skipped
    assert.same({ 1, "backend new", "not_found" }, { skipped[1].process_nb, skipped[1].object, skipped[1].code })
    wanted.backends.new.from = "named"
    plan = hap:apply(wanted, { create = true })
    assert.same({ "backend new", "server new/s1" }, plan.created)
    assert.matches("(UNPUB)", new.status, 1, true)
    assert.same({ 7, 7 }, column(hap, "new", "s1", "weight"))
    assert.is_true(hap:apply(wanted, { create = true }):is_empty())
    assert.is_true(hap:del_backend "new")
    assert.equal("app", names())
  end)

  it("are published again where a batch is taken back", function()
    local app = hap:backend "app"
    hap:processes()[2]:command "unpublish backend app"
    local err = raises("CommandFailed", "not_found", hap.batch, hap, function(batch)
      batch:unpublish(app)
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true })
    assert.same({}, err.rollback.not_restored)
    assert.same({ "UP", "UP (UNPUB)" }, column(hap, "app", "BACKEND", "status"))
    assert.is_true(app:publish())
    assert.same({ "UP", "UP" }, column(hap, "app", "BACKEND", "status"))
  end)

  it("are in all processes or in none", function()
    hap:processes()[2]:command "add backend half from named"
    local half = { name = "half", from = "named" }
    local err = raises("MultipleCommandResults", "inconsistent", hap.add_backend, hap, half)
    assert.matches("deleted again in process 1", err.message, 1, true)
    assert.same({ 2 }, hap:backend("half").process_nb)
    assert.is_true(hap:del_backend "half")
    assert.equal("app", names())
  end)

  it("are refused before anything is sent where they cannot be", function()
    local function refused(given)
      return raises("ValueError", "bad_argument", hap.add_backend, hap, given).message
    end
    for _, name in ipairs { "", "a/b", "a b", "a;b", "a\n", 1 } do
      refused { name = name, from = "named" }
      refused { name = "x", from = name }
    end
    refused { name = "x" }
    refused { name = "x", from = "named", mode = "spop" }
    refused { name = "x", from = "named", guid = "" }
    refused { name = "x", from = "named", guid = "a\nb" }
    refused { name = "x", from = "named", publish = 1 }
    assert.matches("'form'", refused { name = "x", from = "named", form = 1 }, 1, true)
    raises("ValueError", "bad_argument", hap.add_backend, hap)
    raises("ValueError", "bad_argument", hap.del_backend, hap, "")
    raises("ValueError", "bad_argument", hap.del_backend, hap, "x", { on_timeout = "keep" })
    assert.equal("app", names())
  end)

  it("are refused by HAProxy", function()
    raises("CommandFailed", "not_found", hap.add_backend, hap, { name = "x", from = "none" })
    raises("CommandFailed", "bad_argument", hap.add_backend, hap, { name = "x", from = "plain" })
    raises("CommandFailed", "exists", hap.add_backend, hap, { name = "app", from = "named" })
    raises("CommandFailed", "exists", hap.add_backend, hap, { name = "www", from = "named" })
    raises("ValueError", "not_found", hap.del_backend, hap, "none")
    assert.is_false(hap:del_backend("none", { missing_ok = true }))
    -- What the configuration refers to stays as it was, with its servers.
    raises("CommandFailed", "in_use", hap.del_backend, hap, "app")
    assert.equal(1, #hap:backend("app"):servers())
    assert.is_nil(hap:backend("app").status:find("UNPUB", 1, true))
    assert.equal("no check", hap:backend("app"):server("s1").status)
    assert.equal("app", names())
  end)
end)
