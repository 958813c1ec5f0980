local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local farms = require "spec.support.transport_farms"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"
local suite = require "spec.support.transport_suite"

local function folder_of_project()
  local _, text = haproxy.shell "pwd"
  return (text:gsub("\n$", ""))
end

describe("transport haproxy", function()
  local farm

  -- Process 1 asks itself and its siblings.
  setup(function()
    local project = folder_of_project()
    local address = haproxy.own_address()
    local name = address:gsub("%.", "_")
    farm = haproxy.start {
      processes = 3,
      global = table.concat({
        "  setenv STATS_FOLDER {dir}",
        ("  setenv STATS_IPV4 tcp@%s:900{n}"):format(address),
        ("  setenv STATS_IPV6 tcp@[::ffff:%s]:900{n}"):format(address),
        ("  setenv STATS_NAME abns@haproxyadmin_%s_{n}"):format(name),
        ("  stats socket ipv4@%s:900{n} level admin"):format(address),
        ("  stats socket abns@haproxyadmin_%s_{n} level admin"):format(name),
        "  tune.lua.service-timeout 300s",
        ("  lua-prepend-path %s/?.lua"):format(project),
        ("  lua-prepend-path %s/lua/?.lua"):format(project),
        ("  lua-prepend-path %s/lua/?/init.lua"):format(project),
        ("  lua-prepend-path %s/%s cpath"):format(project, program.build(haproxy.lua_version())),
        ("  lua-load %s/spec/support/in_haproxy.lua\n"):format(project),
      }, "\n"),
      config = haproxy.sample .. [[
frontend checks
  bind unix@{dir}/checks{n}.sock
  timeout client 300s
  http-request set-header x-asking %[lua.asking] if { path /fetch }
  http-request use-service lua.checks
]],
    }
  end)

  teardown(function()
    farm:stop()
  end)

  local function ask(name, seconds)
    local command = "curl -sS --max-time %s --unix-socket %s/checks1.sock http://checks/%s"
    return haproxy.shell(command:format(seconds or 200, farm.dir, name))
  end

  local function check(name, least, seconds)
    program.passed(least, ask(name, seconds))
  end

  it("refuses calls while HAProxy starts", function()
    check("early", 2)
  end)

  it("reads and commands", function()
    check("reads", 8)
  end)

  it("is used inside HAProxy unless another one is named", function()
    check("chosen", 1)
  end)

  it("reads long replies", function()
    check("long_replies", 1)
  end)

  it("passes what every transport must pass", function()
    local started = farms.start()
    haproxy.write(farm.dir .. "/env.lua", "return " .. started:literal())
    local ok, text = ask("suite", 290)
    started:stop()
    program.passed(suite.count(), ok, text)
  end)

  it("reaches every kind of address", function()
    check("addresses", 1)
  end)

  it("tells what fails", function()
    check("failures", 2)
  end)

  it("sends nothing from where it may not wait", function()
    check("build", 1)
    ask "fetch"
    check("unchanged", 1)
  end)

  it("keeps deadlines and lets HAProxy work meanwhile", function()
    farm:signal(2, "STOP")
    local ok, err = pcall(check, "stalled", 3)
    farm:signal(2, "CONT")
    assert(ok, err)
  end)

  it("leaves no descriptor behind, not of calls whose client goes away either", function()
    local function descriptors()
      local _, text = ask "descriptors"
      return tonumber(text:match "^ok (%d+) descriptors")
    end
    local function abandon(times)
      farm:signal(2, "STOP")
      for _ = 1, times do
        ask("abandoned", 0.1)
      end
      farm:signal(2, "CONT")
    end
    -- What HAProxy opens once, and keeps, is there after the first.
    abandon(2)
    local before = descriptors()
    abandon(10)
    local now
    local deadline = core.now() + 40
    repeat
      core.sleep(0.1)
      now = descriptors()
    until now <= before or core.now() > deadline
    assert.is_true(now <= before, ("%d descriptors before, %d now"):format(before, now))
    check("addresses", 1)
  end)

  it("is refused outside of HAProxy", function()
    local hap, err = haproxyadmin.HAProxy { sockets = farm.sockets, transport = "haproxy", die = false }
    assert.is_nil(hap)
    assert.is_true(errors.is_error(err, "ValueError"))
    assert.truthy(err.message:find("this is not HAProxy", 1, true))
  end)
end)
