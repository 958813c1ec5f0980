-- haproxyadmin state, table and session. What they did is read from HAProxy's sockets.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"
local native = require "haproxyadmin.transport.native"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  maxconn 100
  stick-table type string size 1k expire 1h store gpc0,http_req_cnt
  http-request track-sc0 path
  http-request return status 200 hdr x-site %[path,map({dir}/sites.map,none)]
frontend hold
  bind unix@{dir}/hold{n}.sock
  timeout http-request 1m
frontend door
  mode tcp
  timeout client 1m
  bind unix@{dir}/door{n}.sock
  default_backend app
backend app
  mode tcp
  balance roundrobin
  timeout server 1m
  server web1 unix@{dir}/hold{n}.sock weight 10
  server web2 127.0.0.1:82 weight 20 disabled
]]

describe("haproxyadmin", function()
  local farm, hap

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    farm:traffic(1, "www", 3, "/a")
    farm:traffic(2, "www", 2, "/a")
    farm:traffic(2, "www", 1, "/b")
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  local function at(...)
    return installed.run("-D", farm:folder(), ...)
  end

  local function answers(command)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      found[i] = table.concat(process:command(command), "\n")
    end
    return found
  end

  local function count(text, pattern)
    local _, found = text:gsub(pattern, "")
    return found
  end

  it("table shows what all processes counted, sets it and clears it", function()
    local status, out = at("table", "list", "--columns", "table,type,used,processes", "-H")
    assert.same({ 0, "www\tstring\t3\t1,2\n" }, { status, out })
    status, out = at("table", "show", "www", "--columns", "key,process_nb,http_req_cnt", "-H", "--sort", "key")
    assert.same({ 0, "/a\t1,2\t5\n/b\t2\t1\n" }, { status, out })
    status, out = at("table", "show", "www", "--per-process", "--if", "http_req_cnt gt 2", "-o", "name")
    assert.same({ 0, "/a\n" }, { status, out })
    status, out = at("table", "get", "www", "/b", "--columns", "http_req_cnt", "-H")
    assert.same({ 0, "1\n" }, { status, out })
    local err
    status, out, err = at("table", "get", "www", "/c")
    assert.same({ 4, "", "haproxyadmin: www has no entry of the key '/c'\n" }, { status, out, err })
    status, out = at("table", "set", "www", "/b", "gpc0=7", "--dry-run", "-H")
    assert.same({ 0, "www: the entry /b\t1,2\t\tgpc0=7\tset table www key /b data.gpc0 7\n" }, { status, out })
    status, out = at("table", "set", "www", "/b", "gpc0=7")
    assert.same({ 0, "www: the entry /b was set (2 of 2 processes)\n" }, { status, out })
    for _, answer in ipairs(answers "show table www key /b") do
      assert.matches("gpc0=7", answer)
    end
    assert.equal(2, (at("table", "clear", "www")))
    status, out, err = at("table", "clear", "www", "--if", "gpc0 gt 0")
    assert.same({ 2, "" }, { status, out })
    assert.matches("entries of www will be deleted. Nobody can be asked", err)
    assert.equal(0, (at("table", "clear", "www", "--if", "gpc0 gt 0", "--yes")))
    for _, answer in ipairs(answers "show table www") do
      assert.same({ 1, 0 }, { count(answer, "key=/a"), count(answer, "key=/b") })
    end
    assert.equal(0, (at("table", "clear", "www", "/a")))
    for _, answer in ipairs(answers "show table www") do
      assert.equal(0, count(answer, "key="))
    end
    status, out, err = at("table", "show", "www", "--if", "gpc0 > 0")
    assert.same({ 2, "" }, { status, out })
    assert.matches("a condition is 'DATA OP N'", err)
  end)

  it("session lists sessions, and ends them", function()
    local clients = {}
    for n = 1, 2 do
      clients[n] = assert(native:open(("%s/door%d.sock"):format(farm.dir, n), core.now() + 10))
    end
    local function listed()
      local status, out = at("session", "list", "--backend", "app", "--columns", "process_nb,frontend,server,id", "-H")
      assert.equal(0, status)
      return out
    end
    assertions.eventually(function()
      return count(listed(), "\tdoor\tweb1\t") == 2
    end)
    local id = listed():match "2\tdoor\tweb1\t(0x%x+)"
    local status, out = at("session", "show", id)
    assert.equal(0, status)
    assert.matches("# process 2\n.*" .. id .. ".*door", out)
    local err
    status, out, err = at("session", "kill", id)
    assert.same({ 2, "" }, { status, out })
    assert.matches("^haproxyadmin: 1 session will be ended. Nobody can be asked\n", err)
    assert.equal(4, (at("session", "kill", "0x1", "--yes")))
    assert.equal(2, (at("session", "kill", "--yes")))
    status, out = at("session", "kill", id, "--yes")
    assert.same({ 0, id .. " in process 2 has ended (1 of 1 processes)\n" }, { status, out })
    assertions.eventually(function()
      return count(listed(), "\tdoor\tweb1\t") == 1
    end)
    assert.equal(0, (at("session", "kill", "--server", "app/web1", "--yes", "-q")))
    assertions.eventually(function()
      return listed() == ""
    end)
    for _, client in ipairs(clients) do
      client:close()
    end
  end)

  it("state saves what can be set, and makes it so again", function()
    local path = farm.dir .. "/state.json"
    local status, out = at("state", "save", path, "--maps")
    assert.same({ 0, ("the state of 2 processes was saved to %s\n"):format(path) }, { status, out })
    local line = "haproxyadmin state save -D %s | jq .backends.app.servers.web2.weight"
    status, out = installed.shell(line:format(farm:folder()))
    assert.same({ 0, "20\n" }, { status, out })
    hap:processes()[2]:command "set weight app/web2 3"
    hap:processes()[1]:command "set maxconn frontend www 7"
    hap:processes()[1]:command(("set map %s/sites.map /one other"):format(farm.dir))
    status, out = at("state", "restore", path, "--dry-run", "--columns", "object,processes,from,to", "-H")
    assert.equal(0, status)
    assert.matches("www\t1\t7\t100\n", out)
    assert.matches("app/web2\t2\t3\t20\n", out)
    assert.matches("sites.map\t1\t", out)
    assert.equal(2, (at("state", "restore", path)))
    assert.matches("\napp,web2,[^\n]*,3,", answers("show stat")[2])
    status, out = at("state", "restore", path, "--yes")
    assert.equal(0, status)
    assert.matches("app/web2 is as .*state.json says %(1 of 1 processes%)\n", out)
    for _, answer in ipairs(answers "show stat") do
      assert.matches("\napp,web2,[^\n]*,20,", answer)
    end
    for _, answer in ipairs(answers(("show map %s/sites.map"):format(farm.dir))) do
      assert.matches("/one first", answer)
    end
    status, out = at("state", "apply", path)
    assert.equal(0, status)
    assert.matches("already", out)
    status, out = at("state", "restore", farm.dir .. "/nowhere.json")
    assert.same({ 4, "" }, { status, out })
    assert.equal(0, (at("state", "save-servers", path)))
    local file = assert(io.open(path))
    local first = file:read "*l"
    file:close()
    assert.equal("1", first)
  end)
end)
