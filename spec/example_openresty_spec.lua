local cjson = require "cjson"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local nginx = require "spec.support.nginx"

local TOKEN = "a-token-of-this-spec"

describe("the examples for OpenResty", function()
  local farm, web, observer

  local function read(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  -- The example's own configuration, with the places of this machine; two
  -- workers, so that they share what one of them read.
  setup(function()
    farm = haproxy.start { processes = 2 }
    observer = haproxyadmin.HAProxy { socket_file = farm.sockets[1] }
    web = nginx.prepare()
    local lua = web.root .. "/lua/?.lua;" .. web.root .. "/lua/?/init.lua"
    local places = {
      { "user www-data;", web.user },
      { "worker_processes auto;", "worker_processes 2;" },
      { "/run/nginx.pid", web.dir .. "/nginx.pid" },
      { "/var/log/nginx/error.log", web.dir .. "/error.log" },
      { "include /etc/nginx/modules-enabled/*.conf;", web.modules },
      { "http {", "http {\n" .. web.folders },
      { "/etc/nginx/haproxyadmin", web.root .. "/doc/examples/openresty" },
      { "/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua", lua },
      { "/usr/lib/lua/5.1/?.so", web.root .. "/build/luajit/?.so" },
      { "listen 127.0.0.1:8405;", "listen unix:" .. web.dir .. "/http.sock;" },
    }
    local config = read "doc/examples/openresty/nginx.conf"
    for _, place in ipairs(places) do
      local count
      config, count = config:gsub(place[1]:gsub("%p", "%%%0"), (place[2]:gsub("%%", "%%%%")))
      assert(count > 0, place[1])
    end
    web:run(
      config,
      ("HAPROXY_SOCKETS='%s' HAPROXYADMIN_TOKEN=%s"):format(table.concat(farm.sockets, " "), TOKEN)
    )
  end)

  teardown(function()
    if web then
      web:stop()
    end
    if farm then
      farm:stop()
    end
  end)

  local function get(path, options)
    local status, text = web:get(path, options)
    return status, cjson.decode(text)
  end

  local function post(path, token)
    local header = token and ("-H 'Authorization: Bearer %s'"):format(token) or ""
    return get(path, "-X POST " .. header)
  end

  -- How many connections a process has had, this one among them.
  local function connections()
    return observer:info()[1].CumConns
  end

  it("tell health", function()
    local status, answer = get "/health"
    assert.equal(200, status)
    assert.same({ app = "UP", api_servers = "UP", local_only = "UP" }, answer.backends)
    assert.is_true(answer.healthy)
    assert.is_nil(answer.failed)
  end)

  it("ask HAProxy once a second, however many requests come", function()
    local before, start = connections(), core.now()
    local _, text = haproxy.shell(
      ("curl -s --parallel --parallel-immediate --parallel-max 100 --unix-socket %s/http.sock --max-time 60 "):format(
        web.dir
      ) .. "'http://nginx/health?[1-500]'"
    )
    local seconds = core.now() - start
    local _, count = text:gsub('"healthy":true', "")
    assert.equal(500, count)
    -- One for each second begun; the count's own connection; each worker's first look.
    assert.is_true(connections() - before <= math.ceil(seconds) + 1 + 1 + 2, seconds)
  end)

  it("tell what is wrong, a second later at most", function()
    farm:signal(2, "STOP")
    core.sleep(1.1)
    local status, answer = get "/health"
    farm:signal(2, "CONT")
    assert.equal(503, status)
    assert.is_false(answer.healthy)
    assert.matches("did not answer in time", answer.failed[farm.sockets[2]])
    core.sleep(1.1)
    assert.equal(200, (get "/health"))
  end)

  it("let nobody drain a server without the token", function()
    for _, token in ipairs { false, "wrong", TOKEN .. "x" } do
      local status, answer = post("/servers/app/app1/drain", token)
      assert.equal(401, status)
      assert.equal("a token is needed", answer.error)
    end
    local _, statistics = get "/statistics"
    assert.equal("UP", statistics.backends[1].servers[1].status)
  end)

  it("drain a server and make it ready", function()
    local status, answer = post("/servers/app/app1/drain", TOKEN)
    assert.equal(200, status)
    assert.same({ backend = "app", server = "app1", status = "DRAIN" }, answer)
    status, answer = post("/servers/app/app1/ready", TOKEN)
    assert.equal(200, status)
    assert.equal("UP", answer.status)
  end)

  it("tell what cannot be done", function()
    assert.equal(404, (post("/servers/app/nosuch/drain", TOKEN)))
    assert.equal(404, (post("/servers/nosuch/app1/drain", TOKEN)))
    assert.equal(405, (get("/servers/app/app1/drain", ("-H 'Authorization: Bearer %s'"):format(TOKEN))))
    local status = post("/servers/app/app1%3bshow%20info/drain", TOKEN)
    assert.is_true(status == 400 or status == 404, status)
    farm:signal(2, "STOP")
    local answer
    status, answer = post("/servers/app/app2/drain", TOKEN)
    farm:signal(2, "CONT")
    assert.equal(504, status)
    assert.matches("did not answer in time", answer.error)
  end)

  it("have all statistics as JSON", function()
    farm:traffic(1, "www", 3)
    farm:traffic(2, "www", 2)
    local status, answer = get "/statistics"
    assert.equal(200, status)
    assert.equal(2, #answer.processes)
    assert.equal("www", answer.frontends[1].name)
    assert.equal(5, answer.frontends[1].total.req_tot)
    assert.equal(3, answer.frontends[1].processes[1].statistics.req_tot)
    assert.equal(2, answer.frontends[1].processes[2].statistics.req_tot)
    local app = answer.backends[1]
    assert.equal("app3", app.servers[3].name)
    assert.equal(5, app.total.stot)
    assert.is_nil(answer.failed)
  end)

  it("answer 503 when nobody is left", function()
    farm:kill(1)
    farm:kill(2)
    core.sleep(1.1)
    for _, path in ipairs { "/health", "/statistics" } do
      local status, answer = get(path)
      assert.equal(503, status)
      assert.matches(farm.sockets[1], answer.error, 1, true)
    end
  end)

  it("write no error of Lua to nginx's log", function()
    assert.is_nil(web:log():match "runtime error[^\n]*")
    assert.is_nil(web:log():match "%[alert%][^\n]*")
  end)
end)
