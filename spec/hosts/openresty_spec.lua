local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local json = require "dkjson"
local nginx = require "spec.support.nginx"
local testing = require "haproxyadmin.testing"

-- The recipes of doc/examples/openresty, in real nginx.
describe("the recipe", function()
  local TOKEN = "open sesame"
  local farm, fake, web, observer

  -- What a process of the farm answers, with a counter that is large.
  local function large_replies()
    local process = observer:processes()[1]
    local replies = {}
    for _, line in ipairs { "show info", "show stat" } do
      replies[line] = table.concat(process:command(line), "\n")
    end
    local columns = {}
    for name in replies["show stat"]:match("^# ([^\n]*)"):gmatch "([^,]*)," do
      columns[#columns + 1] = name
    end
    replies["show stat"] = replies["show stat"]:gsub("\n(www,FRONTEND[^\n]*)", function(row)
      local place = 0
      return "\n" .. row:gsub("([^,]*),", function(value)
        place = place + 1
        local large = { bin = "9007199254740991", bout = "123456789012345" }
        return (large[columns[place]] or value) .. ","
      end)
    end)
    return replies
  end

  -- The recipes take the default of a second for an exchange, which a machine that does other work
  -- may need for itself.
  local patient = [[
    init_by_lua_block {
      local haproxyadmin = require "haproxyadmin"
      local make = haproxyadmin.HAProxy
      haproxyadmin.HAProxy = function(options)
        options.timeout = options.timeout or 3
        return make(options)
      end
    }
  ]]

  setup(function()
    -- Health checks would be counted among the connections.
    farm = haproxy.start { processes = 2, config = haproxy.sample:gsub(" check inter 100ms", "") }
    farm:traffic(1, "www", 4)
    observer = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 10 }
    fake = testing.start { replies = large_replies() }
    local _, root = haproxy.shell "pwd"
    local server = [[
      set $haproxy_sockets "{sockets}";
      set $haproxy_token "{token}";
      access_log {folder}/access.log;
      location /health { content_by_lua_file {recipes}/health.lua; }
      location /servers/ { content_by_lua_file {recipes}/drain.lua; }
      location /stats.json { content_by_lua_file {recipes}/stats.lua; }
      location /large.json {
        set $haproxy_sockets "{fake}";
        content_by_lua_file {recipes}/stats.lua;
      }
      location /nobody/health {
        set $haproxy_sockets "{folder}/nobody.sock";
        content_by_lua_file {recipes}/health.lua;
      }
      location /nobody/stats.json {
        set $haproxy_sockets "{folder}/nobody.sock";
        content_by_lua_file {recipes}/stats.lua;
      }
      location /nobody/app/app1/drain {
        set $haproxy_sockets "{folder}/nobody.sock";
        content_by_lua_file {recipes}/drain.lua;
      }
    ]]
    local values = {
      sockets = table.concat(farm.sockets, " "),
      token = TOKEN,
      fake = fake.address,
      folder = farm.dir,
      recipes = root:gsub("\n", "") .. "/doc/examples/openresty",
    }
    web = nginx.start(patient, (server:gsub("{(%w+)}", values)), 2)
  end)

  teardown(function()
    if web then
      web:stop()
    end
    if fake then
      fake:stop()
    end
    farm:stop()
  end)

  -- How many connections process 1 has had, this question's among them.
  local function connections()
    return observer:info()[1].CumConns
  end

  local function statistics(path)
    local status, body = web:get(path or "/stats.json")
    return (json.decode(body)), status, body
  end

  -- Asks until the answer has this status, for the time that one serves and more.
  local function health(expected)
    local deadline = core.now() + 60
    local status, body
    repeat
      core.sleep(0.3)
      status, body = web:get "/health"
    until status == expected or core.now() > deadline
    assert.equal(expected, status, body)
    return body
  end

  it("for stats serves all of them as JSON", function()
    local document, status = statistics()
    assert.equal(200, status)
    assert.equal(4, document.frontends.www.req_tot)
    assert.same({ 1, 2 }, document.frontends.www.processes)
    assert.equal(10, document.backends.app.servers.app2.weight)
    assert.equal(4, document.backends.app.stot)
    assert.same({}, document.failed)
  end)

  it("for stats writes every digit", function()
    local document, status, body = statistics "/large.json"
    assert.equal(200, status, body)
    assert.matches('"bout":123456789012345[,}]', body)
    assert.matches('"bin":9007199254740991[,}]', body)
    assert.equal(123456789012345, document.frontends.www.bout)
    assert.equal(4, document.frontends.www.req_tot)
    assert.matches('"failed":%[%]', body)
  end)

  it("for stats reads anew each time, with one connection", function()
    statistics()
    local before = connections()
    for count = 5, 8 do
      farm:traffic(1, "www", 1)
      assert.equal(count, statistics().frontends.www.req_tot)
    end
    -- A request and a reading each, and this look; a worker may have built its object.
    assert.is_true(connections() - before <= 4 + 4 + 1 + 1)
  end)

  local function order(path, token, method)
    local header = token and ("-H 'Authorization: %s'"):format(token) or ""
    return web:get("/servers/" .. path, ("-X %s %s"):format(method or "POST", header))
  end

  local right = "Bearer " .. TOKEN

  it("for draining lets nobody in without the token", function()
    local before = connections()
    local wrong = {
      false,
      "",
      "Bearer",
      "Bearer wrong",
      "Bearer open sesam3",
      right .. "x",
      right:sub(1, -2),
      "Basic " .. TOKEN,
      TOKEN,
    }
    for _, token in ipairs(wrong) do
      local status, body = order("app/app2/drain", token)
      assert.equal(401, status)
      assert.equal("not allowed\n", body)
    end
    assert.equal(401, (order("app/app2/drain?token=x", false)))
    assert.equal(405, (order("app/app2/drain", right, "GET")))
    assert.equal(404, (order("app/app2/explode", right)))
    -- None of these asked HAProxy.
    assert.equal(before + 1, connections())
    assert.equal(404, (order("app/nosuch/drain", right)))
    assert.equal(404, (order("app%3bshow%20info/app2/drain", right)))
    assert.equal("no check", observer:server("app2", "app")[1].status)
  end)

  it("for draining drains a server and brings it back", function()
    local status, body = order("app/app2/drain", right)
    assert.equal(200, status, body)
    assert.equal("app/app2 is DRAIN\n", body)
    assert.equal("DRAIN", observer:server("app2", "app")[1].status)
    status, body = order("app/app2/ready", right)
    assert.equal(200, status)
    assert.equal("app/app2 is no check\n", body)
    assert.equal("no check", observer:server("app2", "app")[1].status)
  end)

  it("for draining tells which process took it when one stalls", function()
    farm:signal(2, "STOP")
    local status, body = order("app/app2/drain", right)
    farm:signal(2, "CONT")
    assert.equal(504, status)
    assert.matches("did not answer in time", body)
    assert.equal(200, (order("app/app2/ready", right)))
  end)

  it("for health answers from one reading a second, all workers together", function()
    local body = health(200)
    assert.equal("all backends are up\n", body)
    local before, begun = connections(), core.now()
    local _, text = haproxy.shell(
      ("curl -s --parallel --parallel-max 50 --unix-socket %s/http.sock 'http://nginx/health?[1-500]'"):format(web.dir)
    )
    assert.equal(500, select(2, text:gsub("all backends are up", "")))
    -- A reading is a connection; two workers may have built their objects.
    local readings = connections() - before - 1
    assert.is_true(readings <= math.floor(core.now() - begun) + 1 + 2, readings)
  end)

  it("for health tells a backend without servers", function()
    assert.is_true(observer:server("sock")[1]:setstate "disable")
    assert.equal("no active server: local_only\n", health(503))
    assert.is_true(observer:server("sock")[1]:setstate "enable")
    assert.equal("all backends are up\n", health(200))
  end)

  it("for health tells a process that stalls, and that it is back", function()
    farm:signal(2, "STOP")
    local body = health(503)
    local document, status = statistics()
    farm:signal(2, "CONT")
    assert.matches("did not answer in time", body)
    assert.equal(200, status)
    assert.same({ 1 }, document.frontends.www.processes)
    assert.equal(farm.sockets[2], document.failed[1].address)
    assert.matches("did not answer in time", document.failed[1].error)
    assert.equal("all backends are up\n", health(200))
    assert.same({}, statistics().failed)
  end)

  it("goes on after HAProxy was reloaded with another configuration", function()
    -- The ids of all servers move, and there is a new backend.
    local function change(config)
      config = config:gsub("  server app1 ([^ ]+) weight 10", "  server app0 %1 weight 1\n%0", 1)
      return config .. "backend new_one\n  server new1 127.0.0.1:1\n"
    end
    farm:reload(1, change)
    farm:reload(2, change)
    local deadline = core.now() + 60
    repeat
      local document = statistics()
    until document.backends and document.backends.new_one and #document.failed == 0 or core.now() > deadline
    local document = statistics()
    assert.same({ 1, 2 }, document.backends.new_one.processes)
    assert.equal(0, document.frontends.www.req_tot)
    local status, body = order("app/app2/drain", right)
    assert.equal(200, status, body)
    assert.equal("DRAIN", observer:server("app2", "app")[1].status)
    for _, name in ipairs { "app0", "app1" } do
      assert.is_not.equal("DRAIN", observer:server(name, "app")[1].status)
    end
    assert.equal(200, (order("app/app2/ready", right)))
    assert.equal("all backends are up\n", health(200))
  end)

  it("says that nobody is there", function()
    for path, method in pairs { ["health"] = "GET", ["stats.json"] = "GET", ["app/app1/drain"] = "POST" } do
      local status, body = web:get("/nobody/" .. path, ("-X %s -H 'Authorization: %s'"):format(method, right))
      assert.equal(method == "POST" and 502 or 503, status, body)
      assert.matches("nobody.sock is not there", body)
    end
  end)

  it("leaves no secret in nginx's logs, and no error", function()
    local _, access = haproxy.shell("cat " .. farm.dir .. "/access.log")
    assert.matches("POST /servers/app/app2/drain", access, 1, true)
    for _, log in ipairs { access, web:log() } do
      assert.is_nil(log:find(TOKEN, 1, true))
      assert.is_nil(log:find("open sesam3", 1, true))
    end
    assert.is_nil(web:log():match "runtime error[^\n]*")
    assert.is_nil(web:log():match "%[alert%][^\n]*")
  end)
end)
