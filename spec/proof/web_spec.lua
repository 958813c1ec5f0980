-- A thousand clients who do not behave, and one who does.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local program = require "spec.support.program"

local eventually = assertions.eventually

describe("a site on a socket, in a crowd", function()
  local farm, port, pid

  local function read(path)
    local file = io.open(path)
    local text = file and file:read "*a" or ""
    if file then
      file:close()
    end
    return text
  end

  local function start(file, arguments, place)
    local lua, version = program.current()
    local command = "LUA_PATH='./lua/?.lua;./lua/?/init.lua;./?.lua;;' LUA_CPATH='./%s;;' "
      .. "%s spec/support/%s %s >%s/%s 2>&1 </dev/null & echo $! >%s/%s.pid"
    os.execute(command:format(program.build(version), lua, file, arguments, farm.dir, place, farm.dir, place))
  end

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    start("web_server.lua", farm:folder() .. " 512", "server")
    port = eventually(function()
      return read(farm.dir .. "/server"):match "^(%d+)\n"
    end)
    pid = read(farm.dir .. "/server.pid"):match "%d+"
  end)

  teardown(function()
    haproxy.shell("kill -KILL " .. pid)
    farm:stop()
  end)

  local function get(path)
    local pipe = assert(io.popen(("curl -s --max-time 30 'http://localhost:%s%s'"):format(port, path)))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  local function descriptors()
    return #core.list(("/proc/%s/fd"):format(pid))
  end

  local function memory()
    return tonumber(read(("/proc/%s/status"):format(pid)):match "VmRSS:%s*(%d+)")
  end

  it("answers who behaves, ends all others in time, and holds nothing of them", function()
    -- What is loaded with the first requests, and what the collector leaves behind them.
    for _ = 1, 200 do
      get "/healthz"
    end
    local before, held = descriptors(), nil
    for round = 1, 2 do
      local place = "crowd" .. round
      start("web_crowd.lua", ("%s 1000 %d"):format(port, round), place)
      local function ended()
        return read(farm.dir .. "/" .. place):match "^[^\n]+\n"
      end
      local answers = 0
      repeat
        -- All places for answers to /metrics may be taken; and in a burst of connections one that
        -- has not been looked at may be among those that go.
        eventually(function()
          return get("/healthz"):match "^2 of 2"
        end)
        answers = answers + 1
      until ended() and answers >= 20
      assert.matches("^1000 ", ended())
      eventually(function()
        return descriptors() <= before
      end)
      held = held or memory()
    end
    -- The second crowd costs no more than the first.
    assert.is_true(memory() < held + 20000, ("%d kB, then %d kB"):format(held, memory()))
    assert.matches("\nhaproxyadmin_build_info", get "/metrics")
    assert.is_nil(read(farm.dir .. "/server"):match "Uncaught[^\n]*")
  end)
end)
