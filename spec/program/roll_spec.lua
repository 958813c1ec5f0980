-- haproxyadmin roll: what its commands saw, and what HAProxy's sockets say.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

local config = [[
frontend origin
  bind unix@{dir}/origin{n}.sock
  http-request return status 200
backend app
  balance roundrobin
  server web1 127.0.0.1:81 weight 100
  server web2 127.0.0.1:82 weight 100
  server web3 127.0.0.1:83 weight 100
backend api
  balance roundrobin
  server web1 127.0.0.1:91
  server web2 127.0.0.1:92
  server alone 127.0.0.1:93
backend one
  server only unix@{dir}/origin{n}.sock
]]

describe("haproxyadmin roll", function()
  local farm, hap, log

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    log = farm.dir .. "/log"
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  local function statuses(server)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      for _, line in ipairs(process:command "show stat") do
        local backend, name = line:match "^([^,]*),([^,]*),"
        if backend and backend .. "/" .. name == server then
          found[i] = line:match ",(no check),"or line:match ",(MAINT)," or line:match ",(DRAIN),"
        end
      end
    end
    return table.concat(found, " ")
  end

  before_each(function()
    for _, server in ipairs(hap:servers()) do
      server:setstate "ready"
    end
    haproxy.write(log, "")
  end)

  local function read(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  -- What a command does: it writes what it was given, and what the state of the server is.
  local function tool(last)
    local path = farm.dir .. "/tool"
    haproxy.write(
      path,
      ([[
rows=$(echo "show servers state" | socat - %s)
state=$(echo "$rows" | awk -v s="$1" '$2 == "app" && $4 == s { print $7 }')
echo "$* $HAPROXY_BACKEND/$HAPROXY_SERVER $HAPROXY_ADDRESS:$HAPROXY_PORT $state" >>%s
%s
]]):format(farm.sockets[1], log, last or "")
    )
    return path
  end

  local function roll(...)
    return installed.run("roll", "-D", farm:folder(), ...)
  end

  it("runs a command for each server, in maintenance, and brings it back", function()
    local status, out, err = roll("app/*", "--yes", "--", "sh", tool(), "{server}", "{address}:{port}", "a;b $HOME")
    assert.equal(0, status, err)
    assert.equal("1/3 app/web1 was rolled\n2/3 app/web2 was rolled\n3/3 app/web3 was rolled\n", out)
    assert.equal(
      [[
web1 127.0.0.1:81 a;b $HOME app/web1 127.0.0.1:81 1
web2 127.0.0.1:82 a;b $HOME app/web2 127.0.0.1:82 1
web3 127.0.0.1:83 a;b $HOME app/web3 127.0.0.1:83 1
]],
      read(log)
    )
    assert.matches("app/web1  drained in %d+s\napp/web1  command done in %d+s\napp/web1  up after %d+s\n", err)
    assert.equal("no check no check", statuses "app/web3")
  end)

  it("takes one name in several backends as one step, and grows its weight", function()
    local slow = { "--slow", "50%", "--slow-pause", "100ms" }
    local unpack = table.unpack or unpack -- luacheck: ignore
    slow[5], slow[6], slow[7], slow[8], slow[9], slow[10] = "--yes", "-q", "--", "sh", tool(), "{}"
    local status, out = roll("web[12]", "--group", "server", unpack(slow))
    assert.same({ 0, "" }, { status, out })
    assert.equal("web1 app,api/web1 127.0.0.1:81 1\nweb2 app,api/web2 127.0.0.1:82 1\n", read(log))
    assert.equal(100, hap:server("web1", "app")[1].weight)
    assert.equal("no check no check", statuses "api/web1")
  end)

  it("stops where a command fails, leaves that one in maintenance, and goes on later", function()
    local command = tool(("test $1 != web2 || test -e %s/mended"):format(farm.dir))
    local line = [[export XDG_STATE_HOME=%s/state
haproxyadmin roll -D %s 'app/*' --yes -- sh %s {server}; echo status $?]]
    local _, out, err = installed.shell(line:format(farm.dir, farm:folder(), command))
    assert.equal("1/3 app/web1 was rolled\nstatus 1\n", out)
    assert.matches("haproxyadmin: the command failed for app/web2 %(exit status 1%)\n", err)
    assert.matches("haproxyadmin: app/web2 is in maintenance\nhaproxyadmin: not touched: app/web3\n", err)
    assert.equal("MAINT MAINT", statuses "app/web2")
    assert.matches("\nWhen it is mended: haproxyadmin server ready app/web2 %-%-wait\n", err)
    local path = err:match "Go on with: haproxyadmin roll %-%-resume (%S+)\n"
    assert.is_not_nil(path, err)
    -- It fails again, and is still the first of those that are left.
    local status
    status, out, err = roll("--resume", path, "--yes")
    assert.same({ 1, "" }, { status, out })
    assert.matches("Go on with: haproxyadmin roll %-%-resume " .. path:gsub("%p", "%%%0"), err)
    haproxy.write(farm.dir .. "/mended", "")
    status, out, err = roll("--resume", path, "--yes")
    assert.equal(0, status, err)
    assert.equal("1/2 app/web2 was rolled\n2/2 app/web3 was rolled\n", out)
    assert.is_nil(io.open(path))
    assert.equal("no check no check", statuses "app/web2")
  end)

  it("takes some at once, goes on where some may fail, and pauses", function()
    -- While the first one's command runs the second one is out, too.
    local states = tool(([[echo "$rows" | awk '$2 == "app" { print $4, $7 }' >>%s.states]]):format(log))
    assert.equal(0, (roll("app/*", "--batch", "2", "--yes", "-q", "--", "sh", states, "{server}")))
    assert.matches("^web1 1\nweb2 1\nweb3 0\n", read(log .. ".states"))
    assert.equal(2, (roll("app/*", "--batch", "101%", "--yes", "--", "true")))
    local fails = tool "test $1 = web2"
    local status, out, err = roll("app/*", "--max-failures", "1", "--yes", "--", "sh", fails, "{server}")
    assert.equal(1, status)
    assert.matches("app/web1 is in maintenance\n", err)
    assert.matches("app/web3 is in maintenance\n", err)
    assert.equal("1/3 app/web2 was rolled\n", out)
    assert.equal("no check no check", statuses "app/web2")
    for _, name in ipairs { "web1", "web3" } do
      hap:server(name, "app")[1]:setstate "ready"
    end
    local began = core.now()
    assert.equal(0, (roll("app/web1", "app/web2", "--pause", "1s", "--yes", "-q", "--", "true")))
    assert.is_true(core.now() - began >= 1)
  end)

  it("asks, shows what it would do, and knows what it needs", function()
    local status, out, err = roll("app/*", "--", "true")
    assert.same({ 2, "" }, { status, out })
    assert.matches("3 servers, one after the other, are drained, and 'true' is run. Nobody can be asked", err)
    status, out, err = roll("app/*", "--dry-run", "-H", "--", "ssh", "{address}", "restart {server}")
    assert.equal(0, status, err)
    assert.equal(
      "1\tapp/web1\t127.0.0.1\tssh 127.0.0.1 restart web1\n"
        .. "2\tapp/web2\t127.0.0.1\tssh 127.0.0.1 restart web2\n"
        .. "3\tapp/web3\t127.0.0.1\tssh 127.0.0.1 restart web3\n",
      out
    )
    assert.equal(2, (roll("app/*", "--yes")))
    assert.equal(2, (roll("--yes", "--", "true")))
    assert.equal(2, (roll("app/*", "--yes", "--", "true", "{nothing}")))
    assert.equal(4, (roll("nope", "--yes", "--", "true")))
    status, out, err = roll("one/only", "--yes", "--", "true")
    assert.same({ 2, "" }, { status, out })
    assert.matches("min_up", err)
    status, out, err = roll("app/web1", "--yes", "--", farm.dir .. "/nowhere")
    assert.same({ 1, "" }, { status, out })
    assert.matches("cannot be run", err)
    assert.equal("MAINT MAINT", statuses "app/web1")
  end)

  it("leaves a server in a state that it tells when it is interrupted", function()
    local line = [[%s roll -D %s app/web1 --yes -- sh %s {server} & pid=$!
until test -s %s; do sleep 0.1; done
kill -INT $pid; wait $pid; echo status $?]]
    local command = tool "sleep 10"
    local _, out, err = installed.shell(line:format(os.getenv "PROGRAM", farm:folder(), command, log))
    assert.matches("status 130\n$", out)
    assert.matches("haproxyadmin: interrupted\nhaproxyadmin: app/web1 is in maintenance\n", err)
    assert.equal("MAINT MAINT", statuses "app/web1")
  end)
end)
