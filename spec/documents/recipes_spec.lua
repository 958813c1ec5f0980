-- The scripts of doc/examples that change which server gets the traffic.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request return status 503 content-type text/html string sorry if { req.hdr(host),lower -f {dir}/blocked.acl }
  default_backend app
backend app
  balance roundrobin
  server blue1 unix@{dir}/app{n}.sock weight 10 check inter 100ms
  server blue2 unix@{dir}/app{n}.sock weight 10
  server green1 unix@{dir}/app{n}.sock weight 10
frontend app
  bind unix@{dir}/app{n}.sock
  http-request return status 500 if { path /broken }
  http-request return status 200 content-type text/plain string hello
]]

describe("the recipe", function()
  local farm, hap

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = config,
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Runs a script with these arguments, on what it reads from its standard input.
  local function run(script, input, ...)
    local lua, version = program.current()
    haproxy.write(farm.dir .. "/input", input)
    local words = {}
    for i, word in ipairs { ... } do
      words[i] = "'" .. word:gsub("'", "'\\''") .. "'"
    end
    return haproxy.shell(
      ("LUA_PATH='%s' LUA_CPATH='./%s' timeout 600 %s doc/examples/%s.lua %s <%s/input"):format(
        package.path,
        program.build(version),
        lua,
        script,
        table.concat(words, " "),
        farm.dir
      )
    )
  end

  local function names()
    local found = {}
    for i, server in ipairs(hap:backend("app"):servers()) do
      found[i] = server.name
    end
    table.sort(found)
    return table.concat(found, " ")
  end

  local function weights()
    local found = {}
    for i, server in ipairs(hap:backend("app"):servers()) do
      found[i] = server.weight
    end
    return table.concat(found, " ")
  end

  it("for a rolling restart runs a command for each server", function()
    local out = farm.dir .. "/restarted"
    local ok, text = run("rolling_restart", "", farm:folder(), "app", "echo it is %s >>" .. out)
    assert.is_true(ok, text)
    assert.matches("0/3 blue1: drain\n0/3 blue1: run\n0/3 blue1: back\n1/3 blue1: done\n", text)
    local count = 0
    for line in io.lines(out) do
      assert.equal("it is unix", line)
      count = count + 1
    end
    assert.equal(3, count)
    ok, text = run("rolling_restart", "", farm:folder(), "app", "false", "50%")
    assert.is_false(ok)
    assert.matches("the command failed; blue1 is in maintenance", text)
    hap:server("blue1")[1]:setstate "ready"
    hap:server("blue1")[1]:wait_up()
    assert.matches("^usage", select(2, run("rolling_restart", "")))
  end)

  it("for blue and green moves the traffic, and back where there are errors", function()
    local ok, text = run("blue_green", "", farm:folder(), "app", "blue", "green", "0")
    assert.is_true(ok, text)
    assert.matches("^green 10%%: %d+ requests, 0 errors\ngreen 25%%:.*\ngreen 50%%:.*\ngreen 100%%:", text)
    assert.equal("0 0 10", weights())
    hap:command "set weight app/blue1 100%"
    -- Somebody gets errors from blue.
    local stop = farm.dir .. "/stop"
    local ask = "while [ ! -e %s ]; do curl -s --unix-socket %s/www1.sock http://x/broken; done >/dev/null 2>&1 &"
    os.execute(ask:format(stop, farm.dir))
    ok, text = run("blue_green", "", farm:folder(), "app", "green", "blue", "30")
    haproxy.write(stop, "")
    assert.is_false(ok)
    assert.matches("too many errors: green has all the traffic again", text)
    assert.equal("0 0 10", weights())
    hap:command "set weight app/blue1 100%; set weight app/blue2 100%"
    assert.matches("^usage", select(2, run("blue_green", "")))
  end)

  it("for a maintenance page shows it, and the site again", function()
    local file = farm.dir .. "/blocked.acl"
    local function status(n)
      local curl = "curl -s -o /dev/null -w '%%{http_code}\\n' --unix-socket %s/www%d.sock http://Site.example/"
      return select(2, haproxy.shell(curl:format(farm.dir, n))):match "%d+"
    end
    local function entries()
      local found = {}
      for line in io.lines(file) do
        found[#found + 1] = line
      end
      return table.concat(found, " ")
    end
    assert.equal("200", status(1))
    for _ = 1, 2 do
      local ok, text = run("maintenance_page", "", farm:folder(), file, "on", "SITE.example")
      assert.is_true(ok, text)
      assert.equal("503 503", status(1) .. " " .. status(2))
      assert.equal("/blocked /admin site.example", entries())
    end
    farm:reload(2)
    hap:wait_until(function()
      return status(2) == "503"
    end)
    for _ = 1, 2 do
      local ok, text = run("maintenance_page", "", farm:folder(), file, "off", "site.example")
      assert.is_true(ok, text)
      assert.equal("200 200", status(1) .. " " .. status(2))
      assert.equal("/blocked /admin", entries())
    end
    assert.matches("^usage", select(2, run("maintenance_page", "", farm:folder(), file, "maybe", "x")))
  end)

  it("for scaling makes the servers those of a list, and leaves others alone", function()
    local function scale(list)
      local ok, text = run("autoscale", list, farm:folder(), "app")
      assert.is_true(ok, text)
    end
    scale "127.0.0.1:8001\n127.0.0.2:8001\n[::1]:8001\n"
    assert.equal("auto-127.0.0.1:8001 auto-127.0.0.2:8001 auto-::1:8001 blue1 blue2 green1", names())
    assert.equal("::1", hap:server("auto-::1:8001")[1].address)
    scale "127.0.0.2:8001\n127.0.0.3:8001\n"
    assert.equal("auto-127.0.0.2:8001 auto-127.0.0.3:8001 blue1 blue2 green1", names())
    scale ""
    assert.equal("blue1 blue2 green1", names())
    assert.is_false((run("autoscale", "nonsense\n", farm:folder(), "app")))
    assert.equal("blue1 blue2 green1", names())
  end)
end)
