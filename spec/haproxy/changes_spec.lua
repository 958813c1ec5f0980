local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

-- As many that a dump does not fit into a socket's buffer: HAProxy goes on with
-- it when some of it was read, and changes meanwhile.
local SERVERS = 1500

-- A server's address and weight follow from its name, so that a value from
-- another's row shows.
local function address_of(number)
  return ("10.%d.%d.1"):format(math.floor(number / 256), number % 256)
end

local function weight_of(number)
  return number % 200 + 1
end

local function config()
  local lines = { "backend fixed\n" }
  for i = 1, SERVERS do
    lines[#lines + 1] = ("  server s%d %s:80 weight %d\n"):format(i, address_of(i), weight_of(i))
  end
  lines[#lines + 1] = "backend moving\n"
  return table.concat(lines)
end

-- Adds servers m1, m2, ... to a process and deletes them again, until the file
-- is there.
local CHANGER = [[
local core = require "haproxyadmin.core"
local hap = require("haproxyadmin").HAProxy { sockets = { arg[1] }, retry = 2, retry_interval = 0.02, timeout = 20 }
local place, count = "add server %s/m%d 10.99.0.%d:80 weight %d", 0
while core.path(arg[1]) and not core.path(arg[2]) do
  for _, backend in ipairs { "moving", "fixed" } do
    for i = 1, 9 do
      hap:command(place:format(backend, i, i, i), { die = false })
    end
  end
  for _, backend in ipairs { "moving", "fixed" } do
    for i = 1, 9 do
      hap:command(("del server %s/m%d"):format(backend, i), { die = false })
    end
  end
  count = count + 1
  local file = io.open(arg[3], "w")
  file:write(count)
  file:close()
end
]]

-- HAProxy 2.6 is the first that takes new servers while it runs.
local grows = haproxy.version() >= 206

describe("while HAProxy changes, a snapshot", function()
  local farm, hap, stop

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config() }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = 50, retry_interval = 0.05, timeout = 20 }
    stop = farm.dir .. "/stop"
    haproxy.write(farm.dir .. "/changer.lua", CHANGER)
    for n = 1, grows and 2 or 0 do
      os.execute(
        ("LUA_PATH='%s' LUA_CPATH='%s' %s %s/changer.lua %s %s %s/count%d >/dev/null 2>&1 &"):format(
          package.path,
          package.cpath,
          haproxy.interpreter(),
          farm.dir,
          farm.sockets[n],
          stop,
          farm.dir,
          n
        )
      )
    end
  end)

  teardown(function()
    haproxy.write(stop, "")
    farm:stop()
  end)

  local function count(n)
    local file = io.open(farm.dir .. "/count" .. n)
    local text = file and file:read "*a" or ""
    if file then
      file:close()
    end
    return tonumber(text) or 0
  end

  local function await_changes(n, least)
    local deadline = core.now() + 300
    while count(n) < least do
      assert(core.now() < deadline, "nothing changes")
      core.sleep(0.02)
    end
  end

  -- Every row is of the server whose name it has. Returns how many there are
  -- that are not in the configuration.
  local function check(snapshot)
    local seen, moving = {}, 0
    for _, server in ipairs(snapshot:servers()) do
      local kind, number = server.name:match "^([sm])(%d+)$"
      number = tonumber(number)
      local fixed = kind == "s"
      for _, entry in ipairs(server:stats_per_process()) do
        local row = entry[2]
        assert.equal(server.name, row.svname)
        assert.equal((fixed and address_of(number) or "10.99.0." .. number) .. ":80", row.addr)
        assert.equal(fixed and weight_of(number) or number, row.uweight or row.weight)
      end
      if fixed then
        assert.equal(2, #server.process_nb)
        assert.is_nil(seen[number])
        seen[number] = true
      else
        moving = moving + 1
      end
    end
    assert.equal(SERVERS, #seen)
    return moving
  end

  if grows then
    it("has each server once, with its own values", function()
      await_changes(1, 1)
      await_changes(2, 1)
      local before, moving = count(1) + count(2), 0
      for i = 1, 8 do
        moving = moving + check(hap:snapshot())
        await_changes(1 + i % 2, count(1 + i % 2) + 1)
      end
      assert.is_true(moving > 0)
      assert.is_true(count(1) + count(2) >= before + 8)
    end)
  end

  it("does not mix up rows when a process restarts with other ids", function()
    local function insert(text)
      return (text:gsub("backend fixed", "backend other\n  server s7 10.88.0.1:80\nbackend fixed", 1))
    end
    for i = 1, 3 do
      farm:reload(2, i == 1 and insert or nil)
      for _ = 1, 5 do
        local snapshot = hap:snapshot()
        for number = 1, SERVERS, 7 do
          local server = snapshot:server("s" .. number, "fixed")[1]
          assert.equal(address_of(number), server.address)
          assert.equal(2, #server.process_nb)
        end
      end
    end
    assert.equal("10.88.0.1", hap:snapshot():server("s7", "other")[1].address)
  end)
end)
