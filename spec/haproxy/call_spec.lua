local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"
local testing = require "haproxyadmin.testing"

local raises = assertions.raises

describe("a call", function()
  local farm, hap

  before_each(function()
    farm = haproxy.start { processes = 3, origin = false }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
  end)

  after_each(function()
    farm:stop()
  end)

  local function seconds(fn, ...)
    local start = core.now()
    fn(...)
    return core.now() - start
  end

  -- Runs a shell command in a while.
  local function later(delay, command)
    haproxy.shell(("(sleep %s; %s) >/dev/null 2>&1 &"):format(delay, command))
  end

  -- Runs a shell command once somebody asks process n, which stands still, or after a minute.
  local function when_asked(n, command)
    local asked = [[awk '$4 == "00000000" && index($8, "%s") == 1 { found = 1 } END { exit !found }' /proc/net/unix]]
    local wait = "i=0; until %s; do [ $i -lt 1200 ] || break; sleep 0.05; i=$((i + 1)); done; sleep 0.2"
    later(0, wait:format(asked:format(farm.sockets[n])) .. "; " .. command)
  end

  local function pid_of(n)
    return hap:processes()[n].pid
  end

  it("ends by its deadline while a process stalls", function()
    local err = assertions.in_limit(function(limit)
      farm:signal(2, "CONT")
      local hasty = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = limit }
      farm:signal(2, "STOP")
      local took = seconds(function()
        local found = raises("SocketTimeout", "timeout", hasty.frontends, hasty)
        assert.equal(farm.sockets[2], found.socket_file)
      end)
      assert.is_true(took >= limit and took < limit + 20, took)
      local found = raises("SocketTimeout", "timeout", hasty.setmaxconn, hasty, 50)
      return assertions.only_failed(found, 2) and found
    end)
    assert.matches("may have run", err.message)
    assert.matches("taken by process 1, 3", err.message)
    assert.same({ true, false, true }, { err.results[1].ok, err.results[2].ok, err.results[3].ok })
    farm:signal(2, "CONT")
  end)

  it("tells a connection that was cut", function()
    local pid = pid_of(2)
    farm:signal(2, "STOP")
    when_asked(2, "kill -KILL " .. pid)
    local err = raises("SocketTransportError", "closed", hap.setmaxconn, hap, 50)
    assert.equal(farm.sockets[2], err.socket_file)
    assert.matches("may have run", err.message)
  end)

  it("tells a process that is gone, and a socket that is gone", function()
    farm:kill(3)
    local err = raises("SocketConnectionError", "refused", hap.backends, hap)
    assert.equal(farm.sockets[3], err.socket_file)
    haproxy.shell("rm " .. farm.sockets[3])
    raises("SocketConnectionError", "not_found", hap.backends, hap)
  end)

  it("refuses replies that are too large", function()
    local small = haproxyadmin.HAProxy { socket_dir = farm:folder(), max_reply = 3500, timeout = 10 }
    raises("SocketTransportError", "too_big", small.snapshot, small)
  end)

  it("tells when something else answers", function()
    farm:reload(2, function(config)
      return (config:gsub("stats socket (%S+) mode 600 level admin", "maxconn 100")
        .. "frontend other\n  bind unix@" .. farm.sockets[2] .. "\n")
    end)
    raises("SocketApplicationError", "failed", hap.frontends, hap)
    local err = raises("SocketApplicationError", "failed", hap.setmaxconn, hap, 50)
    assert.is_false(err.results[2].ok)
    assert.equal("failed", err.results[2].code)
  end)

  -- Replies of process 1, as if it were of HAProxy 2.2 and, with "1", ending.
  local function old_replies(stopping)
    local replies = {}
    for _, line in ipairs { "show info", "show stat", "show stat -1 1 -1", "show stat www 1 -1" } do
      replies[line] = table.concat(hap:processes()[1]:command(line), "\n")
      if stopping == "1" and line ~= "show info" then
        replies[line] = replies[line]:match "^[^\n]*"
      end
    end
    replies["show info"] = replies["show info"]
      :gsub("\nVersion: [^\n]*", "\nVersion: 2.2.9")
      :gsub("\nStopping: %d", "\nStopping: " .. stopping)
    return replies
  end

  it("asks the successor of a process that is ending and hides its proxies", function()
    local replies, ending = old_replies "0", old_replies "1"
    local function hidden(stat)
      return { "reply", ending["show info"] .. "\n\n" .. ending[stat] .. "\n\n" }
    end
    local empty = { "reply", ending["show stat www 1 -1"] .. "\n\n" }
    local fake = testing.start { replies = replies }
    local old = haproxyadmin.HAProxy { sockets = { fake.address }, retry = 3, retry_interval = 0.01, timeout = 10 }
    local frontend = old:frontend "www"
    fake:script { hidden "show stat -1 1 -1", hidden "show stat -1 1 -1", "answer" }
    local list = old:frontends()
    local asked = #fake:received()
    fake:script { hidden "show stat", "answer" }
    local snapshot = old:snapshot()
    fake:script { empty, hidden "show stat -1 1 -1", "answer" }
    local found = old:frontend "www"
    fake:script { empty, hidden "show stat -1 1 -1", "answer" }
    local status = frontend:get "status"
    -- What stays hidden is believed in the end; without retries at once.
    fake:script { hidden "show stat -1 1 -1" }
    local last = old:frontends()
    local tries = #fake:received()
    fake:stop()
    assert.equal(2, #list)
    assert.equal(3, asked)
    assert.equal(2, #snapshot:frontends())
    assert.equal("www", found.name)
    assert.equal("OPEN", status)
    assert.equal(0, #last)
    assert.equal(4, tries)
  end)

  it("sends again what a process that is ending refused", function()
    local replies = old_replies "0"
    for _, line in ipairs { "show stat -1 4 -1", "show stat -1 6 -1" } do
      replies[line] = table.concat(hap:processes()[1]:command(line), "\n")
    end
    replies["set weight app/app1 5"] = ""
    local fake = testing.start { replies = replies }
    local old = haproxyadmin.HAProxy { sockets = { fake.address }, retry = 3, retry_interval = 0.01, timeout = 10 }
    local server = old:server("app1")[1]
    local refusal = { "reply", "Proxy is disabled.\n\n" }
    fake:script { refusal, refusal, "answer" }
    local ok = server:setweight(5, { die = false })
    local received = fake:received()
    fake:script { refusal }
    local _, err = server:setweight(5, { die = false })
    local tries = #fake:received()
    fake:stop()
    assert.is_true(ok)
    assert.equal(3, #received)
    for _, entry in ipairs(received) do
      assert.equal("set weight app/app1 5", entry.command)
    end
    assert.equal("CommandFailed", err.name)
    assert.equal("in_use", err.code)
    assert.equal(4, tries)
  end)

  it("tells that a level is too low", function()
    local low = haproxy.start { processes = 1, origin = false, level = "user" }
    local user = haproxyadmin.HAProxy { socket_file = low.sockets[1], timeout = 10 }
    local frontend = user:frontend "www"
    local err = raises("CommandFailed", "permission", frontend.disable, frontend)
    local server = user:server("app2")[1]
    local address = server.address
    local other = select(2, server:setport(80, { die = false }))
    local dump = select(2, user:errors { die = false })
    low:stop()
    assert.matches("level admin", err.message)
    assert.is_nil(address)
    assert.equal("unsupported", other.code)
    assert.equal("permission", dump.code)
  end)

  it("tells that a socket may no longer be opened", function()
    local ready = farm.dir .. "/ready"
    haproxy.shell(("mkdir -m 777 %s; chmod 755 %s %s"):format(ready, farm.dir, farm:folder()))
    for _, socket in ipairs(farm.sockets) do
      haproxy.shell("chmod 666 " .. socket)
    end
    local file = farm.dir .. "/permission.lua"
    haproxy.write(
      file,
      ([[
        local hap = require("haproxyadmin").HAProxy { socket_dir = %q, timeout = 10 }
        assert(io.open(%q, "w")):close()
        local deadline = os.time() + 60
        local err
        repeat
          err = select(2, hap:frontends { die = false })
        until err or os.time() > deadline
        print(err.name, err.code, err.message)
      ]]):format(farm:folder(), ready .. "/now")
    )
    local wait = "i=0; while [ ! -e %s/now ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done"
    later(0, wait:format(ready) .. "; chmod 600 " .. farm.sockets[1])
    local _, text = program.as_nobody(file)
    assert.matches("SocketPermissionError\tpermission\t", text)
    assert.matches("mode 0600; the caller is user 65534", text)
  end)

  describe("tries again", function()
    local function patient(retry, interval)
      return haproxyadmin.HAProxy {
        sockets = farm.sockets,
        retry = retry,
        retry_interval = interval or 0.2,
        timeout = 10,
      }
    end

    it("not at all, or as often as it is told", function()
      farm:kill(1)
      local never, twice = patient(false, 60), patient(2)
      assert.is_true(seconds(raises, "SocketConnectionError", nil, never.frontends, never) < 30)
      assert.is_true(seconds(raises, "SocketConnectionError", nil, twice.frontends, twice) >= 0.4)
    end)

    for _, retry in ipairs { 0, 100 } do
      it("until the process is there, with retry = " .. retry, function()
        local stubborn = patient(retry)
        local process = farm:process(1)
        farm:kill(1)
        later(0.5, ("%s -D -p %s -f %s"):format(farm.program, process.pid_file, process.file))
        assert.is_true(stubborn:setmaxconn(60))
        for _, info in ipairs(stubborn:info()) do
          assert.equal(60, info.Maxconn)
        end
      end)
    end

    it("a reading that was cut, but not a command that may have run", function()
      local process = farm:process(2)
      local again = ("kill -KILL %d; %s -D -p %s -f %s"):format(
        pid_of(2),
        farm.program,
        process.pid_file,
        process.file
      )
      local stubborn = patient(100)
      farm:signal(2, "STOP")
      when_asked(2, again)
      assert.equal("www", stubborn:frontend("www").name)

      stubborn = patient(100)
      again = again:gsub("KILL %d+", "KILL " .. stubborn:processes()[2].pid)
      farm:signal(2, "STOP")
      when_asked(2, again)
      raises("SocketTransportError", "closed", stubborn.setmaxconn, stubborn, 70)
      assert.are_not.equal(70, patient(100):info()[2].Maxconn)
    end)
  end)

  it("says what refused the second part of a reading", function()
    local fake = testing.start {
      replies = {
        ["show info"] = "Name: HAProxy\nVersion: 2.6.12\nPid: 7\n",
        ["show info;show stat"] = "Name: HAProxy\nVersion: 2.6.12\nPid: 7\n\nPermission denied\n",
      },
    }
    local asked = haproxyadmin.HAProxy { socket_file = fake.address, retry = false, timeout = 10 }
    local err = raises("CommandFailed", "permission", asked.snapshot, asked)
    assert.matches("Permission denied", err.message)
    fake:stop()
  end)
end)
