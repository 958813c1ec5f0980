local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"
local native = require "haproxyadmin.transport.native"

local raises, column = assertions.raises, assertions.column

local version = haproxy.version()

local config = [[
resolvers names
  nameserver none 127.0.0.1:1
frontend www
  bind unix@{dir}/www{n}.sock
  maxconn 100
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
  http-request deny if { path -f {dir}/blocked.acl }
  default_backend app
frontend api
  bind unix@{dir}/api{n}.sock
  maxconn 50
  default_backend app
backend app
  balance roundrobin
  server a 127.0.0.1:81 weight 10
  server b 127.0.0.1:82 weight 20
  server c ::1:83 disabled
  server d localhost:84 init-addr last,libc,none
backend other
  server sock unix@{dir}/nobody.sock
backend switches
  balance roundrobin
  server plain 127.0.0.1:1
  server checked 127.0.0.1:1 check inter 60s fall 99
  server agent 127.0.0.1:1 agent-check agent-inter 60s agent-port 9
  server tracking 127.0.0.1:1 track checked
  server named localhost:1 resolvers names init-addr none
  server tls 127.0.0.1:1 ssl verify none
]]

-- The native transport, which notes the lines that it sends.
local function noting(lines)
  return setmetatable({
    exchange = function(_, requests, deadline)
      for _, request in ipairs(requests) do
        lines[#lines + 1] = request.line
      end
      native:exchange(requests, deadline)
    end,
  }, { __index = native })
end

describe("The state through a master", function()
  it("is that of the worker that serves, and is set again in the next one", function()
    local m = master.start { global = "  maxconn 1000\n" }
    local client
    local ok, err = pcall(function()
      local own = haproxyadmin.Master { socket = m.socket, timeout = 10 }
      local hap = haproxyadmin.HAProxy { master = m.socket, workers = "all", timeout = 10 }
      hap:backend("app"):server("s1"):ensure { weight = 77, maxconn = 5 }
      hap:setmaxconn(500)
      local state = hap:save_state()
      client = m:client()
      master.eventually(function()
        return hap:frontend("www").scur == 1
      end)
      assert.is_true(own:reload({ timeout = 60 }).success)
      assert.equal(2, #hap:processes())
      assert.equal(10, hap:backend("app"):server("s1").weight)
      local plan = hap:restore_state(state)
      assert.equal(1, #plan.processes)
      assert.equal(3, plan.commands)
      assert.is_true(hap:restore_state(state):is_empty())
      assert.same(state, hap:save_state())
    end)
    if client then
      client:close()
    end
    m:stop()
    assert.is_true(ok, tostring(err))
  end)
end)

describe("The state", function()
  local farm, hap, sent

  before_each(function()
    farm = haproxy.start { processes = 3, origin = false, config = config }
    sent = {}
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, transport = noting(sent) }
  end)

  after_each(function()
    farm:stop()
  end)

  -- The lines sent by `fn` that are no questions.
  local function changes(fn)
    local from = #sent
    fn()
    local found = {}
    for i = from + 1, #sent do
      if not sent[i]:match "^show " then
        found[#found + 1] = sent[i]
      end
    end
    return found
  end

  -- Sets what can be set, and something else in process 2.
  local function set_all()
    local a, b, c = hap:server("a", "app")[1], hap:server("b", "app")[1], hap:server("c", "app")[1]
    hap:setmaxconn(500)
    hap:setratelimitconn(11)
    hap:setratelimitsess(12)
    hap:setratelimitsslsess(13)
    hap:frontend("www"):setmaxconn(77)
    hap:frontend("api"):disable()
    a:setweight(3)
    a:setaddress("127.0.0.9", 99)
    b:setstate "drain"
    c:setstate "ready"
    c:setaddress "::2"
    local second = hap:processes()[2]
    for _, command in ipairs {
      "set weight app/a 7",
      "set maxconn frontend www 78",
      "set server app/b state maint",
      "set rate-limit sessions global 22",
    } do
      second:command(command)
    end
  end

  local function reload()
    for n = 1, #farm.sockets do
      farm:reload(n)
    end
  end

  it("is what can be set, common to all processes as far as it is", function()
    set_all()
    local state = hap:save_state()
    assert.equal(1, state.version)
    assert.equal(500, state.limits.maxconn)
    assert.equal(11, state.limits.ratelimitconn)
    assert.is_nil(state.limits.ratelimitsess)
    assert.same({ state = "enabled" }, state.frontends.www)
    assert.same({ maxconn = 50, state = "disabled" }, state.frontends.api)
    -- HAProxy 2.2 does not tell whether TLS is used.
    local ssl = version >= 204 and { ssl = false } or {}
    local function server(fields)
      fields.ssl, fields.health, fields.maxconn = ssl.ssl, "up", fields.maxconn or 0
      return fields
    end
    local app = state.backends.app.servers
    assert.same(server { address = "127.0.0.9", port = 99, state = "ready" }, app.a)
    -- In maintenance, as in one of the processes, a server has no health.
    assert.same({ address = "127.0.0.1", port = 82, weight = 20, ssl = ssl.ssl, maxconn = 0 }, app.b)
    assert.same(server { address = "::2", port = 83, state = "ready", weight = 1 }, app.c)
    assert.same(server { state = "ready", weight = 1 }, state.backends.other.servers.sock)
    local own = {}
    for i, process in ipairs(state.processes) do
      own[i] = {
        process.process_nb,
        process.limits.ratelimitsess,
        process.frontends.www.maxconn,
        process.backends.app.servers.a.weight,
        process.backends.app.servers.b.state,
      }
    end
    assert.same({ { 1, 12, 77, 3, "drain" }, { 2, 22, 78, 7, "maint" }, { 3, 12, 77, 3, "drain" } }, own)
  end)

  it("comes back after a reload, in every process as it was there", function()
    set_all()
    local path = farm.dir .. "/state.json"
    local state = hap:save_state(path)
    reload()
    assert.same({ 10, 10, 10 }, column(hap, "app", "a", "weight"))
    local plan
    local lines = changes(function()
      plan = hap:restore_state(path)
    end)
    assert.equal(3, #lines)
    assert.is_false(plan:is_empty())
    assert.same({}, plan.skipped)
    assert.same(state, hap:save_state())
    assert.same({ 3, 7, 3 }, column(hap, "app", "a", "weight"))
    assert.same({ "DRAIN", "MAINT", "DRAIN" }, column(hap, "app", "b", "status"))
    assert.equal(22, hap:info()[2].SessRateLimit)
    -- Nothing is left to be sent.
    assert.same({}, changes(function()
      assert.is_true(hap:restore_state(path):is_empty())
      assert.is_true(hap:restore_state(state):is_empty())
    end))
  end)

  -- Every switch of a server that this version has and shows, as calls of methods.
  local function switches()
    local backend = hap:backend "switches"
    local function call(name, method, ...)
      local server = backend:server(name)
      assert.is_true(server[method](server, ...))
    end
    call("plain", "setmaxconn", 17)
    call("plain", "sethealth", "stopping")
    call("named", "setfqdn", "some.where")
    if version >= 204 then
      call("checked", "setcheckport", 8)
      call("agent", "setagentaddress", "127.0.0.7", 77)
      call("tls", "setssl", false)
    end
    if version >= 204 and version < 304 then
      call("checked", "setcheckaddress", "127.0.0.8")
    end
    call("checked", "disable_health")
    call("checked", "sethealth", "down")
    call("agent", "disable_agent")
    -- One process has everything the other way round.
    for _, command in ipairs {
      "set maxconn server switches/plain 18",
      "set server switches/plain health down",
      "enable health switches/checked",
      "set server switches/checked check-port 9",
      "enable agent switches/agent",
      "set server switches/agent agent-port 78",
      "disable agent switches/agent",
      "set server switches/tls ssl on",
    } do
      hap:processes()[3]:command(command)
    end
  end

  it("has every switch of a server", function()
    switches()
    local state = hap:save_state()
    local servers, own = state.backends.switches.servers, {}
    for i, process in ipairs(state.processes) do
      own[i] = process.backends.switches.servers
    end
    assert.same({ 17, 17, 18 }, { own[1].plain.maxconn, own[2].plain.maxconn, own[3].plain.maxconn })
    assert.same({ "stopping", "down" }, { own[1].plain.health, own[3].plain.health })
    assert.same({ false, true }, { own[1].checked.health_enabled, own[3].checked.health_enabled })
    assert.same({ "down", nil }, { own[1].checked.health, own[3].checked.health })
    assert.is_false(servers.agent.agent_enabled)
    assert.equal("some.where", servers.named.fqdn)
    assert.is_nil(servers.tracking.health)
    if version >= 204 then
      assert.same({ 8, 9 }, { own[1].checked.check_port, own[3].checked.check_port })
      assert.same({ 77, 78 }, { own[1].agent.agent_port, own[3].agent.agent_port })
      assert.equal(version < 304 and "127.0.0.8" or nil, servers.checked.check_address)
      assert.equal("127.0.0.7", servers.agent.agent_address)
      assert.same({ false, true }, { own[1].tls.ssl, own[3].tls.ssl })
    end
    reload()
    local plan = hap:restore_state(state)
    assert.same({}, plan.skipped)
    assert.same(state, hap:save_state())
    assert.same({}, changes(function()
      hap:restore_state(state)
    end))
  end)

  it("tells what a server cannot have", function()
    local plan = hap:apply {
      backends = {
        switches = {
          servers = {
            plain = { health_enabled = true, check_port = 5, agent_port = 5, agent_enabled = false },
            checked = { health = "down", check_address = "127.0.0.5" },
            tracking = { agent_address = "127.0.0.1" },
            named = { address = "127.0.0.3" },
          },
        },
      },
    }
    local told = {}
    for _, skipped in ipairs(plan.skipped) do
      if skipped.process_nb == 1 then
        told[skipped.object:match "/(.*)" .. " " .. skipped.field] = skipped.why
      end
    end
    assert.equal("it has no health check", told["plain health_enabled"])
    assert.equal("it has no agent check", told["plain agent_enabled"])
    assert.equal("its checks find it out", told["checked health"])
    assert.equal("this process shows no address of it", told["named address"])
    if version < 204 then
      assert.equal("this version of HAProxy does not show its check_port", told["plain check_port"])
    else
      assert.equal("it has no health check", told["plain check_port"])
      assert.equal("it has no agent check", told["plain agent_port"])
      assert.equal("it has no agent check", told["tracking agent_address"])
    end
    if version >= 304 then
      assert.matches("every address is invalid", told["checked check_address"])
    end
  end)

  it("is sent only where it differs, and told", function()
    hap:processes()[2]:command "set weight app/a 3"
    local wanted = { backends = { app = { servers = { a = { weight = 3, state = "ready" } } } } }
    local plan
    assert.same({}, changes(function()
      plan = hap:apply(wanted, { dry_run = true })
    end))
    assert.equal("2 commands in 1 exchange\nprocesses 1, 3:\n  set weight app/a 3", tostring(plan))
    local told = {}
    for nb, object, field, from, to, command in plan:changes() do
      told[#told + 1] = { nb, object, field, from, to, command }
    end
    local line = "set weight app/a 3"
    assert.same({ { 1, "server app/a", "weight", 10, 3, line }, { 3, "server app/a", "weight", 10, 3, line } }, told)
    assert.same({ "set weight app/a 3\n", "set weight app/a 3\n" }, changes(function()
      hap:apply(wanted)
    end))
    assert.same({ 3, 3, 3 }, column(hap, "app", "a", "weight"))
    assert.same({}, changes(function()
      hap:apply(wanted)
    end))
  end)

  it("sets a port alone, and what only one process has otherwise", function()
    -- Which returns when it is in force.
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], timeout = 10 }
    second:backend("app"):server("a"):setaddress("127.0.0.7", 7)
    local own = { app = { servers = { a = { port = 11, address = "127.0.0.8" } } } }
    hap:apply {
      backends = { app = { servers = { a = { port = 9 } } } },
      processes = { { process_nb = 3, backends = own } },
    }
    assert.same({ "127.0.0.1:9", "127.0.0.7:9", "127.0.0.8:11" }, column(hap, "app", "a", "addr"))
  end)

  it("tells what is gone, and goes on", function()
    local wanted = {
      frontends = { nowhere = { maxconn = 1 } },
      backends = {
        app = { servers = { a = { weight = 4 }, gone = { weight = 1 } } },
        nobody = { servers = { x = { state = "maint" } } },
        other = { servers = { sock = { port = 5 } } },
      },
      processes = { { process_nb = 9, limits = { maxconn = 1 } } },
    }
    raises("ValueError", "not_found", hap.apply, hap, wanted, { strict = true })
    assert.same({ 10, 10, 10 }, column(hap, "app", "a", "weight"))
    local plan = hap:apply(wanted)
    local objects = {}
    for _, skipped in ipairs(plan.skipped) do
      if skipped.process_nb == 1 or skipped.process_nb == 9 then
        objects[#objects + 1] = skipped.object .. (skipped.field and " " .. skipped.field or "")
      end
    end
    table.sort(objects)
    local expected = { "frontend nowhere", "process", "server app/gone", "server nobody/x", "server other/sock port" }
    assert.same(expected, objects)
    assert.equal(13, #plan.skipped)
    assert.matches("process 3, skipped: server app/gone: this process does not have it", tostring(plan))
    assert.same({ 4, 4, 4 }, column(hap, "app", "a", "weight"))
    -- A backend alone that nobody has.
    plan = hap:apply { backends = { nobody = { servers = { x = { weight = 1 } } } } }
    assert.equal(3, #plan.skipped)
  end)

  it("cannot take back that a frontend was shut down", function()
    hap:processes()[1]:command "shutdown frontend www"
    local state = hap:save_state()
    local plan = hap:apply { frontends = { www = { state = "enabled", maxconn = 5 } } }
    assert.equal("frontend www", plan.skipped[1].object)
    if version < 204 then
      -- It is in no statistics any more.
      assert.is_nil(state.frontends.www)
      assert.equal(2, plan.commands)
      return
    end
    assert.equal("stopped", state.processes[1].frontends.www.state)
    assert.equal("state", plan.skipped[1].field)
    assert.equal(3, plan.commands)
    hap:apply { frontends = { www = { state = "stopped" } } }
    assert.same({ "STOP", "STOP", "STOP" }, column(hap, "www", "FRONTEND", "status"))
  end)

  it("adds servers that are gone, where that is asked for", function()
    if version < 204 then
      local plan = hap:apply { backends = { app = { servers = { new = { address = "127.0.0.5" } } } } }
      assert.equal(3, #plan.skipped)
      return
    end
    hap:backend("app"):add_server { name = "new", address = "127.0.0.5", port = 85, weight = 5 }
    hap:backend("app"):server("new"):ensure { state = "drain", maxconn = 7 }
    local state = hap:save_state()
    reload()
    assert.equal(3, #hap:restore_state(state).skipped)
    assert.equal(3, #hap:restore_state(state, { create = true, dry_run = true }).skipped)
    local plan = hap:restore_state(state, { create = true })
    assert.same({ {}, { "server app/new" } }, { plan.skipped, plan.created })
    assert.matches("\nadded: server app/new$", tostring(plan))
    assert.same(state, hap:save_state())
    assert.is_true(hap:restore_state(state, { create = true }):is_empty())
    -- In one process only it stays as it is.
    hap:processes()[2]:command "set server app/new state maint;del server app/new"
    assert.equal(1, #hap:restore_state(state, { create = true }).skipped)
  end)

  it("has the entries of maps and ACLs, where that is asked for", function()
    local map, acl = farm.dir .. "/sites.map", farm.dir .. "/blocked.acl"
    hap:map(map):add("/three words", "a value ; <<")
    hap:acl(acl):del "/admin"
    assert.is_nil(hap:save_state().maps)
    local path = farm.dir .. "/state.json"
    local state = hap:save_state(path, { maps = true, acls = { acl } })
    assert.same({ [acl] = { "/blocked" } }, state.acls)
    assert.equal(3, #state.maps[map])
    assert.same({ "/one", "first" }, state.maps[map][1])
    reload()
    assert.equal(2, hap:acl(acl).count)
    local plan = hap:restore_state(path, { dry_run = true })
    assert.is_false(plan:is_empty())
    assert.equal(0, plan.commands)
    assert.equal(3, plan.acls[acl].deleted)
    assert.matches("map " .. map:gsub("%p", "%%%0") .. ": diff: 3 added", tostring(plan))
    assert.equal(2, hap:acl(acl).count)
    plan = hap:restore_state(path)
    assert.equal(3, plan.maps[map].added)
    assert.same(state, hap:save_state(nil, { maps = { map }, acls = true }))
    assert.is_true(hap:restore_state(path):is_empty())
    plan = hap:apply { maps = { nowhere = { k = "v" } } }
    assert.equal(3, #plan.skipped)
    raises("ValueError", "not_found", hap.apply, hap, { maps = { nowhere = {} } }, { strict = true })
    raises("ValueError", nil, hap.save_state, hap, nil, { maps = 1 })
    raises("ValueError", "not_found", hap.save_state, hap, nil, { acls = { "nowhere" } })
  end)

  it("is told what a process did not take, and completed by the same call", function()
    local wanted = { backends = { app = { servers = { a = { weight = 3 }, b = { state = "drain" } } } } }
    local killed = false
    local alone = haproxyadmin.HAProxy {
      sockets = { farm.sockets[1], farm.sockets[2] },
      transport = setmetatable({
        exchange = function(_, requests, deadline)
          for _, request in ipairs(requests) do
            if not killed and request.address == farm.sockets[2] and not request.line:match "^show " then
              farm:kill(2)
              killed = true
            end
          end
          native:exchange(requests, deadline)
        end,
      }, { __index = native }),
      retry = false,
      timeout = 10,
    }
    local err = raises("SocketConnectionError", "refused", alone.apply, alone, wanted)
    assert.equal(2, #err.outcomes)
    for _, outcome in ipairs(err.outcomes) do
      assert.is_true(outcome.results[1].ok)
      assert.is_false(outcome.results[2].ok)
    end
    assert.equal(4, err.plan.commands)
    for nb, _, _, _, _, command, why in err.plan:changes() do
      assert.matches("^set ", command)
      assert.equal(nb == 2, why ~= nil, command)
    end
    -- Without the process that is gone, and telling so.
    raises("SocketConnectionError", "refused", alone.apply, alone, wanted)
    local partly = alone:apply({ limits = { maxconn = 77 }, backends = wanted.backends }, { partial = true })
    assert.same({ "process", 2, "refused" }, {
      partly.skipped[1].object,
      partly.skipped[1].process_nb,
      partly.skipped[1].code,
    })
    assert.equal(1, #partly.skipped)
    assert.same({ { process_nb = 1, commands = { "set maxconn global 77" } } }, partly.processes)
    partly = alone:apply({ frontends = { www = { maxconn = 99 } } }, { partial = true })
    assert.same({ { process_nb = 1, commands = { "set maxconn frontend www 99" } } }, partly.processes)
    assert.is_true(alone:apply({ frontends = { www = { maxconn = 99 } } }, { partial = true }):is_empty())
    alone:apply({ frontends = { www = { maxconn = 100 } } }, { partial = true })
    farm:reload(2)
    local rest = alone:apply(wanted)
    assert.equal(1, #rest.processes)
    assert.same({ "set weight app/a 3", "set server app/b state drain" }, rest.processes[1].commands)
    assert.is_true(alone:apply(wanted):is_empty())
  end)

  it("is written whole, and read as what it is", function()
    local path = farm.dir .. "/state.json"
    raises("FileError", nil, hap.save_state, hap, farm.dir .. "/nowhere/x.json")
    raises("FileError", "not_found", hap.restore_state, hap, path)
    raises("FileError", nil, hap.restore_state, hap, farm.dir)
    for text, pattern in pairs {
      ["{"] = "is not JSON",
      ['{"version":2}'] = "version",
      ['{"limits":{"maxcon":1}}'] = "unknown key 'maxcon' %(known: maxconn, ratelimitconn",
      ['{"backends":{"app":{"servers":{"a":{"weight":257}}}}}'] = "state%.backends%.app%.servers%.a%.weight",
      ['{"processes":[{"limits":{}}]}'] = "processes%[1%]%.process_nb",
      ["[1]"] = "unknown key '1'",
      ["1"] = "table expected",
    } do
      haproxy.write(path, text)
      local err = raises("ValueError", nil, hap.restore_state, hap, path)
      assert.matches(pattern, err.message)
      assert.truthy(err.message:find(path, 1, true))
    end
    raises("ValueError", "bad_argument", hap.apply, hap, "x")
    raises("ValueError", "bad_argument", hap.restore_state, hap, 1)
    raises("ValueError", "bad_argument", hap.apply, hap, { backends = { app = { servers = { [1] = {} } } } })
  end)

  describe("in HAProxy's own file", function()
    -- Starts process 1 again with a configuration that loads the file.
    local function reload_with(path)
      farm:reload(1, function(text)
        text = text:gsub("global\n", ("global\n  server-state-file %s\n"):format(path))
        return (text:gsub("defaults\n", "defaults\n  load-server-state-from-file global\n"))
      end)
    end

    -- HAProxy takes addresses from it only where the configuration has a host name.
    it("is loaded by HAProxy", function()
      for _, command in ipairs {
        "set weight app/a 3",
        "set server app/b state drain",
        "set server app/c state ready",
      } do
        hap:command(command)
      end
      hap:backend("app"):server("a"):setaddress("127.0.0.1", 99)
      hap:backend("app"):server("d"):setaddress("127.0.0.9", 98)
      local state = hap:save_state()
      local path = farm.dir .. "/servers.state"
      assert.is_true(hap:save_server_state(path))
      assert.equal("1", io.lines(path)())
      reload_with(path)
      local alone = haproxyadmin.HAProxy { socket_file = farm.sockets[1], timeout = 10 }
      assert.same(state.backends, alone:save_state().backends)
    end)

    it("is of one process, or of processes that agree", function()
      local path = farm.dir .. "/servers.state"
      hap:processes()[2]:command "set weight app/b 9"
      local err = raises("InconsistentData", "inconsistent", hap.save_server_state, hap, path)
      assert.matches("disagree on server app/b", err.message)
      assert.is_nil(io.open(path))
      assert.is_true(hap:save_server_state(path, { process_nb = 2 }))
      local weights = {}
      for line in io.lines(path) do
        local name, weight = line:match "^%d+ app %d+ (%S+) %S+ %S+ %S+ (%d+) "
        if name then
          weights[name] = weight
        end
      end
      assert.same({ a = "10", b = "9", c = "1", d = "1" }, weights)
      raises("ValueError", "not_found", hap.save_server_state, hap, path, { process_nb = 4 })
      raises("FileError", nil, hap.save_server_state, hap, farm.dir .. "/no/x", { process_nb = 1 })
    end)
  end)
end)
