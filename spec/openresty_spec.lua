local cjson = require "cjson"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local nginx = require "spec.support.nginx"

-- The recipes of doc/examples/openresty, in real nginx.
describe("the recipe", function()
  local farm, web

  setup(function()
    farm = haproxy.start { processes = 2 }
    farm:traffic(1, "www", 4)
    local _, root = haproxy.shell "pwd"
    local recipes = root:gsub("\n", "") .. "/doc/examples/openresty"
    local server = [[
      set $haproxy_sockets {folder};
      set $haproxy_token "open sesame";
      location /health { content_by_lua_file {recipes}/health.lua; }
      location /servers/ { content_by_lua_file {recipes}/drain.lua; }
      location /stats.json { content_by_lua_file {recipes}/stats.lua; }
    ]]
    web = nginx.start("", (server:gsub("{(%w+)}", { folder = farm:folder(), recipes = recipes })))
  end)

  teardown(function()
    if web then
      web:stop()
    end
    farm:stop()
  end)

  local function hap()
    return haproxyadmin.HAProxy { socket_dir = farm:folder() }
  end

  -- How many connections process 1 has had, this question's among them.
  local function connections()
    return hap():info()[1].CumConns
  end

  it("for stats serves all of them as JSON", function()
    local status, body = web:get "/stats.json"
    assert.equal(200, status)
    local document = cjson.decode(body)
    assert.equal(4, document.frontends.www.req_tot)
    assert.same({ 1, 2 }, document.frontends.www.processes)
    assert.equal(10, document.backends.app.servers.app2.weight)
    assert.equal(4, document.backends.app.stot)
    assert.same({}, document.failed)
  end)

  local function order(path, token, method)
    return web:get("/servers/" .. path, ("-X %s -H 'Authorization: Bearer %s'"):format(method or "POST", token))
  end

  it("for draining lets nobody in without the token", function()
    assert.equal(401, (web:get("/servers/app/app2/drain", "-X POST")))
    assert.equal(401, (order("app/app2/drain", "wrong")))
    assert.equal(401, (order("app/app2/drain", "open sesam3")))
    assert.equal(405, (order("app/app2/drain", "open sesame", "GET")))
    assert.equal(404, (order("app/app2/explode", "open sesame")))
    assert.equal(404, (order("app/nosuch/drain", "open sesame")))
  end)

  it("for draining drains a server and brings it back", function()
    local status, body = order("app/app2/drain", "open sesame")
    assert.equal(200, status, body)
    assert.equal("app/app2 is DRAIN\n", body)
    status, body = order("app/app2/ready", "open sesame")
    assert.equal(200, status)
    assert.equal("app/app2 is no check\n", body)
  end)

  it("for health answers from one reading a second", function()
    local status, body = web:get "/health"
    assert.equal(200, status, body)
    assert.equal("all backends are up\n", body)
    local before = connections()
    local _, text = haproxy.shell(
      ("curl -s --parallel --parallel-max 50 --unix-socket %s/http.sock 'http://nginx/health?[1-300]'"):format(web.dir)
    )
    assert.equal(300, select(2, text:gsub("all backends are up", "")))
    -- A reading is a connection, and the object was built with one.
    assert.is_true(connections() - before < 30)
  end)

  it("for health tells a backend without servers", function()
    assert.is_true(hap():server("sock")[1]:setstate "disable")
    local deadline = os.time() + 10
    local status, body
    repeat
      haproxy.shell "sleep 0.3"
      status, body = web:get "/health"
    until status == 503 or os.time() > deadline
    assert.equal(503, status)
    assert.equal("no active server: local_only\n", body)
  end)
end)
