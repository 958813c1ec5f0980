-- haproxyadmin server list, and what all listings have in common: formats, columns, selectors, filters.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

describe("haproxyadmin server list", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2 }
    -- The processes do not agree on this one.
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], timeout = 10 }
    second:backend("app"):server("app2"):setstate "drain"
    second:backend("app"):server("app2"):setweight(7)
    second:close()
  end)

  teardown(function()
    farm:stop()
  end)

  local function list(...)
    return installed.run("server", "list", "--socket-dir", farm:folder(), ...)
  end

  -- A pipe from the program into another one.
  local function into(program, ...)
    local words = {}
    for i, word in ipairs { ... } do
      words[i] = installed.quote(word)
    end
    local line = "haproxyadmin server list -D %s %s | %s"
    return installed.shell(line:format(farm:folder(), table.concat(words, " "), program))
  end

  local function names(...)
    local status, out, err = list("-o", "name", ...)
    assert.same({ 0, "" }, { status, err })
    return (out:gsub("\n", " "):gsub(" $", ""))
  end

  it("prints a record a line where stdout is no terminal", function()
    local status, out, err = list()
    assert.same({ 0, "" }, { status, err })
    assert.matches("^backend\tserver\tstatus\tprocesses\tweight\t", out)
    assert.matches("\napp\tapp3\tMAINT\t1,2\t10\t", out)
    assert.matches("\napp\tapp2\tno check|DRAIN\t1,2\t10|7\t", out)
  end)

  it("prints columns for people", function()
    local status, out = list("-o", "table", "app/app[13]", "--columns", "backend,server,weight,processes")
    assert.equal(0, status)
    assert.equal("BACKEND  SERVER  WEIGHT  PROC\napp      app1        10  2/2\napp      app3        10  2/2\n", out)
  end)

  it("prints JSON that jq reads", function()
    local program = [[jq -c '[.haproxyadmin, .errors, (.processes[] | .process, .up),
      (.items[] | select(.server == "app2"))]']]
    local status, out = into(program, "-o", "json", "--columns", "status,server,weight,processes,weight")
    assert.equal(0, status)
    -- Its names are there whether they were asked for or not, and everything once.
    assert.equal(
      '[1,[],1,true,2,true,{"backend":"app","server":"app2","status":null,"weight":null,"processes":[1,2],'
        .. '"differs":{"status":["no check","DRAIN"],"weight":[10,7]}}]\n',
      out
    )
    status, out = into("jq -c '[.backend, .server]'", "-o", "ndjson", "v6")
    assert.same({ 0, '["api_servers","v6"]\n' }, { status, out })
  end)

  it("prints CSV that Python's reader reads", function()
    local python = [[python3 -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
print([row["server"] for row in rows], [row["processes"] for row in rows][0])']]
    local status, out = into(python, "-o", "csv", "app/*")
    assert.same({ 0, "['app1', 'app2', 'app3'] 1,2\n" }, { status, out })
  end)

  it("prints what is chosen, in the order and number that are asked for", function()
    local status, out = list("--columns", "server,stot,-stot", "--sort", "-server", "--limit", "2", "-H")
    assert.same({ 0, "v6\nsock\n" }, { status, out })
    status, out = list("-H", "--columns=+iid,-addr,-last_chk", "v6")
    assert.equal(0, status)
    assert.matches("^api_servers\tv6\tno check\t1,2\t1\t0\t.*\t%d+\n$", out)
    local err
    status, out, err = list("--columns", "scurr")
    assert.same({ 2, "", "haproxyadmin: there is no column 'scurr'; did you mean 'scur'?\n" }, { status, out, err })
  end)

  it("means servers by selectors", function()
    assert.equal("app/app1 api_servers/app1", names "app1")
    assert.equal("app/app1 app/app3", names("app/*", "!app2"))
    assert.equal("api_servers/app1 api_servers/v6 local_only/sock", names "!app/*")
    assert.equal("app/app1 app/app2", names "app/app[1-2]")
    assert.equal("api_servers/v6", names("-b", "api*", "?6"))
    local line = "printf '# these\\n  app/app1 # and\\n\\nv6\\n' | haproxyadmin server list -D %s -o name -"
    local status, out = installed.shell(line:format(farm:folder()))
    assert.same({ 0, "app/app1\napi_servers/v6\n" }, { status, out })
    local err
    status, out, err = list("app9", "app1")
    assert.same({ 4, "", "haproxyadmin: nothing matches 'app9'\n" }, { status, out, err })
  end)

  it("leaves what filters say", function()
    assert.equal("app/app3", names("--state", "maint"))
    assert.equal("app/app2 app/app3", names("--state", "drain,maint"))
    assert.equal("api_servers/app1", names("--where", "weight>10"))
    assert.equal("app/app1", names("--where", "check_status~L4", "--where", "weight = 10"))
    assert.equal("app/app2", names("--where", "status=DRAIN"))
    local status, _, err = list("--where", "scurr>1")
    assert.equal(2, status)
    assert.matches("no field 'scurr'", err)
    status, _, err = list("--state", "upp")
    assert.equal(2, status)
    assert.matches("some of down, drain", err)
  end)

  it("asks the processes that are named", function()
    local status, out = list("-p", "2", "-H", "--columns", "server,status,processes", "app2")
    assert.same({ 0, "app2\tDRAIN\t2\n" }, { status, out })
    local err
    status, out, err = list("-p", "1,3")
    assert.same({ 4, "", "haproxyadmin: there is no process 3 (there are: 1, 2)\n" }, { status, out, err })
  end)
end)
