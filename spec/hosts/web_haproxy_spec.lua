local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local program = require "spec.support.program"

local eventually = assertions.eventually

-- doc/examples/haproxy/statistics.cfg and statistics.lua, in two real HAProxies.
describe("a site inside HAProxy", function()
  local dir, address

  local function read(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function run(command)
    local ok, text = haproxy.shell(command)
    assert(ok, text)
    return (text:gsub("\n$", ""))
  end

  setup(function()
    dir, address = haproxy.temporary_folder(), haproxy.own_address()
    local project = run "pwd"
    local places = {
      { "/usr/share/lua/5.3/", project .. "/lua/" },
      { "/usr/lib/lua/5.3/?.so", ("%s/%s"):format(project, program.build(haproxy.lua_version())) },
      { "/run/haproxy", dir },
      { "/etc/haproxy", project .. "/doc/examples/haproxy" },
      { "127.0.0.1:8", address .. ":8" },
    }
    local config = read "doc/examples/haproxy/statistics.cfg"
    for _, place in ipairs(places) do
      local count
      config, count = config:gsub(place[1]:gsub("%p", "%%%0"), (place[2]:gsub("%%", "%%%%")))
      assert(count > 0, place[1])
    end
    haproxy.write(dir .. "/haproxy.cfg", config)
    for n = 1, 2 do
      run(("NUMBER=%d %s -D -p %s/%d.pid -f %s/haproxy.cfg"):format(n, haproxy.program(), dir, n, dir))
    end
  end)

  teardown(function()
    for n = 1, 2 do
      haproxy.shell(("kill -KILL $(cat %s/%d.pid)"):format(dir, n))
    end
    haproxy.shell("rm -rf " .. dir)
  end)

  local function get(path, options)
    local pipe = assert(io.popen(("curl -s --max-time 30 %s 'http://%s:8411%s'"):format(options or "", address, path)))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  it("serves what all processes count", function()
    local text = eventually(function()
      local found = get("/metrics?process=*", "-i")
      return found:match 'haproxy_frontend_status{[^\n]*proxy="www"[^\n]*process="2"[^\n]*} 1\n' and found
    end)
    assert.matches("^HTTP/1.1 200", text)
    assert.matches("\r\ncontent%-type: text/plain; version=0.0.4; charset=utf%-8\r\n", text)
    assert.matches('\nhaproxy_server_current_sessions{proxy="app",server="app1",process="1"} 0\n', text)
    assert.equal("2 of 2 processes answer\n", get "/healthz")
    assert.matches("^<!DOCTYPE html>", get "/")
    assert.matches("^HTTP/1.1 400", get("/metrics?scope=x", "-i"))
    assert.matches("^HTTP/1.1 200 .*\r\n\r\n$", get("/metrics", "-I"))
    assert.matches('"read_only"', get("/api/servers/app/app1", "-H content-type:application/json -d '{}'"))
    local tag = get("/app.js", "-i"):match "etag: ([^\r]+)\r"
    assert.matches("^HTTP/1.1 304", get("/app.js", ("-i -H 'If-None-Match: %s'"):format(tag)))
  end)

  it("names a process that is gone, and says when nobody is left", function()
    run(("kill -KILL $(cat %s/2.pid)"):format(dir))
    eventually(function()
      return get("/metrics"):match 'haproxyadmin_process_up{address="[^"]*admin2.sock",process="2"} 0\n'
    end)
    os.remove(dir .. "/admin1.sock")
    eventually(function()
      return get("/healthz", "-i"):match "^HTTP/1.1 503"
    end)
  end)
end)
