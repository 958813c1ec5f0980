-- Draining with many sessions, and in nginx beside other requests.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"
local nginx = require "spec.support.nginx"

-- What TCP carries lasts as long as its client: the other side waits for a request.
-- What HTTP carries takes as long as the answer: two seconds.
local config = [[
defaults
  mode http
  timeout connect 5s
  timeout client 10m
  timeout server 10m
  timeout tarpit 2s
frontend origin
  bind unix@{dir}/origin{n}.sock
  timeout http-request 10m
  http-request tarpit deny_status 200 if { path /slow }
  http-request return status 200 content-type text/plain string hello
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend web
backend web
  server w1 unix@{dir}/origin{n}.sock
frontend door
  mode tcp
  bind unix@{dir}/door{n}.sock
  default_backend app
backend app
  mode tcp
  server held unix@{dir}/origin{n}.sock
]]

describe("draining", function()
  local farm, hap, clients

  setup(function()
    farm = haproxy.start { processes = 4, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 }
  end)

  teardown(function()
    farm:stop()
  end)

  before_each(function()
    clients = {}
  end)

  after_each(function()
    for _, client in ipairs(clients) do
      client:close()
    end
    for _, server in ipairs(hap:servers()) do
      server:setstate "ready"
    end
  end)

  local function open(name, n)
    local client = assert(native:open(("%s/%s%d.sock"):format(farm.dir, name, n), core.now() + 20))
    clients[#clients + 1] = client
    return client
  end

  local function wait_for(server, sessions)
    hap:wait_until(function(snapshot)
      local count = snapshot:server(server)[1]:metric "scur"
      return count == sessions, count
    end, { interval = 0.02, timeout = 60 })
  end

  it("ends when the sessions of four processes end, and not before", function()
    local server = hap:server("held")[1]
    for i = 1, 100 do
      open("door", i % 4 + 1)
    end
    wait_for("held", 100)
    local seen = {}
    local result = server:drain {
      timeout = 120,
      interval = 0.01,
      progress = function(now)
        seen[#seen + 1] = now.left
        for _ = 1, 5 do
          local client = table.remove(clients)
          if client then
            client:close()
          end
        end
      end,
    }
    assert.equal(0, result.left)
    assert.equal(0, #clients)
    assert.equal(100, seen[1])
    for i = 2, #seen do
      assert.is_true(seen[i] <= seen[i - 1])
    end
    assert.is_true(#seen >= 20, #seen)
  end)

  it("waits for requests under way, and not for clients that keep their connection", function()
    local server = hap:server("w1")[1]
    local kept, busy = {}, {}
    for n = 1, 4 do
      kept[n] = open("www", n)
      assert(kept[n]:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n", core.now() + 20))
      assert.matches("^HTTP/1.1 200", kept[n]:receive(core.now() + 20))
    end
    wait_for("w1", 0)
    assert.equal(0, server:drain().left)
    server:setstate "ready"
    for n = 1, 4 do
      busy[n] = open("www", n)
      assert(busy[n]:send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", core.now() + 20))
    end
    wait_for("w1", 4)
    local result = server:drain { timeout = 60, interval = 0.05 }
    assert.equal(0, result.left)
    -- All answers are there already, and none was broken off.
    for n = 1, 4 do
      assert.matches("^HTTP/1.1 200", busy[n]:receive(core.now() + 0.5))
    end
  end)

  it("costs a light thread in nginx, and nothing else of the worker waits", function()
    local web = nginx.start(
      "",
      ([[
        location /ping { content_by_lua_block { ngx.print "pong" } }
        location /drain {
          content_by_lua_block {
            local haproxyadmin = require "haproxyadmin"
            local hap = haproxyadmin.HAProxy { socket_dir = "%s", timeout = 20, die = false }
            local result, err = hap:server("held")[1]:drain { timeout = 300, interval = 0.05 }
            ngx.print(result and "left " .. result.left .. " killed " .. result.killed or err.message)
          }
        }
      ]]):format(farm:folder())
    )
    finally(function()
      web:stop()
    end)
    assert.equal("pong", select(2, web:get "/ping"))
    local before = web:descriptors()
    for n = 1, 4 do
      open("door", n)
    end
    wait_for("held", 4)
    local out = farm.dir .. "/drained"
    -- How many have ended as they should, and what all have said.
    local function drained()
      local count, said = 0, {}
      for i = 1, 10 do
        local file = io.open(out .. i)
        said[i] = file and file:read "*a" or ""
        if file then
          file:close()
        end
        count = count + (said[i] == "left 0 killed 0" and 1 or 0)
      end
      return count, table.concat(said, ", ")
    end
    for i = 1, 10 do
      os.execute(
        ("curl -s --max-time 300 -o %s%d --unix-socket %s/http.sock http://nginx/drain >/dev/null 2>&1 &"):format(
          out,
          i,
          web.dir
        )
      )
    end
    hap:wait_until(function(snapshot)
      local status = snapshot:server("held")[1].status
      return status == "DRAIN", status .. "; " .. select(2, drained())
    end, { interval = 0.02, timeout = 60 })
    -- Ten drains wait; whoever asks for something else is served.
    local _, text = haproxy.shell(
      ("curl -s --unix-socket %s/http.sock 'http://nginx/ping?[1-500]'"):format(web.dir)
    )
    assert.equal(("pong"):rep(500), text)
    assert.equal(0, (drained()))
    for _, client in ipairs(clients) do
      client:close()
    end
    clients = {}
    hap:wait_until(function()
      local count, said = drained()
      return count == 10, said
    end, { timeout = 60 })
    hap:wait_until(function()
      return web:descriptors() <= before, web:descriptors()
    end, { timeout = 60 })
  end)
end)
