local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises, column = assertions.raises, assertions.column

local config = [[
resolvers names
  nameserver none 127.0.0.1:1
backend app
  balance roundrobin
  server plain 127.0.0.1:1
  server checked 127.0.0.1:1 check inter 60s fall 99
  server agent 127.0.0.1:1 check inter 60s fall 99 agent-check agent-inter 60s agent-port 9
  server tracking 127.0.0.1:1 track checked
  server named localhost:1 resolvers names init-addr none
  server tls 127.0.0.1:1 ssl verify none
]]

-- An agent's listener, which no HAProxy of the farm finds before it is told.
local function listener()
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(10)
  local _, port = server:getsockname()
  return server, tonumber(port)
end

describe("A server's switches", function()
  local farm, hap, backend
  local version = haproxy.version()

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    backend = hap:backend "app"
  end)

  teardown(function()
    farm:stop()
  end)

  -- A column of `show servers state` in both processes.
  local function state(name, key)
    local rows = hap:servers_state("app"):find("app", name)
    assert.equal(2, #rows)
    return { rows[1][key], rows[2][key] }
  end

  local function status(name)
    return column(hap, "app", name, "status")
  end

  it("set its health", function()
    local server = backend:server "checked"
    for _, expected in ipairs { { "down", 0 }, { "stopping", 3 }, { "up", 2 } } do
      assert.is_true(server:sethealth(expected[1]))
      assert.same({ expected[2], expected[2] }, state("checked", "srv_op_state"))
    end
    for _, wrong in ipairs { "drain", "UP", 1, true, "up;disable server app/plain" } do
      raises("ValueError", "bad_argument", server.sethealth, server, wrong)
    end
    local tracking = backend:server "tracking"
    raises("CommandFailed", "unsupported", tracking.sethealth, tracking, "up")
  end)

  it("set what its agent says", function()
    local server = backend:server "agent"
    assert.is_true(server:setagent "down")
    assert.same({ "DOWN (agent)", "DOWN (agent)" }, status "agent")
    assert.is_true(server:setagent "up")
    assert.same({ "UP", "UP" }, { status("agent")[1]:sub(1, 2), status("agent")[2]:sub(1, 2) })
    raises("ValueError", "bad_argument", server.setagent, server, "stopping")
    local plain = backend:server "plain"
    raises("CommandFailed", "unsupported", plain.setagent, plain, "up")
  end)

  it("begin and stop checks", function()
    local server = backend:server "agent"
    assert.same({ true, true }, { server.health_enabled, server.agent_enabled })
    assert.is_true(server:disable_health())
    assert.same({ false, true }, { server.health_enabled, server.agent_enabled })
    assert.is_true(server:disable_agent())
    assert.same({ false, false }, { server.health_enabled, server.agent_enabled })
    assert.is_true(server:enable_health())
    assert.is_true(server:enable_agent())
    assert.same({ true, true }, { server.health_enabled, server.agent_enabled })
    local plain = backend:server "plain"
    raises("CommandFailed", "unsupported", plain.enable_agent, plain)
    if version > 204 then
      raises("CommandFailed", "unsupported", plain.enable_health, plain)
    else
      assert.is_true(plain:enable_health())
    end
    assert.is_false(plain.health_enabled)
  end)

  it("set where checks go to", function()
    local server, plain = backend:server "agent", backend:server "plain"
    assert.is_true(server:setcheckport(8010))
    if version < 204 then
      raises("CommandFailed", "unsupported", server.setcheckaddress, server, "127.0.0.2")
      raises("CommandFailed", "unsupported", server.setagentport, server, 9998)
      raises("CommandFailed", "unsupported", server.setagentaddress, server, "127.0.0.2", 9998)
      assert.is_true(server:setagentaddress "127.0.0.2")
    else
      assert.same({ 8010, 8010 }, state("agent", "srv_check_port"))
      assert.is_true(server:setagentaddress "127.0.0.2")
      assert.is_true(server:setagentport(9998))
      assert.same({ "127.0.0.2", "127.0.0.2" }, state("agent", "srv_agent_addr"))
      assert.same({ 9998, 9998 }, state("agent", "srv_agent_port"))
      assert.is_true(server:setagentaddress("::1", "9997"))
      assert.same({ "::1", "::1" }, state("agent", "srv_agent_addr"))
      assert.same({ 9997, 9997 }, state("agent", "srv_agent_port"))
      raises("CommandFailed", "unsupported", plain.setagentport, plain, 1)
      raises("CommandFailed", "unsupported", plain.setcheckport, plain, 1)
    end
    raises("CommandFailed", "unsupported", plain.setagentaddress, plain, "127.0.0.2")
    if version >= 304 then
      local err = raises("CommandFailed", "unsupported", server.setcheckaddress, server, "127.0.0.2")
      assert.matches("every address is invalid", err.message)
    elseif version > 204 then
      assert.is_true(server:setcheckaddress "127.0.0.2")
      assert.same({ "127.0.0.2", "127.0.0.2" }, state("agent", "srv_check_addr"))
      assert.is_true(server:setcheckaddress("::1", 8011))
      assert.same({ "::1", "::1" }, state("agent", "srv_check_addr"))
      assert.same({ 8011, 8011 }, state("agent", "srv_check_port"))
      raises("CommandFailed", "unsupported", plain.setcheckaddress, plain, "127.0.0.2")
    end
    for _, name in ipairs { "setcheckaddress", "setagentaddress" } do
      for _, wrong in ipairs { "localhost", "", 1, "[::1]", "127.0.0.1;show info", "127.0.0.1:1" } do
        raises("ValueError", "bad_argument", server[name], server, wrong)
      end
      raises("ValueError", "bad_argument", server[name], server, "127.0.0.1", 0)
      raises("ValueError", "bad_argument", server[name], server)
    end
    for _, name in ipairs { "setcheckport", "setagentport" } do
      for _, wrong in ipairs { 0, 65536, "x", "80 ", 1.5, true } do
        raises("ValueError", "bad_argument", server[name], server, wrong)
      end
    end
  end)

  it("set what is sent to its agent", function()
    local agent, port = listener()
    local own = haproxy.start {
      processes = 2,
      origin = false,
      config = "backend b\n  server s 127.0.0.1:1 agent-check agent-inter 100ms agent-port " .. port .. "\n",
    }
    finally(function()
      own:stop()
      agent:close()
    end)
    local server = haproxyadmin.HAProxy({ socket_dir = own:folder(), timeout = 10 }):backend("b"):server "s"
    assert.is_true(server:setagentsend "hello; you <<")
    local heard, deadline = 0, core.now() + 60
    while heard < 4 and core.now() < deadline do
      local connection = agent:accept()
      if connection then
        connection:settimeout(1)
        local _, _, text = connection:receive(#"hello; you <<" + 1)
        heard = heard + (text == "hello; you <<" and 1 or 0)
        connection:send "up\n"
        connection:close()
      end
    end
    assert.equal(4, heard)
    for _, wrong in ipairs { "", "a\nb", "a\rb", "a\0b", 1 } do
      raises("ValueError", "bad_argument", server.setagentsend, server, wrong)
    end
    local plain = backend:server "plain"
    raises("CommandFailed", "unsupported", plain.setagentsend, plain, "x")
  end)

  it("set its host name", function()
    local server = backend:server "named"
    assert.equal("localhost", server.fqdn)
    assert.is_true(server:setfqdn "other.example")
    assert.equal("other.example", server.fqdn)
    assert.is_true(server:setfqdn "other.example")
    local plain = backend:server "plain"
    raises("CommandFailed", "unsupported", plain.setfqdn, plain, "other.example")
    for _, wrong in ipairs { "", "a b", "a;b", "a\n", 1, ("x"):rep(255) } do
      raises("ValueError", "bad_argument", server.setfqdn, server, wrong)
    end
    assert.equal("other.example", server.fqdn)
  end)

  it("switch TLS", function()
    local server = backend:server "tls"
    if version < 204 then
      raises("CommandFailed", "unsupported", server.setssl, server, false)
      return
    end
    assert.same({ 1, 1 }, state("tls", "srv_use_ssl"))
    assert.is_true(server:setssl(false))
    assert.same({ 0, 0 }, state("tls", "srv_use_ssl"))
    assert.is_true(server:setssl(true))
    assert.same({ 1, 1 }, state("tls", "srv_use_ssl"))
    local plain = backend:server "plain"
    raises("CommandFailed", "unsupported", plain.setssl, plain, true)
    raises("ValueError", "bad_argument", server.setssl, server, "on")
    raises("ValueError", "bad_argument", server.setssl, server)
  end)

  it("limit its connections", function()
    local server = backend:server "plain"
    assert.is_true(server:setmaxconn(7))
    assert.same({ 7, 7 }, column(hap, "app", "plain", "slim"))
    assert.equal(7, server.maxconn)
    assert.is_true(server:setmaxconn(0))
    assert.equal(0, server.maxconn)
    for _, wrong in ipairs { -1, 1.5, "7", 2 ^ 31 } do
      raises("ValueError", "bad_argument", server.setmaxconn, server, wrong)
    end
    hap:processes()[2]:command "set maxconn server app/plain 3"
    raises("InconsistentData", "inconsistent", function()
      return server.maxconn
    end)
    server:setmaxconn(0)
  end)

  it("go into a batch", function()
    local checked, agent, plain = backend:server "checked", backend:server "agent", backend:server "plain"
    assert.is_true(hap:batch(function(b)
      b:sethealth(checked, "down")
      b:setcheckport(checked, 8012)
      b:disable_health(checked)
      b:setmaxconn(plain, 9)
      b:setagent(agent, "down")
      b:setfqdn(backend:server "named", "third.example")
    end))
    assert.same({ 0, 0 }, state("checked", "srv_op_state"))
    assert.is_false(checked.health_enabled)
    assert.equal(9, plain.maxconn)
    assert.equal("third.example", backend:server("named").fqdn)
    assert.same({ "DOWN (agent)", "DOWN (agent)" }, status "agent")
    local err = raises("CommandFailed", "unsupported", hap.batch, hap, function(b)
      b:setmaxconn(plain, 0)
      b:setagent(plain, "down")
    end)
    assert.is_true(err.outcomes[1])
    assert.equal(0, plain.maxconn)
    -- Refusals of HAProxy 2.4 to 2.8 do not say where they end.
    err = raises("CommandFailed", "unsupported", hap.batch, hap, function(b)
      b:setmaxconn(plain, 4)
      b:setagentaddress(plain, "127.0.0.1")
      b:setmaxconn(plain, 5)
      b:setagentaddress(plain, "127.0.0.2")
      b:setmaxconn(checked, 6)
    end)
    assert.same({ true, true, true }, { err.outcomes[1], err.outcomes[3], err.outcomes[5] })
    assert.equal("unsupported", err.outcomes[2].code)
    assert.equal("unsupported", err.outcomes[4].code)
    assert.same({ 5, 6 }, { plain.maxconn, checked.maxconn })
  end)

  it("are one call that fails where one process refuses", function()
    local mixed = haproxy.start {
      processes = 2,
      origin = false,
      config = "backend b\n  server s 127.0.0.1:1 check inter 60s\n",
    }
    finally(function()
      mixed:stop()
    end)
    mixed:reload(2, function(text)
      return (text:gsub(" check inter 60s", ""))
    end)
    local server = haproxyadmin.HAProxy({ socket_dir = mixed:folder(), timeout = 10 }):backend("b"):server "s"
    local deadline = core.now() + 30
    repeat
      local ok, err = server:setcheckport(80, { die = false })
      if version < 204 then
        assert.is_true(ok)
        return
      end
    until (err and err.name == "MultipleCommandResults") or core.now() > deadline
    local err = raises("MultipleCommandResults", "inconsistent", server.setcheckport, server, 80)
    assert.same({ true, false }, { err.results[1].ok, err.results[2].ok })
  end)
end)
