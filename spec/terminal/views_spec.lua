-- What top shows: views, filters, order, sizes.

local haproxy = require "spec.support.haproxy"
local terminals = require "spec.support.terminal"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
frontend admin
  bind unix@{dir}/api{n}.sock
  default_backend api
backend app
  http-request return status 503
  server web1 127.0.0.1:8001 weight 10
  server web2 127.0.0.1:8001 weight 20
  server web3 127.0.0.1:8001 weight 30 disabled
backend api
  server web1 127.0.0.1:8001
  server web9 127.0.0.1:8001
]]

describe("haproxyadmin top", function()
  local farm, terminal

  setup(function()
    farm = haproxy.start { processes = 3, origin = false, config = config }
    terminal = terminals.open(120, 24)
    terminal:type(("haproxyadmin top -D %s -d 0.3"):format(farm:folder()))
    terminal:shows("3/3 processes", "5 of 5 servers")
  end)

  teardown(function()
    terminal:close()
    farm:stop()
  end)

  -- In which order the lines stand that begin with these names.
  local function order(text, pattern)
    local found = {}
    for line in text:gmatch "[^\n]+" do
      found[#found + 1] = line:match(pattern)
    end
    return table.concat(found, " ")
  end

  it("shows eight views", function()
    local titles = {
      { "2", "UP ", "2 of 2 backends", "RETR/S" },
      { "3", "CONN/S", "2 of 2 frontends", "OPEN" },
      { "4", "CONNECT", "9 of 9 rows", "FRONTEND" },
      { "5", "ECON/S", "9 of 9 rows", "BACKEND" },
      { "6", "DOWNTIME", "5 of 5 servers" },
      { "7", "UPTIME", "3 of 3 processes", "stats/admin2.sock" },
      { "8", "WHAT", "entries" },
      { "1", "WEIGHT", "5 of 5 servers", "MAINT" },
    }
    for _, wanted in ipairs(titles) do
      terminal:press(wanted[1])
      terminal:shows((table.unpack or unpack)(wanted, 2)) -- luacheck: compat
    end
    terminal:press "Tab"
    terminal:shows "2 of 2 backends"
    terminal:press("BTab", "BTab")
    terminal:shows "entries"
    terminal:press "1"
    terminal:shows "5 of 5 servers"
  end)

  it("filters by names, by status and by numbers", function()
    local filters = {
      { "app/web*", "3 of 5 servers" },
      { "*/web1", "2 of 5 servers" },
      { "api", "2 of 5 servers" },
      { "status:maint", "1 of 5 servers" },
      { "!app weight=1", "2 of 5 servers" },
      { "weight>15", "2 of 5 servers" },
    }
    for _, wanted in ipairs(filters) do
      terminal:press "/"
      terminal:shows "filter: "
      terminal:press "C-u"
      terminal:type(wanted[1])
      terminal:shows("/" .. wanted[1], wanted[2])
    end
    terminal:press "/"
    terminal:press "C-u"
    terminal:type "status:lost"
    terminal:shows "no status is called 'lost'"
    terminal:press "Escape"
    terminal:lacks "no status"
    terminal:press "Escape"
    terminal:shows "5 of 5 servers"
    terminal:press "!"
    local text = terminal:shows("only what is wrong", "1 of 5 servers")
    assert.matches("app +web3 +MAINT", text)
    terminal:press "Escape"
    terminal:shows "5 of 5 servers"
  end)

  it("sorts, and hides columns", function()
    local function sorted(column)
      for _ = 1, 20 do
        if terminal:screen():find(column, 1, true) then
          return
        end
        local before = terminal:screen():match "[%w/]+[▾▴]"
        terminal:press "s"
        terminal:waits_for(function(text)
          return text:match "[%w/]+[▾▴]" ~= before
        end, "another column")
      end
      error(column .. " is not sorted by")
    end
    sorted "WEIGHT▾"
    terminal:waits_for(function(text)
      return order(text, "^. +app +(web%d)") == "web3 web2 web1"
    end, "the heaviest first")
    terminal:press "R"
    terminal:shows "WEIGHT▴"
    terminal:waits_for(function(text)
      return order(text, "^. +app +(web%d)") == "web1 web2 web3"
    end, "the lightest first")
    terminal:press "c"
    terminal:shows("[x] QUEUE", "[ ] TOTAL")
    for _ = 1, 8 do
      terminal:press "Down"
    end
    terminal:press "Space"
    terminal:shows "[ ] QUEUE"
    terminal:press "Escape"
    terminal:lacks "QUEUE"
    terminal:shows "WEIGHT▴"
  end)

  it("opens an object, process by process", function()
    terminal:press "2"
    terminal:shows "2 of 2 backends"
    terminal:press("Home", "Enter")
    terminal:shows("backend", "in 3 of 3 processes", "process 1", "process 3", "requests/s", "RETR/S")
    terminal:press "Escape"
    terminal:shows "2 of 2 backends"
    terminal:press("7", "Home", "Enter")
    terminal:shows("process 1", "CumReq", "lines 1-")
    terminal:press("Escape", "1")
    terminal:shows "5 of 5 servers"
  end)

  it("shows rates and 5xx of all processes, in colour", function()
    for n = 1, 3 do
      farm:traffic(n, "www", 30)
    end
    terminal:press "2"
    terminal:waits_for(function()
      farm:traffic(1, "www", 30)
      return terminal:screen():match "5xx/s [1-9]" ~= nil
    end, "5xx/s")
    assert.matches("\27%[[%d;]*36m[▁▂▃▄▅▆▇█ ]+", terminal:screen(true))
    terminal:press "1"
    terminal:shows "5 of 5 servers"
  end)

  it("looks at one process, and at all again", function()
    terminal:press("p", "p")
    terminal:shows("process 2 only", "1/1")
    terminal:press "p"
    terminal:shows "process 3 only"
    terminal:press "a"
    terminal:lacks "only"
    terminal:shows "3/3"
  end)

  it("pauses, and asks for another interval", function()
    terminal:press "z"
    terminal:shows "PAUSED"
    terminal:press "z"
    terminal:shows "every 0.3s"
    terminal:press "i"
    terminal:shows "seconds between two readings: 0.3"
    terminal:press "C-u"
    terminal:type "none"
    terminal:shows "a number from 0.1 to 3600 expected"
    terminal:press "C-u"
    terminal:type "0.2"
    terminal:shows "every 0.2s"
  end)

  it("appends a row to a file, as JSON", function()
    terminal:press "/"
    terminal:type "api/web1"
    terminal:shows "1 of 5 servers"
    terminal:press "x"
    terminal:shows "append to file: haproxyadmin-top.ndjson"
    terminal:press "Enter"
    terminal:shows "appended to haproxyadmin-top.ndjson"
    local file = assert(io.open(terminal.dir .. "/haproxyadmin-top.ndjson"))
    local row = require("dkjson").decode(file:read "*a")
    file:close()
    assert.same({ "api", 3 }, { row.backend, #row.processes })
    assert.equal("api", row.processes[3].stat.pxname)
    terminal:press "Escape"
    terminal:shows "5 of 5 servers"
  end)

  it("fits into any size", function()
    terminal:resize(60, 10)
    local text = terminal:shows("3/3 processes", "SERVER", "STATUS")
    for line in text:gmatch "[^\n]+" do
      assert.is_true(#line:gsub("[\128-\191]", "") <= 60, line)
    end
    terminal:resize(40, 8)
    terminal:shows "haproxyadmin top: 3/3 processes, at"
    terminal:lacks "SERVER"
    terminal:resize(200, 50)
    terminal:shows("5 of 5 servers", "LAST CHECK")
  end)
end)
