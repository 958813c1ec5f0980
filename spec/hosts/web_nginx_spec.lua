local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local nginx = require "spec.support.nginx"

local eventually = assertions.eventually

-- The recipe doc/examples/openresty/statistics.conf, in real nginx with two workers.
describe("a site in nginx", function()
  local farm, web, observer, address

  -- Asks for one name, which nobody knows, again and again.
  local resolvers = [[
resolvers names
  nameserver one 127.0.0.1:9
  timeout retry 50ms
  resolve_retries 1000
backend named
  server one name.invalid:9 resolvers names init-addr none
]]

  setup(function()
    farm = haproxy.start { processes = 2, config = haproxy.sample:gsub(" check inter 100ms", "") .. resolvers }
    farm:traffic(1, "www", 3)
    farm:traffic(2, "www", 4)
    observer = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 10 }
    address = haproxy.own_address()
    local file = assert(io.open "doc/examples/openresty/statistics.conf")
    local config = file:read "*a"
    file:close()
    local places = {
      { "/run/haproxy/", farm.dir .. "/stats/" },
      { "listen 127.0.0.1:9102", "listen " .. address .. ":9102" },
      { "admin = false", "admin = true" },
      { "lua_socket_log_errors off;", "" },
    }
    for _, place in ipairs(places) do
      local count
      config, count = config:gsub(place[1]:gsub("%p", "%%%0"), place[2])
      assert(count > 0, place[1])
    end
    web = nginx.start(config, "", 2)
  end)

  teardown(function()
    if web then
      web:stop()
    end
    farm:stop()
  end)

  local function get(path, options)
    local command = "curl -s --max-time 30 %s -H 'Host: localhost' 'http://%s:9102/haproxy%s'"
    local pipe = assert(io.popen(command:format(options or "", address, path)))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  -- How many connections process 1 has had, this question's among them.
  local function connections()
    return observer:info()[1].CumConns
  end

  it("serves what all processes count, compressed for those who want it", function()
    local text = get("/metrics?process=*", "-i")
    assert.matches("^HTTP/1.1 200", text)
    assert.matches("Content%-Type: text/plain; version=0.0.4; charset=utf%-8\r\n", text)
    assert.matches('\nhaproxy_frontend_http_requests_total{proxy="www",process="2"} 4\n', text)
    -- One reading serves both, but for the second that may end between them.
    eventually(function()
      local plain, smaller = get "/metrics?scope=server", get("/metrics?scope=server", "--compressed")
      return #plain > 0 and plain:gsub("seconds [%d.]+", "") == smaller:gsub("seconds [%d.]+", "")
    end)
    assert.matches("Content%-Encoding: gzip", get("/metrics?scope=server", "-i --compressed"))
    assert.equal("2 of 2 processes answer\n", get "/healthz")
    assert.matches("^<!DOCTYPE html>", get "/")
    assert.matches("^HTTP/1.1 400", get("/metrics?scope=x", "-i"))
    assert.matches("^HTTP/1.1 404", get("/nothing", "-i"))
    assert.matches("^HTTP/1.1 200 [^\n]*\n.*\r\n\r\n$", get("/metrics", "-I"))
  end)

  it("knows what clients have already", function()
    local tag = get("/app.js", "-I"):match "ETag: ([^\r]+)\r" or get("/app.js", "-i"):match "[Ee][Tt]ag: ([^\r]+)\r"
    assert.matches("^HTTP/1.1 304", get("/app.js", ("-i -H 'If-None-Match: %s'"):format(tag)))
  end)

  it("is not asked for under a foreign name", function()
    local pipe = io.popen(("curl -s -H 'Host: evil.example' http://%s:9102/haproxy/metrics"):format(address))
    assert.matches("no host of that name", pipe:read "*a")
    pipe:close()
  end)

  it("reads HAProxy once a second, all workers together", function()
    get "/metrics"
    local before, begun = connections(), core.now()
    local command = "curl -s --no-progress-meter --parallel --parallel-max 50 -H 'Host: localhost'"
      .. " 'http://%s:9102/haproxy/metrics?[1-100]' | grep -c haproxyadmin_build_info{"
    local _, text = haproxy.shell(command:format(address) .. "; echo")
    local seconds = core.now() - begun
    assert.equal(100, tonumber(text:match "%d+"))
    -- Each worker's own reading serves it for a second; a connection may be its first look.
    local readings = connections() - before - 1
    assert.is_true(readings <= 2 * (math.floor(seconds) + 2) + 2, readings)
  end)

  it("counts on over a restart of HAProxy's, and of its own", function()
    local NAME = "haproxy_frontend_http_requests_total"
    local function requests()
      local text = get("/metrics?scope=frontend&metrics=" .. NAME)
      return tonumber(text:match("\n" .. NAME .. '{proxy="www"} (%d+)\n'))
    end
    local before = requests()
    farm:traffic(1, "www", 5)
    eventually(function()
      return requests() == before + 5
    end)
    farm:reload(1)
    web:reload()
    farm:traffic(1, "www", 2)
    eventually(function()
      return requests() == before + 7
    end)
  end)

  it("counts what name servers are asked, over the same", function()
    local last = 0
    local function rises()
      eventually(function()
        local text = get "/metrics?scope=resolver&metrics=haproxy_resolver_sent"
        local now = tonumber(text:match '\nhaproxy_resolver_sent{nameserver="one",resolver="names"} (%d+)\n')
        if now then
          local before = last
          assert.is_true(now >= before)
          last = now
          return now > before
        end
      end)
    end
    rises()
    farm:kill(1)
    farm:reload(1)
    web:reload()
    rises()
  end)

  it("lets those change something whom nginx lets in", function()
    local options = "-H 'Content-Type: application/json' -d '{\"state\":\"drain\"}'"
    get("/api/servers/app/app1", options)
    eventually(function()
      return observer:server("app1", "app")[1].status == "DRAIN"
    end)
  end)

  it("says that nobody is there, and leaves no error in nginx's log", function()
    farm:kill(1)
    farm:kill(2)
    eventually(function()
      return get("/metrics", "-i"):match "^HTTP/1.1 503"
    end)
    assert.is_nil(web:log():match "runtime error[^\n]*")
    assert.is_nil(web:log():match "%[alert%][^\n]*")
  end)
end)
