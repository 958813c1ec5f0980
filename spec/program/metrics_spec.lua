-- haproxyadmin metrics

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

describe("haproxyadmin metrics", function()
  local farm, folder

  local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  server app1 127.0.0.1:9 disabled
]]

  before_each(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    folder = haproxy.temporary_folder()
  end)

  after_each(function()
    farm:stop()
    haproxy.shell("rm -r " .. folder)
  end)

  local function metrics(...)
    return installed.run("metrics", "--socket-dir", farm:folder(), ...)
  end

  -- The value of a series, as a number.
  local function value(text, series)
    local escaped = series:gsub("%p", "%%%0")
    return tonumber((("\n" .. text):match("\n" .. escaped .. " (%S+)")))
  end

  local requests = 'haproxy_frontend_http_requests_total{proxy="www"}'

  it("prints what the processes say now", function()
    farm:traffic(1, "www", 3)
    farm:traffic(2, "www", 4)
    local status, out, err = metrics()
    assert.same({ 0, "" }, { status, err })
    assert.equal(7, value(out, requests))
    assert.matches("\n# TYPE haproxy_server_status gauge\n", out, 1, true)
    assert.equal(1, value(out, 'haproxy_server_status{proxy="app",server="app1",state="MAINT"}'))

    status, out = metrics("-p", "2", "--scope", "frontend", "--metrics", "haproxy_frontend_http_requests_total")
    assert.equal(0, status)
    assert.matches("^# HELP haproxy_frontend_http_requests_total [^\n]+\n# TYPE [^\n]+ counter\n[^\n]+ 4\n$", out)

    status, out = metrics("--process=*", "--scope", "frontend", "--no-maint")
    assert.equal(0, status)
    assert.equal(3, value(out, 'haproxy_frontend_http_requests_total{proxy="www",process="1"}'))
    assert.is_nil(out:match "\nhaproxy_server_")

    farm:kill(1)
    status, out, err = installed.run("metrics", "-s", farm.sockets[1], "-s", farm.sockets[2])
    assert.equal(3, status)
    assert.equal(0, value(out, ('haproxyadmin_process_up{address="%s",process="1"}'):format(farm.sockets[1])))
    assert.equal(4, value(out, requests))
    assert.matches("admin1", err)
  end)

  it("counts from one run to the next, over reloads", function()
    local state = folder .. "/state"
    farm:traffic(1, "www", 30)
    local status, out, err = metrics("--state", state)
    assert.same({ 0, "" }, { status, err })
    assert.equal(0, value(out, requests))
    farm:traffic(1, "www", 5)
    farm:traffic(2, "www", 2)
    farm:reload(2)
    farm:traffic(2, "www", 1)
    status, out = metrics("--state", state)
    assert.equal(0, status)
    -- What the old process of the second counted is lost with it.
    assert.equal(6, value(out, requests))
    assert.equal(0, value(out, 'haproxyadmin_process_restarts_total{process="1"}'))
    assert.equal(1, value(out, 'haproxyadmin_process_restarts_total{process="2"}'))
    farm:kill(1)
    status, out = metrics("--state=" .. state)
    assert.equal(3, status)
    assert.equal(6, value(out, requests))
    farm:kill(2)
    local before = assert(io.open(state, "rb")):read "*a"
    status, out = metrics("--state", state)
    assert.same({ 6, "" }, { status, out })
    assert.equal(before, assert(io.open(state, "rb")):read "*a")
  end)

  it("counts what name servers are asked from one run to the next, over reloads", function()
    farm:stop()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = config .. [[
resolvers names
  nameserver one 127.0.0.1:9
  timeout retry 50ms
  resolve_retries 1000
backend named
  server one name.invalid:9 resolvers names init-addr none
]],
    }
    local series = 'haproxy_resolver_sent{nameserver="one",resolver="names"}'
    local function sent(...)
      local status, out = metrics("--scope", "resolver", "--metrics", "haproxy_resolver_sent", ...)
      assert.equal(0, status)
      return value(out, series)
    end
    local state = folder .. "/state"
    local last = sent("--state", state)
    assert.equal(0, last)
    local function rises(by)
      assertions.eventually(function()
        local now = sent("--state", state)
        assert.is_true(now >= last)
        by, last = by - (now - last), now
        return by <= 0
      end)
    end
    rises(2)
    for n = 1, 2 do
      farm:kill(n)
      farm:reload(n)
    end
    rises(2)
    assert.is_true(sent() > 0)
  end)

  it("says what it cannot count with", function()
    local state = folder .. "/state"
    local status, out, err
    local function refused(expected, words, ...)
      status, out, err = metrics(...)
      assert.same({ expected, "" }, { status, out })
      assert.matches(words, err, 1, true)
    end
    refused(2, "not with --process", "--state", state, "--process", "1")
    refused(2, "a number or '*' expected", "--process", "x")
    refused(2, "'scope'", "--scope", "walls")
    haproxy.write(state, "something else")
    refused(1, "is none of this program's", "--state", state)
    haproxy.write(state, "haproxyadmin totals 3\n and less")
    refused(1, "is damaged", "--state", state)
    haproxy.shell("rm " .. state)
    refused(1, "No such file or directory", "--state", folder .. "/none/state")

    -- Two at once: the second waits, and says so when its time is over.
    local ready = folder .. "/ready"
    local holder = ([[
      local lock = assert(require("haproxyadmin.base.file").lock(%q))
      assert(io.open(%q, "w")):close()
      require("haproxyadmin.core").sleep(120)]]):format(state .. ".lock", ready)
    haproxy.write(folder .. "/holder.lua", holder)
    local ok, pid = haproxy.shell(
      ("LUA_PATH='%s' LUA_CPATH='%s' %s %s/holder.lua >/dev/null 2>&1 & echo $!"):format(
        package.path,
        package.cpath,
        haproxy.interpreter(),
        folder
      )
    )
    assert(ok, pid)
    haproxy.shell(("for i in $(seq 1200); do [ -e %s ] && break; sleep 0.05; done"):format(ready))
    refused(1, "another run is at work", "--state", state, "--timeout", "2s")
    haproxy.shell("kill " .. pid)
    status = metrics("--state", state)
    assert.equal(0, status)
  end)
end)
