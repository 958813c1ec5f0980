-- Servers that come and go, again and again, and with a process that fails at each step.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

-- The first version that adds servers without experimental mode.
local SINCE = 205

local CYCLES = 1000

local config = [[
defaults named
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
backend app
  balance roundrobin
  server s1 127.0.0.1:1
]]

local faults = {
  "refuse",
  "stall",
  "close",
  "reset",
  "garbage",
  { "reply", "Permission denied\n\n" },
  { "reply", "No such backend.\n\n" },
}

local function describe_fault(fault)
  return type(fault) == "table" and fault[1] .. " " .. tostring(fault[2] or fault.at):gsub("\n", "") or fault
end

local function descriptors()
  collectgarbage()
  collectgarbage()
  return #core.list "/proc/self/fd"
end

describe("Servers that come and go", function()
  if haproxy.version() < SINCE then
    it("are unsupported on this version", function()
      assert.is_true(haproxy.version() < SINCE)
    end)
    return
  end

  local farm, fake, real, mixed

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    real = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 20 }
    -- What a process says that has a server "d".
    real:processes()[1]:command "add server app/d 127.0.0.1:1"
    real:processes()[1]:command "enable server app/d"
    local replies = {}
    for _, line in ipairs { "show info", "show stat app 6 -1", "show stat app 2 -1", "show stat -1 6 -1" } do
      replies[line] = table.concat(real:processes()[1]:command(line), "\n")
    end
    real:processes()[1]:command "disable server app/d"
    real:processes()[1]:command "del server app/d"
    for i, entry in ipairs {
      { "^add server", "New server registered." },
      { "^wait [^;]*$", "Done." },
      { "^del server [^;]*$", "Server deleted." },
      { "^enable [^;]*$", "" },
      { "^disable ", "" },
      { "^set ", "" },
      { "^shutdown ", "" },
      { "^add backend", "New backend registered." },
      { "^publish backend", "Backend published." },
      { "^unpublish backend", "Backend unpublished." },
      { "^del backend", "Backend deleted." },
    } do
      replies[i] = entry
    end
    fake = testing.start { replies = replies }
    mixed = haproxyadmin.HAProxy {
      sockets = { farm.sockets[1], fake.address, farm.sockets[2] },
      timeout = 1.5,
      retry = false,
    }
  end)

  teardown(function()
    if fake then
      fake:stop()
    end
    farm:stop()
  end)

  local function names()
    local found = {}
    for _, row in real:servers_state():each() do
      found[#found + 1] = row.srv_name
    end
    return table.concat(found, " ")
  end

  -- A fault behind so many connections that are answered.
  local function fail_at(step, fault)
    local script = {}
    for i = 1, step - 1 do
      script[i] = "answer"
    end
    script[step], script[step + 1] = fault, "answer"
    fake:script(script)
  end

  it("are added in all processes or in none, whatever fails", function()
    local backend = mixed:backend "app"
    local new = { name = "d", address = "127.0.0.1", port = 1, check = true, inter = "60s" }
    for step = 1, 2 do
      for _, fault in ipairs(faults) do
        local what = ("%s at step %d"):format(describe_fault(fault), step)
        fail_at(step, fault)
        local server, err = backend:add_server(new, { die = false })
        assert.is_nil(server, what)
        assert.matches("deleted again in process 1,", err.message, 1, true)
        assert.equal("s1 s1", names(), what)
      end
    end
    -- And of none: all have it.
    fake:script { "answer" }
    assert.equal("d", backend:add_server(new).name)
    assert.equal("s1 d s1 d", names())
    assert.is_true(backend:del_server "d")
    assert.equal("s1 s1", names())
  end)

  it("are in a state that is told where they cannot be deleted", function()
    local backend = mixed:backend "app"
    local own = real:backend "app"
    for step = 1, 4 do
      for _, fault in ipairs(faults) do
        local what = ("%s at step %d"):format(describe_fault(fault), step)
        own:add_server { name = "d", address = "127.0.0.1", port = 1 }
        fail_at(step, fault)
        local ok, err = backend:del_server("d", { die = false, timeout = 0.2 })
        -- A process that does not know the backend is without the server.
        if not (ok and describe_fault(fault):find "No such backend") then
          assert.is_nil(ok, what)
          local left = own:servers "d"
          if left[1] then
            local status = left[1].status
            local told = status == "MAINT" and err.message:find("maintenance", 1, true) or status == "no check"
            assert.is_truthy(told, what .. ": " .. status .. ": " .. err.message)
          else
            assert.matches("deleted in process 1, 3", err.message, 1, true)
          end
        end
        own:del_server("d", { missing_ok = true })
        assert.equal("s1 s1", names(), what)
      end
    end
  end)

  -- The first version that adds backends.
  if haproxy.version() >= 304 then
    it("have backends that are in all processes or in none, whatever fails", function()
      for step = 1, 2 do
        for _, fault in ipairs(faults) do
          local what = ("%s at step %d"):format(describe_fault(fault), step)
          fail_at(step, fault)
          local backend, err = mixed:add_backend({ name = "new", from = "named" }, { die = false })
          assert.is_nil(backend, what)
          assert.matches("deleted again in process 1,", err.message, 1, true)
          assert.equal(1, #real:backends(), what)
        end
      end
    end)
  end

  it(("leave nothing behind %d times"):format(CYCLES), function()
    local backend = real:backend "app"
    backend:add_server { name = "d", address = "127.0.0.1", port = 1 }
    backend:del_server "d"
    local before = descriptors()
    local function open_in_haproxy()
      local total = 0
      for _, info in ipairs(real:info()) do
        total = total + info.CurrConns
      end
      return total
    end
    local open = open_in_haproxy()
    for i = 1, CYCLES do
      local server = backend:add_server {
        name = "d" .. i % 7,
        address = "127.0.0.1",
        port = 1 + i,
        check = i % 2 == 0,
        inter = "60s",
      }
      if i % 100 == 0 then
        assert.equal(1 + i, server.port)
      end
      assert.is_true(backend:del_server(server.name))
    end
    assert.equal("s1 s1", names())
    assert.equal(before, descriptors())
    assert.equal(open, open_in_haproxy())
  end)
end)
