-- haproxyadmin server list, and what all listings have in common.

local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

describe("haproxyadmin server list", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2 }
  end)

  teardown(function()
    farm:stop()
  end)

  local function list(...)
    return installed.run("server", "list", "--socket-dir", farm:folder(), ...)
  end

  it("prints a record a line where stdout is no terminal", function()
    local status, out, err = list()
    assert.same({ 0, "" }, { status, err })
    assert.matches("^backend\tserver\tstatus\tprocesses\tweight\t", out)
    assert.matches("\napp\tapp3\tMAINT\t1,2\t10\t", out)
  end)

  it("prints columns for people", function()
    local status, out = list("-o", "table", "app/app[13]", "--columns", "backend,server,weight,processes")
    assert.equal(0, status)
    assert.equal("BACKEND  SERVER  WEIGHT  PROC\napp      app1        10  2/2\napp      app3        10  2/2\n", out)
  end)

  it("prints JSON that jq reads", function()
    local line = [[haproxyadmin server list -D %s -o json |
      jq -r '.haproxyadmin, (.items[] | .backend + "/" + .server)']]
    local status, out = installed.shell(line:format(farm:folder()))
    assert.equal(0, status)
    assert.equal("1\napp/app1\napp/app2\napp/app3\napi_servers/app1\napi_servers/v6\nlocal_only/sock\n", out)
  end)

  it("finds one name in every backend, and nothing where nothing is so called", function()
    local status, out = list("-o", "name", "app1")
    assert.same({ 0, "app/app1\napi_servers/app1\n" }, { status, out })
    local err
    status, out, err = list "app9"
    assert.same({ 4, "", "haproxyadmin: nothing matches 'app9'\n" }, { status, out, err })
  end)
end)
