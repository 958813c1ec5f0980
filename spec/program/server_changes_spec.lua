-- The verbs of haproxyadmin server that change servers, or wait for them. What they did is read from
-- HAProxy's sockets.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"
local native = require "haproxyadmin.transport.native"

-- A session lasts as long as its client: the other side waits for a request.
local config = [[
resolvers names
  nameserver none 127.0.0.1:1
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
frontend hold
  mode http
  bind unix@{dir}/hold{n}.sock
  timeout http-request 1m
frontend door
  bind unix@{dir}/door{n}.sock
  default_backend app
backend app
  balance roundrobin
  server web1 unix@{dir}/hold{n}.sock weight 10
  server web2 unix@{dir}/hold{n}.sock weight 10 disabled
  server web3 unix@{dir}/hold{n}.sock weight 10 disabled
backend api
  balance roundrobin
  server web1 127.0.0.1:81 weight 20
  server web2 127.0.0.1:82 weight 20
  server agent 127.0.0.1:83 agent-check agent-inter 60s agent-port 9 weight 20
  server checked 127.0.0.1:84 check inter 60s fall 99 weight 20
  server named localhost:1 resolvers names init-addr none weight 20
  server tls 127.0.0.1:1 ssl verify none weight 20
]]

describe("haproxyadmin server, changing,", function()
  local farm, hap, clients

  setup(function()
    farm = haproxy.start { processes = 3, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  local function set(server, words, n)
    for i, process in ipairs(hap:processes()) do
      if not n or i == n then
        process:command(("set server %s %s"):format(server, words))
      end
    end
  end

  before_each(function()
    clients = {}
    for _, name in ipairs { "web1", "web2", "agent", "checked", "tls" } do
      set("api/" .. name, "state ready")
      set("api/" .. name, "weight 20")
    end
    set("app/web1", "state ready")
    set("app/web2", "state maint")
    set("app/web3", "state maint")
  end)

  after_each(function()
    for _, client in ipairs(clients) do
      client:close()
    end
    local web1 = hap:server("web1", "app")[1]
    assertions.eventually(function()
      return web1:metric "scur" == 0
    end)
  end)

  local function run(...)
    return installed.run("server", ...)
  end

  local function at(...)
    return run(select(1, ...), "--socket-dir", farm:folder(), select(2, ...))
  end

  -- What each process says of a column of `show stat`, read from its socket.
  local function stat(server, column)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      local place
      for _, line in ipairs(process:command "show stat") do
        local cells = {}
        for cell in (line:gsub("^# ", "") .. ","):gmatch "([^,]*)," do
          cells[#cells + 1] = cell
        end
        if not place then
          for j, cell in ipairs(cells) do
            place = cell == column and j or place
          end
        elseif cells[1] .. "/" .. cells[2] == server then
          found[i] = cells[place]
        end
      end
    end
    return table.concat(found, " ")
  end

  local function open(...)
    local web1 = hap:server("web1", "app")[1]
    local expected = web1:metric "scur" + select("#", ...)
    for _, n in ipairs { ... } do
      clients[#clients + 1] = assert(native:open(("%s/door%d.sock"):format(farm.dir, n), core.now() + 10))
    end
    assertions.eventually(function()
      return web1:metric "scur" == expected
    end)
  end

  it("sets states in every process, and says so in a sentence", function()
    local status, out, err = at("drain", "api/web1")
    assert.same({ 0, "api/web1 is draining (3 of 3 processes)\n" }, { status, out })
    assert.equal("Back with: haproxyadmin server ready api/web1 --wait\n", err)
    assert.equal("DRAIN DRAIN DRAIN", stat("api/web1", "status"))
    status, out = at("drain", "api/web1", "-q")
    assert.same({ 0, "" }, { status, out })
    status, out = at("drain", "api/web1")
    assert.same({ 0, "api/web1 is draining already (3 of 3 processes)\n" }, { status, out })
    assert.equal(0, (at("maint", "api/web1")))
    assert.equal("MAINT MAINT MAINT", stat("api/web1", "status"))
    status, out = at("enable", "api/web1", "--wait=20s")
    assert.same({ 0, "api/web1 is ready (3 of 3 processes)\n" }, { status, out })
    assert.equal("no check no check no check", stat("api/web1", "status"))
  end)

  it("leaves what is in maintenance in it when it drains", function()
    set("api/web1", "state maint", 2)
    local status, out = at("drain", "api/web1", "--dry-run", "-o", "csv")
    assert.equal(0, status)
    assert.equal(
      "object,processes,from,to,command\r\n"
        .. 'api/web1,"1,3",ready,drain,set server api/web1 state drain\r\n'
        .. "api/web1,2,drain,drain,unchanged\r\n",
      out
    )
    assert.equal(0, (at("drain", "api/web1")))
    assert.equal("DRAIN MAINT DRAIN", stat("api/web1", "status"))
  end)

  it("shows before what would be sent, and sends nothing", function()
    set("api/web2", "weight 10", 2)
    local status, out, err = at("weight", "50%", "api/web[12]", "--dry-run", "-o", "table", "--exit-code")
    assert.equal(10, status)
    assert.equal(
      [[
OBJECT    PROCESS  FROM  TO  COMMAND
api/web1  1-3      20    10  set weight api/web1 10
api/web2  1,3      20    10  set weight api/web2 10
api/web2  2        -     -   unchanged
]],
      out
    )
    assert.equal("dry run: 2 of 2 servers would change; nothing was sent\n", err)
    assert.equal("20 20 20", stat("api/web1", "weight"))
    assert.equal(0, (at("weight", "50%", "api/web[12]", "--yes")))
    assert.equal("10 10 10", stat("api/web2", "weight"))
    status, out = at("weight", "50%", "api/web[12]", "--dry-run", "--exit-code", "-o", "name")
    assert.same({ 0, "api/web1\napi/web2\n" }, { status, out })
    assert.equal(0, (at("weight", "initial", "api/web1")))
    assert.equal("20 20 20", stat("api/web1", "weight"))
  end)

  it("asks before more than one is changed, and changes nothing where nobody answers", function()
    local status, out, err = at("weight", "1", "api/web*")
    assert.same({ 2, "" }, { status, out })
    assert.equal("haproxyadmin: 2 servers will change. Nobody can be asked\n  --yes does it without a question\n", err)
    assert.equal("20 20 20", stat("api/web1", "weight"))
    local line = [[printf '%s\n' | script -qec "$PROGRAM server weight 1 'api/web*' -D %s" /dev/null; true]]
    local _, text = installed.shell("PROGRAM=" .. os.getenv "PROGRAM" .. "\n" .. line:format("n", farm:folder()))
    assert.matches("2 servers will change. Go on%? %[y/N%]", text)
    assert.matches("nothing was changed", text)
    assert.equal("20 20 20", stat("api/web1", "weight"))
    _, text = installed.shell("PROGRAM=" .. os.getenv "PROGRAM" .. "\n" .. line:format("y", farm:folder()))
    assert.matches("api/web2 has the weight 1 %(3 of 3 processes%)", text)
    assert.equal("1 1 1", stat("api/web1", "weight"))
  end)

  it("changes nothing where a selector is missing, or matches nothing", function()
    local status, _, err = at "maint"
    assert.same({ 2, "haproxyadmin: missing argument 'selector'\n" }, { status, err })
    status, _, err = at("maint", "api/web1", "api/nope", "--yes")
    assert.same({ 4, "haproxyadmin: nothing matches 'api/nope'\n" }, { status, err })
    assert.equal("no check no check no check", stat("api/web1", "status"))
  end)

  it("does not take out the last server of a backend, unless it is forced to", function()
    local status, out, err = at("maint", "app/web1")
    assert.same({ 1, "" }, { status, out })
    assert.equal(
      "haproxyadmin: app/web1 is the last server of app that is UP in process 1: the backend would have none\n"
        .. "  (web2 MAINT, web3 MAINT). --force does it all the same\n",
      err
    )
    assert.equal(1, (at("weight", "0", "app/web1")))
    assert.equal("no check no check no check", stat("app/web1", "status"))
    status, out, err = at("drain", "api/*", "!api/web1", "--yes")
    assert.equal("", out)
    assert.equal(1, status)
    assert.matches("^haproxyadmin: %d+ of the weight %d+ of api would go at once in process 1: more than half\n", err)
    assert.equal(0, (at("maint", "app/web1", "--force", "-q")))
    assert.equal("MAINT MAINT MAINT", stat("app/web1", "status"))
  end)

  it("waits for the sessions of every process, and puts it into maintenance then", function()
    open(1, 2, 2)
    -- Whoever holds the sessions ends them when the server is drained.
    local script = [[
haproxyadmin server drain app/web1 --force --wait=50s --then maint -D %s >out 2>err; echo $? >status
]]
    local folder = haproxy.temporary_folder()
    local ended = folder .. "/ended"
    haproxy.write(folder .. "/script", ("cd %s\nhaproxyadmin() { %s \"$@\"; }\n%secho >%s\n"):format(
      folder,
      os.getenv "PROGRAM",
      script:format(farm:folder()),
      ended
    ))
    os.execute(("sh %s/script </dev/null >/dev/null 2>&1 &"):format(folder))
    assertions.eventually(function()
      return stat("app/web1", "status") == "DRAIN DRAIN DRAIN"
    end)
    assert.is_nil(io.open(ended))
    for _, client in ipairs(clients) do
      client:close()
    end
    assertions.eventually(function()
      local file = io.open(ended)
      return file and file:close()
    end)
    local function read(name)
      local file = assert(io.open(folder .. "/" .. name))
      local text = file:read "*a"
      file:close()
      return text
    end
    assert.equal("0\n", read "status")
    assert.equal(
      "app/web1 is draining (3 of 3 processes)\napp/web1 is in maintenance (3 of 3 processes)\n",
      read "out"
    )
    local back = "\nBack with: haproxyadmin server ready app/web1 %-%-wait\n$"
    assert.matches("sessions left\n.*3 .*→ 0 sessions in %d+s" .. back, read "err")
    assert.equal("MAINT MAINT MAINT", stat("app/web1", "status"))
    haproxy.shell("rm -r " .. folder)
  end)

  it("tells when the time is up, and ends the sessions or sets it ready where that is asked for", function()
    open(1, 2)
    local status, _, err = at("drain", "app/web1", "--force", "--wait=2s")
    assert.equal(5, status)
    assert.matches("waited 2[.0]* s for the sessions of server app/web1 to end; last seen: process 1: 1", err)
    assert.matches("\nhaproxyadmin: app/web1 is DRAIN with 2 sessions\n$", err)
    assert.equal("DRAIN DRAIN DRAIN", stat("app/web1", "status"))
    status, _, err = at("drain", "app/web1", "--force", "--wait=2s", "--on-timeout", "undo")
    assert.equal(5, status)
    assert.matches("\nhaproxyadmin: ready again\nhaproxyadmin: app/web1 is no check with 2 sessions\n$", err)
    assert.equal("no check no check no check", stat("app/web1", "status"))
    status, _, err = at("maint", "app/web1", "--force", "--wait=2s", "--on-timeout", "kill")
    assert.equal(0, status)
    assert.matches("2 sessions were ended\n", err)
    assert.equal("MAINT MAINT MAINT", stat("app/web1", "status"))
    assert.equal("0 0 0", stat("app/web1", "scur"))
  end)

  it("says how it stands when it is interrupted", function()
    open(2)
    local line = [[%s server drain app/web1 --force --wait=50s -D %s & pid=$!
until haproxyadmin server list app/web1 -D %s --columns status -H | grep -q DRAIN; do sleep 0.1; done
kill -INT $pid; wait $pid; echo status $?]]
    local _, out, err = installed.shell(line:format(os.getenv "PROGRAM", farm:folder(), farm:folder()))
    assert.matches("status 130\n$", out)
    assert.matches("haproxyadmin: interrupted\nhaproxyadmin: app/web1 is DRAIN with 1 session\n", err)
    assert.equal("DRAIN DRAIN DRAIN", stat("app/web1", "status"))
  end)

  it("is interrupted at once, also while it waits for a process that says nothing", function()
    open(2)
    for _, words in ipairs {
      { "drain", "app/web1", "--force", "--wait=200s", "-t", "100s" },
      { "wait", "app/web1", "--for", "empty", "--timeout", "200s" },
    } do
      local unpack = table.unpack or unpack -- luacheck: ignore
      local running = installed.start("server", "-D", farm:folder(), "-v", unpack(words))
      -- It waits: what changes something is not broken off.
      assertions.eventually(function()
        local out, err = running:printed()
        local waits = words[1] == "wait" or out:find("is draining", 1, true) and err:find("1 session left", 1, true)
        return waits and select(2, err:gsub("show stat", "")) >= 12
      end)
      farm:signal(1, "STOP")
      core.sleep(0.6)
      running:interrupt()
      local ok, status, _, err = pcall(running.finish, running)
      farm:signal(1, "CONT")
      assert.is_true(ok, tostring(status))
      assert.equal(130, status)
      assert.matches("\nhaproxyadmin: interrupted\n", err)
      assert.matches("\nhaproxyadmin: app/web1 is DRAIN with 1 session\n", err)
    end
    assert.equal("DRAIN DRAIN DRAIN", stat("app/web1", "status"))
  end)

  it("ends sessions when it may, in every process", function()
    open(1, 3)
    local status, _, err = at("kill", "app/web1")
    assert.equal(2, status)
    assert.matches("^haproxyadmin: 2 sessions of app/web1 will be ended. Nobody can be asked\n", err)
    local out
    status, out = at("kill", "app/web1", "--dry-run", "-o", "csv", "-H")
    assert.equal(0, status)
    assert.matches('^app/web1,"1,3",1 sessions,0 sessions,shutdown sessions server app/web1\r\n', out)
    assert.equal(0, (at("kill", "app/web1", "-y")))
    assertions.eventually(function()
      return stat("app/web1", "scur") == "0 0 0"
    end)
  end)

  it("sets addresses, ports, limits, names and TLS", function()
    assert.equal(0, (at("addr", "127.0.0.9:8080", "api/web1")))
    assert.equal("127.0.0.9:8080 127.0.0.9:8080 127.0.0.9:8080", stat("api/web1", "addr"))
    assert.equal(0, (at("port", "81", "api/web1")))
    assert.equal(0, (at("addr", "::1", "api/web1")))
    assert.equal("[::1]:81 [::1]:81 [::1]:81", stat("api/web1", "addr"))
    assert.equal(0, (at("addr", "127.0.0.1", "api/web1")))
    assert.equal(0, (at("maxconn", "7", "api/web1")))
    assert.equal("7 7 7", stat("api/web1", "slim"))
    assert.equal(0, (at("fqdn", "web1.example.com", "api/named")))
    assert.equal("web1.example.com", hap:server("named", "api")[1].fqdn)
    assert.equal(0, (at("check-port", "85", "api/checked")))
    assert.equal(0, (at("health", "off", "api/checked")))
    assert.is_false(hap:server("checked", "api")[1].health_enabled)
    assert.equal(0, (at("health", "on", "api/checked")))
    assert.equal(0, (at("agent", "off", "api/agent")))
    assert.is_false(hap:server("agent", "api")[1].agent_enabled)
    assert.equal(0, (at("agent", "on", "api/agent")))
    assert.equal(0, (at("agent-send", "hello world", "api/agent")))
    assert.equal(0, (at("health", "down", "api/web2")))
    assert.equal("DOWN DOWN DOWN", stat("api/web2", "status"))
    assert.equal(0, (at("health", "up", "api/web2")))
    for _, words in ipairs {
      { "weight", "257", "api/web1" },
      { "port", "0", "api/web1" },
      { "addr", "web1.example.com", "api/web1" },
      { "health", "well", "api/web1" },
      { "ssl", "maybe", "api/tls" },
    } do
      local status, out, err = at(words[1], words[2], words[3])
      assert.same({ 2, "" }, { status, out }, words[1])
      assert.matches("^haproxyadmin: .*, not '" .. words[2]:gsub("%p", "%%%0") .. "'\n$", err)
    end
  end)

  it("says why a server cannot be so, and sends nothing", function()
    local status, out, err = at("check-port", "85", "api/web1")
    assert.same({ 1, "", "haproxyadmin: api/web1: process 1: it has no health check\n" }, { status, out, err })
    status, out, err = at("agent", "up", "api/web1")
    assert.same({ 1, "" }, { status, out })
    assert.matches("agent checks are not enabled", err:lower())
  end)

  it("waits until servers are so, and changes nothing", function()
    assert.equal(0, (at("wait", "--for", "up", "api/web1")))
    assert.equal(0, (at("wait", "--for", "empty", "app/*")))
    assert.equal(0, (at("wait", "--for", "maint", "app/web2")))
    local status, _, err = at("wait", "--for", "drain", "-t", "200ms", "api/web1")
    assert.equal(5, status)
    assert.matches("api/web1 is no check with 0 sessions in process 1, not DRAIN", err)
    assert.equal(2, (at("wait", "api/web1")))
    assert.equal("no check no check no check", stat("api/web1", "status"))
  end)

  it("tells what was done as data where that is asked for", function()
    local line = "haproxyadmin server weight 5 api/web1 api/web2 --yes -D %s -o json | "
      .. "jq -rc '.items[] | [.object, .changed, .processes, .failed]'"
    local status, out = installed.shell(line:format(farm:folder()))
    assert.equal(0, status)
    assert.equal('["api/web1",true,[1,2,3],[]]\n["api/web2",true,[1,2,3],[]]\n', out)
  end)

  it("says which processes did not do it", function()
    local killed = haproxy.start { processes = 2, origin = false, config = config }
    killed:kill(2)
    local sockets = { "-s", killed.sockets[1], "-s", killed.sockets[2], "--retry", "0" }
    local unpack = table.unpack or unpack -- luacheck: ignore
    local status, out, err = run("weight", "3", "api/web1", unpack(sockets))
    killed:stop()
    assert.same({ 3, "api/web1 has the weight 3 (1 of 1 processes)\n" }, { status, out })
    assert.matches("admin2.sock", err)
  end)

  if haproxy.version() >= 206 then
    it("adds servers and deletes them", function()
      local status, out = at("add", "api/web9", "127.0.0.1:99", "check", "weight=33", "--dry-run", "-H")
      assert.equal(0, status)
      assert.equal(
        "api/web9\t1,2,3\t\t127.0.0.1:99\tadd server api/web9 127.0.0.1:99 check weight 33\n"
          .. "api/web9\t1,2,3\t\t\tenable health api/web9\napi/web9\t1,2,3\t\t\tenable server api/web9\n",
        out
      )
      assert.equal("", stat("api/web9", "weight"))
      status, out = at("add", "api/web9", "127.0.0.1:99", "weight=33")
      assert.same({ 0, "api/web9 was added (3 of 3 processes)\n" }, { status, out })
      assert.equal("33 33 33", stat("api/web9", "weight"))
      assert.equal(2, (at("del", "api/web9")))
      status, out = at("del", "api/web9", "--yes")
      assert.same({ 0, "api/web9 was deleted (3 of 3 processes)\n" }, { status, out })
      assert.equal("", stat("api/web9", "weight"))
    end)
  end
end)
