local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local json = require "dkjson"
local program = require "spec.support.program"

local names = assertions.names

describe("the example for HAProxy's Lua", function()
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

  -- The example's own configuration, with the places of this machine.
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
    local config = read "doc/examples/haproxy/haproxy.cfg"
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

  local function listing(n)
    local text = run(("curl -sS --max-time 20 -i http://%s:840%d/"):format(address, n))
    local status, body = text:match "^HTTP/1.1 (%d+).-\r\n\r\n(.*)$"
    assert.truthy(text:lower():find("content-type: application/json", 1, true))
    return (json.decode(body)), status
  end

  it("lists what all processes count", function()
    for n, count in ipairs { 3, 2 } do
      for _ = 1, count do
        run(("curl -s -o /dev/null --max-time 20 http://%s:808%d/"):format(address, n))
      end
    end
    for n = 1, 2 do
      local answer, status = listing(n)
      assert.equal("200", status)
      assert.same({ "www", "listing" }, names(answer.frontends))
      assert.equal(5, answer.frontends[1].requests)
      assert.same({ 1, 2 }, answer.frontends[1].process_nb)
      assert.same({ "app" }, names(answer.backends))
      assert.same({ "app1", "app2" }, names(answer.backends[1].servers))
      assert.equal(5, answer.backends[1].requests)
      assert.same({}, answer.failed)
    end
  end)

  it("names a process that is gone, and goes on", function()
    run(("kill -KILL $(cat %s/2.pid)"):format(dir))
    local answer, status = listing(1)
    assert.equal("200", status)
    assert.equal(3, answer.frontends[1].requests)
    assert.equal(dir .. "/admin2.sock", answer.failed[1].socket)
  end)

  it("answers 503 when nobody is left", function()
    os.remove(dir .. "/admin1.sock")
    local answer, status = listing(1)
    assert.equal("503", status)
    assert.truthy(answer.error:find("haproxyadmin", 1, true) or answer.error:find("admin1.sock", 1, true))
  end)
end)
