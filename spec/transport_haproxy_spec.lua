local errors = require "haproxyadmin.errors"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"

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
        ("  lua-prepend-path %s/lua/?.lua"):format(project),
        ("  lua-prepend-path %s/lua/?/init.lua"):format(project),
        ("  lua-prepend-path %s/%s cpath"):format(project, program.build(haproxy.lua_version())),
        ("  lua-load %s/spec/support/in_haproxy.lua\n"):format(project),
      }, "\n"),
      config = haproxy.sample .. [[
frontend checks
  bind unix@{dir}/checks{n}.sock
  http-request use-service lua.checks
]],
    }
  end)

  teardown(function()
    farm:stop()
  end)

  local function check(name, least)
    local ask = "curl -sS --max-time 20 --unix-socket %s/checks1.sock http://checks/%s"
    program.passed(least, haproxy.shell(ask:format(farm.dir, name)))
  end

  it("refuses calls while HAProxy starts", function()
    check("early", 2)
  end)

  it("reads and commands", function()
    check("reads", 8)
  end)

  it("reaches every kind of address", function()
    check("addresses", 1)
  end)

  it("tells what fails", function()
    check("failures", 3)
  end)

  it("keeps deadlines and lets HAProxy work meanwhile", function()
    farm:signal(2, "STOP")
    local ok, err = pcall(check, "stalled", 3)
    farm:signal(2, "CONT")
    assert(ok, err)
  end)

  it("is refused outside of HAProxy", function()
    local hap, err = haproxyadmin.HAProxy { sockets = farm.sockets, transport = "haproxy", die = false }
    assert.is_nil(hap)
    assert.is_true(errors.is_error(err, "ValueError"))
    assert.truthy(err.message:find("this is not HAProxy", 1, true))
  end)
end)
