-- What the keys of top do to servers, read back by another connection.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local terminals = require "spec.support.terminal"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  server web1 127.0.0.1:8001 weight 10
  server web2 127.0.0.1:8001 weight 10
  server web3 127.0.0.1:8001 weight 10
]]

describe("haproxyadmin top", function()
  local farm, terminal, hap

  before_each(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    terminal = terminals.open(120, 24)
  end)

  after_each(function()
    terminal:close()
    farm:stop()
  end)

  local function start(more)
    terminal:type(("haproxyadmin top -D %s -d 0.3 %s"):format(farm:folder(), more or ""))
    terminal:shows("2/2 processes", "3 of 3 servers", ">")
  end

  -- What each process says of a server, as one text.
  local function all(name, column)
    return table.concat(assertions.column(hap, "app", name, column), " ")
  end

  it("shows a plan, asks, and tells what each process did", function()
    start()
    terminal:press("Home", "d")
    local text = terminal:shows "Drain app/web1? y/N"
    assert.matches("2 commands in 1 exchange", text)
    assert.matches("processes 1, 2:\n +set server app/web1 state drain", text)
    terminal:press "n"
    terminal:shows "nothing was changed"
    assert.equal("no check no check", all("web1", "status"))

    terminal:press "d"
    terminal:shows "Drain app/web1? y/N"
    terminal:press "y"
    terminal:shows("app/web1 is draining (2 of 2 processes)", "DRAIN")
    assert.equal("DRAIN DRAIN", all("web1", "status"))

    terminal:press "F10"
    terminal:shows "Put into maintenance app/web1? y/N"
    terminal:press "y"
    terminal:shows "app/web1 is in maintenance (2 of 2 processes)"
    assert.equal("MAINT MAINT", all("web1", "status"))

    terminal:press "r"
    terminal:shows "Make ready app/web1? y/N"
    terminal:press "y"
    terminal:shows "app/web1 is ready (2 of 2 processes)"
    assert.equal("no check no check", all("web1", "status"))

    terminal:press "l"
    -- The first of them is on the screen before.
    text = terminal:shows("app/web1 is ready", "app/web1 is in maintenance", "app/web1 is draining")
    assert.matches("app/web1 is ready.+app/web1 is in maintenance.+app/web1 is draining", text)
  end)

  it("changes the weight of those that are marked", function()
    start()
    terminal:press("Home", "Space", "Space")
    terminal:shows "3 of 3 servers, 2 marked"
    terminal:press "+"
    terminal:shows "Change the weight by +1 app/web1, app/web2? y/N"
    terminal:press "y"
    terminal:shows("app/web1 has another weight", "app/web2 has another weight")
    assert.same({ "11 11", "11 11", "10 10" }, { all("web1", "weight"), all("web2", "weight"), all("web3", "weight") })
    terminal:press "Escape"
    terminal:press "Escape"
    terminal:lacks "marked"
    terminal:press("End", "w")
    terminal:shows "weight (0 to 256"
    terminal:type "much"
    terminal:shows "a number expected"
    terminal:press "C-u"
    terminal:type "77"
    terminal:shows "Set the weight of app/web3: 77? y/N"
    terminal:press "y"
    terminal:shows "app/web3 has another weight (2 of 2 processes)"
    assert.same({ "11 11", "77 77" }, { all("web1", "weight"), all("web3", "weight") })
  end)

  it("takes the last servers of a backend out only for who types yes", function()
    start()
    terminal:press("*", "m")
    terminal:shows "Type yes:"
    terminal:press("y", "Enter")
    terminal:shows "nothing was changed"
    assert.equal("no check no check", all("web1", "status"))
    terminal:press "m"
    terminal:shows "Type yes:"
    terminal:type "yes"
    terminal:shows "app/web3 is in maintenance"
    assert.same({ "MAINT MAINT", "MAINT MAINT" }, { all("web1", "status"), all("web3", "status") })
  end)

  it("ends sessions", function()
    start()
    terminal:press("Home", "K")
    assert.matches("shutdown sessions server app/web1", (terminal:shows "End all sessions of app/web1? y/N"))
    terminal:press "y"
    terminal:shows "app/web1 has no sessions any more (2 of 2 processes)"
  end)

  it("changes nothing where it is read-only", function()
    start "--read-only"
    terminal:shows "read-only"
    for _, key in ipairs { "d", "m", "r", "w", "+", "-", "K", "F9" } do
      terminal:press(key)
      terminal:shows "read-only: nothing is changed"
      terminal:press "Escape"
      terminal:lacks "nothing is changed"
    end
    assert.equal("no check no check", all("web1", "status"))
  end)

  it("goes on without a process that dies, and tells of it", function()
    start()
    farm:kill(2)
    terminal:shows "1/2 processes, 2 away"
    -- In red, and bold.
    assert.matches("\27%[[%d;]*31m1/2 processes, 2 away", terminal:screen(true))
    terminal:press "7"
    local text = terminal:shows "AWAY"
    assert.matches("2 +AWAY[^\n]+admin2%.sock: refused", text)
    assert.matches("\27%[[%d;]*31m *AWAY", (terminal:screen(true):gsub("\27%[0?m", "")))
    terminal:press "1"
    terminal:shows("3 of 3 servers", "1/2")
    terminal:press("Home", "d")
    terminal:shows "Drain app/web1? y/N"
    terminal:press "y"
    -- One did it, the other cannot be asked.
    terminal:shows("process 2: ", "has no process behind it")
    terminal:press "Escape"
    terminal:press "l"
    terminal:shows("process 2 does not answer", "app/web1:")
    terminal:press "1"
    terminal:shows "DRAIN"
    -- It comes back as another process, and is one of them again.
    haproxy.shell(("%s -D -p %s -f %s"):format(farm.program, farm:process(2).pid_file, farm:process(2).file))
    terminal:shows "2/2 processes"
    terminal:press "8"
    terminal:shows "process 2 answers again"
  end)
end)
