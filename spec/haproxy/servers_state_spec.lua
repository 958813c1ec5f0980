local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"
local testing = require "haproxyadmin.testing"

local raises = assertions.raises

local config = [[
resolvers names
  nameserver none 127.0.0.1:1
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  balance roundrobin
  server s1 127.0.0.1:1 weight 10 maxconn 7
  server s2 127.0.0.1:1 disabled
  server s3 127.0.0.1:1 track checked/c1
  server - 127.0.0.1:1
  server 12 127.0.0.1:1
backend checked
  server c1 127.0.0.1:1 check inter 60s fall 99
  server named localhost:1 resolvers names init-addr none
]]

describe("The state of servers", function()
  local farm, hap

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  it("is rows of every process", function()
    local rows = hap:servers_state()
    assert.equal(2 * 7, #rows)
    local names, processes = {}, {}
    for i, row in rows:each() do
      names[i], processes[i] = row.be_name .. "/" .. row.srv_name, row.process_nb
    end
    assert.equal("app/s1,app/s2,app/s3,app/-,app/12,checked/c1,checked/named", table.concat(names, ",", 1, 7))
    assert.equal("11111112222222", table.concat(processes))
    local first = rows[1]
    assert.equal(10, first.srv_iweight)
    assert.equal("127.0.0.1", first.srv_addr)
    assert.equal(1, first.srv_port)
    assert.is_nil(first.srv_fqdn)
    assert.equal("running", first.operational_state)
    assert.same({}, first.admin_state)
    assert.same({ "forced_maint", "config_maint" }, rows[2].admin_state)
    -- Names are texts, whatever they look like.
    assert.equal("12", rows[5].srv_name)
    assert.is_nil(rows[0])
    assert.is_nil(rows[15])
    assert.is_nil(rows.none)
    assert.matches("^haproxyadmin.Rows %(show servers state: 14%)$", tostring(rows))
  end)

  it("is found by name, and asked for one backend", function()
    local rows = hap:servers_state "checked"
    assert.equal(4, #rows)
    local found = rows:find("checked", "named")
    assert.same({ 1, 2 }, { found[1].process_nb, found[2].process_nb })
    assert.equal("localhost", found[1].srv_fqdn)
    assert.same({ "resolution_maint" }, found[2].admin_state)
    assert.same({}, rows:find("checked", "other"))
    assert.same({}, rows:find("app", "s1"))
    raises("ValueError", "bad_argument", rows.find, rows, "app")
    raises("ValueError", "not_found", hap.servers_state, hap, "none")
    raises("ValueError", "not_found", hap.servers_connections, hap, "none")
    raises("ValueError", "bad_argument", hap.servers_state, hap, "")
    raises("ValueError", "bad_argument", hap.servers_state, hap, "app;disable server app/s1")
    raises("ValueError", "bad_argument", hap.servers_state, hap, 1)
  end)

  it("is of connections, too", function()
    local rows = hap:servers_connections "app"
    assert.equal(10, #rows)
    local found = rows:find("app", "12")
    assert.equal(2, #found)
    assert.same({ "app", "12" }, { found[1].be_name, found[1].srv_name })
    assert.equal(0, found[1].used_cur)
    assert.equal("table", type(found[1].idle_per_thr))
    assert.equal(0, found[2].idle_per_thr[1])
    assert.equal(14, #hap:servers_connections())
  end)

  it("is properties of a server", function()
    local app, checked = hap:backend "app", hap:backend "checked"
    local s1 = app:server "s1"
    assert.equal("running", s1.operational_state)
    assert.same({}, s1.admin_state)
    assert.equal(10, s1.initial_weight)
    assert.equal(7, s1.maxconn)
    assert.equal(0, app:server("s2").maxconn)
    assert.equal(0, s1.current_sessions)
    assert.is_nil(s1.fqdn)
    assert.is_false(s1.health_enabled)
    assert.is_false(s1.agent_enabled)
    assert.same({ "forced_maint", "config_maint" }, app:server("s2").admin_state)
    assert.equal("stopped", app:server("s2").operational_state)
    assert.equal("localhost", checked:server("named").fqdn)
    assert.is_true(checked:server("c1").health_enabled)
    s1:setstate "drain"
    assert.same({ "forced_drain" }, s1.admin_state)
    assert.equal("running", s1.operational_state)
    s1:setstate "ready"
    checked:server("c1"):setstate "maint"
    assert.same({ "inherited_maint" }, app:server("s3").admin_state)
    checked:server("c1"):setstate "ready"
    assert.equal("-", app:server("-").name)
    assert.equal(1, app:server("-").initial_weight)
  end)

  it("must be the same in all processes", function()
    local s1 = hap:backend("app"):server "s1"
    hap:processes()[2]:command "set server app/s1 state maint"
    local err = raises("InconsistentData", "inconsistent", function()
      return s1.admin_state
    end)
    assert.same({ { 1, 0 }, { 2, 1 } }, err.results)
    assert.equal(10, s1.initial_weight)
    s1:setstate "ready"
    assert.same({}, s1.admin_state)
  end)

  it("is in a snapshot that asked for it", function()
    local taken = hap:snapshot { servers_state = true }
    local s2 = taken:server("s2")[1]
    hap:backend("app"):server("s2"):setstate "ready"
    assert.same({ "forced_maint", "config_maint" }, s2.admin_state)
    assert.same({ "forced_maint", "config_maint" }, taken:backend("app"):server("s2").admin_state)
    assert.same({ "forced_maint", "config_maint" }, taken:servers()[2].admin_state)
    assert.equal("MAINT", s2.status)
    assert.equal(14, #taken:servers_state())
    assert.equal("running", taken:servers_state()[1].operational_state)
    hap:backend("app"):server("s2"):setstate "disable"

    local without = hap:snapshot()
    local err = raises("ValueError", "bad_argument", function()
      return without:servers()[1].admin_state
    end)
    assert.matches("servers_state", err.message)
    raises("ValueError", "bad_argument", without.servers_state, without)
    -- A partial one, too, and with kept connections.
    local keeping = haproxyadmin.HAProxy { socket_dir = farm:folder(), keep = true, timeout = 10 }
    for _ = 1, 2 do
      taken = keeping:snapshot { servers_state = true, partial = true }
      assert.same({}, taken.failed)
      assert.equal(14, #taken:servers_state())
      assert.equal(10, keeping:backend("app"):server("s1").initial_weight)
    end
    keeping:close()
  end)

  it("is the same through a master", function()
    local m = master.start()
    finally(function()
      m:stop()
    end)
    local through = haproxyadmin.HAProxy { master = m.socket, timeout = 10, retry_interval = 0.1 }
    -- HAProxy 2.2 lists a proxy of its own, too.
    local rows = through:servers_connections()
    assert.equal(haproxy.version() < 204 and 3 or 2, #rows)
    assert.equal(#rows, #through:servers_state())
    assert.equal("s2", rows[2].srv_name)
    for _, row in rows:each() do
      assert.is_truthy(row.be_name == "MASTER" or row.idle_per_thr[1] == 0)
    end
    assert.equal(20, through:backend("app"):server("s2").initial_weight)
    local taken = through:snapshot { servers_state = true }
    assert.equal(#rows, #taken:servers_state())
    assert.same({}, taken:server("s1")[1].admin_state)
  end)

  it("follows a server that was read again", function()
    local s1 = hap:snapshot({ servers_state = true }):server("s1")[1]
    hap:backend("app"):server("s1"):setstate "drain"
    assert.same({}, s1.admin_state)
    s1:refresh()
    assert.same({ "forced_drain" }, s1.admin_state)
    assert.equal("DRAIN", s1.status)
    hap:backend("app"):server("s1"):setstate "ready"
  end)

  it("is an error where it is none", function()
    local replies = {}
    for _, line in ipairs { "show info", "show stat", "show stat -1 4 -1", "show stat app 6 -1" } do
      replies[line] = table.concat(hap:processes()[1]:command(line), "\n")
    end
    local fake = testing.start { replies = replies }
    finally(function()
      fake:stop()
    end)
    local one = haproxyadmin.HAProxy { socket_file = fake.address, timeout = 10, retry = false }
    local function answer(text)
      fake:script { { "reply", replies["show info"] .. "\n\n" .. text } }
      local rows, err = one:servers_state { die = false }
      return err and err.code, rows
    end
    assert.equal("failed", (answer "1\n# be_id be_name srv_name\n1 app s1 7\n\n"))
    assert.equal("failed", (answer "1\n# be_id be_name srv_name\n1 app\n\n"))
    assert.equal("truncated", (answer "1\n# be_id be_name srv_name\n1 app"))
    assert.equal("permission", (answer "Permission denied\n\n"))
    assert.equal("failed", (answer "nonsense\n\n"))
    local code, rows = answer "1\n# be_id be_name srv_name\n\n"
    assert.is_nil(code)
    assert.equal(0, #rows)
    assert.is_nil(rows[1])
    assert.same({}, rows:find("app", "s1"))
  end)
end)
