-- haproxyadmin serve, as it is installed.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

local eventually = assertions.eventually

describe("haproxyadmin serve", function()
  local farm
  local count = 0

  local function read(path)
    local file = io.open(path)
    local text = file and file:read "*a" or ""
    if file then
      file:close()
    end
    return text
  end

  -- Starts it; returns how to ask it, how to end it, and what it has said so far.
  local function start(...)
    count = count + 1
    local words = {}
    for i, word in ipairs { ... } do
      words[i] = installed.quote(word)
    end
    local place = ("%s/serve%d"):format(farm.dir, count)
    local command = "(%s serve --listen 127.0.0.1:0 %s >%s.out 2>%s.err </dev/null & echo $! >%s.pid; wait $!; "
      .. "echo $? >%s.status) >/dev/null 2>&1 &"
    os.execute(command:format(os.getenv "PROGRAM", table.concat(words, " "), place, place, place, place))
    local port = eventually(function()
      return read(place .. ".err"):match "serving http://127.0.0.1:(%d+)/"
    end)
    local served = {}
    function served.said()
      return read(place .. ".err")
    end
    function served.get(path, options)
      local pipe =
        assert(io.popen(("curl -s --max-time 30 %s 'http://localhost:%s%s'"):format(options or "", port, path)))
      local text = pipe:read "*a"
      pipe:close()
      return text
    end
    function served.stop(signal)
      haproxy.shell(("kill -%s $(cat %s.pid)"):format(signal or "TERM", place))
      return eventually(function()
        return read(place .. ".status"):match "%d+"
      end), read(place .. ".out")
    end
    served.port = port
    return served
  end

  setup(function()
    farm = haproxy.start { processes = 2 }
    farm:traffic(1, "www", 3)
    farm:traffic(2, "www", 4)
  end)

  teardown(function()
    -- Those that a failure has left.
    for i = 1, count do
      haproxy.shell(("kill -KILL $(cat %s/serve%d.pid)"):format(farm.dir, i))
    end
    farm:stop()
  end)

  it("serves what all processes count", function()
    local served = start("--socket-dir", farm:folder())
    local text = served.get "/metrics"
    assert.matches('\nhaproxy_backend_status{proxy="app",state="UP"} 1\n', text)
    assert.matches('\nhaproxyadmin_processes{state="up"} 2\n', text)
    assert.equal(text:match "# TYPE haproxy_process_uptime_seconds %l+", "# TYPE haproxy_process_uptime_seconds gauge")
    text = served.get "/metrics?process=*&scope=frontend&metrics=haproxy_frontend_http_requests_total"
    assert.matches('\nhaproxy_frontend_http_requests_total{proxy="www",process="1"} 3\n', text)
    assert.matches('\nhaproxy_frontend_http_requests_total{proxy="www",process="2"} 4\n', text)
    assert.is_nil(text:find("haproxy_server_", 1, true))
    assert.equal(served.get "/metrics?scope=server", served.get("/metrics?scope=server", "--compressed"))
    assert.equal("2 of 2 processes answer\n", served.get "/healthz")
    assert.matches("^<!DOCTYPE html>", served.get "/")
    assert.matches('"read_only"', served.get("/api/servers/app/app1", "-H content-type:application/json -d '{}'"))
    assert.same({ "0", "" }, { served.stop() })
    assert.matches("ended\n$", served.said())
  end)

  it("counts on from one reading to the next, over a restart", function()
    local served = start("--socket-dir", farm:folder())
    local NAME = "haproxy_frontend_http_requests_total"
    local function requests()
      local text = served.get("/metrics?scope=frontend&metrics=" .. NAME)
      return tonumber(text:match("\n" .. NAME .. '{proxy="www"} (%d+)\n'))
    end
    -- The totals of several processes begin at 0.
    assert.equal(0, requests())
    farm:traffic(1, "www", 5)
    eventually(function()
      return requests() == 5
    end)
    farm:reload(1)
    eventually(function()
      return served.get("/metrics"):match 'haproxyadmin_process_restarts_total{process="1"} 1\n'
    end)
    assert.equal(5, requests())
    farm:traffic(1, "www", 2)
    eventually(function()
      return requests() == 7
    end)
    assert.equal("0", (served.stop "INT"))
  end)

  it("lets who has the token change something", function()
    haproxy.write(farm.dir .. "/token", "a long long secret\n")
    haproxy.shell("chmod 600 " .. farm.dir .. "/token")
    haproxy.write(farm.dir .. "/token", "a-long-long-secret\n")
    local served = start("--socket-dir", farm:folder(), "--admin", "--token-file", farm.dir .. "/token")
    local options = "-H 'Content-Type: application/json' -H 'Authorization: Bearer %s' -d '{\"state\":\"drain\"}'"
    assert.matches('"no_token"', served.get("/api/servers/app/app1", options:format "a-long-wrong-secret"))
    served.get("/api/servers/app/app1", options:format "a-long-long-secret")
    eventually(function()
      return served.get("/metrics?scope=server"):match '{proxy="app",server="app1",state="DRAIN"} 1\n'
    end)
    served.stop()
    assert.is_nil(served.said():find("secret", 1, true))
  end)

  it("waits for a HAProxy that is not there yet, and says so", function()
    local served = start("--socket", farm.dir .. "/later.sock", "--timeout", "1")
    assert.matches("later.sock", served.said())
    assert.matches("^HTTP/1.1 503 .*later.sock", served.get("/metrics", "-i"))
    assert(os.rename(farm.sockets[2], farm.dir .. "/later.sock"))
    eventually(function()
      return served.get "/healthz" == "1 of 1 processes answer\n"
    end)
    assert(os.rename(farm.dir .. "/later.sock", farm.sockets[2]))
    eventually(function()
      return served.get("/healthz", "-i"):match "^HTTP/1.1 503"
    end)
    assert.equal("0", (served.stop()))
  end)

  local function fails(status, words, ...)
    local found, out, err = installed.run("serve", "--socket-dir", farm:folder(), ...)
    assert.same({ status, "" }, { found, out })
    assert.matches("^haproxyadmin: [^\n]*" .. words, err)
  end

  it("says in a sentence why it does not start", function()
    local served = start("--socket-dir", farm:folder())
    fails(1, "cannot listen on 127.0.0.1:" .. served.port, "--listen", "127.0.0.1:" .. served.port)
    served.stop()
    fails(2, "option '%-%-listen': an address and a port", "--listen", "localhost")
    fails(2, "%-%-admin needs a token", "--admin")
    fails(2, "that needs %-%-admin", "--token-file", "/etc/passwd")
    fails(2, "without encryption", "--admin", "--token-file", farm.dir .. "/token", "--listen", "0.0.0.0:0")
    haproxy.shell("chmod 644 " .. farm.dir .. "/token")
    local status, _, err =
      installed.run("serve", "--socket-dir", farm:folder(), "--admin", "--token-file", farm.dir .. "/token")
    assert.matches("chmod 600", err)
    assert.is_true(status ~= 0)
  end)

  it("holds no more after many requests than after some", function()
    local served = start("--socket-dir", farm:folder())
    local function descriptors()
      local pid = read(("%s/serve%d.pid"):format(farm.dir, count)):match "%d+"
      return #core.list(("/proc/%s/fd"):format(pid))
    end
    served.get "/metrics"
    local before = descriptors()
    for _ = 1, 3 do
      served.get("/metrics?[1-50]", "-g")
      served.get("/api/state?[1-50]")
    end
    eventually(function()
      return descriptors() <= before
    end)
    served.stop()
  end)
end)
