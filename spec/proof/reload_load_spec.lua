local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

-- A reload takes HAProxy some 50 ms; the calls in between are the point.
local RELOADS = 200

describe("over many reloads, with commands in flight", function()
  local farm

  setup(function()
    farm = haproxy.start {
      processes = 1,
      origin = false,
      config = [[
frontend f
  bind unix@{dir}/f{n}.sock
  default_backend b
backend b
  server s1 127.0.0.1:1 weight 10
  server s2 127.0.0.1:1 weight 10
]],
    }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Reloads one after the other beside us; `done` stands there afterwards.
  local function reload_meanwhile(done)
    local process = farm:process(1)
    local script = farm.dir .. "/reloads"
    haproxy.write(
      script,
      ([[
        n=0
        while [ $n -lt %d ]; do
          %s -D -p %s -f %s -sf $(cat %s) || echo failed >>%s/failed
          n=$((n + 1))
        done
        touch %s
      ]]):format(RELOADS, farm.program, process.pid_file, process.file, process.pid_file, farm.dir, done)
    )
    os.execute(("sh %s >/dev/null 2>&1 &"):format(script))
  end

  it(("objects hold over %d of them"):format(RELOADS), function()
    local hap = haproxyadmin.HAProxy {
      socket_file = farm.sockets[1],
      retry = 20,
      retry_interval = 0.05,
      timeout = 10,
    }
    local frontend, backend, server = hap:frontend "f", hap:backend "b", hap:server("s2")[1]
    local done = farm.dir .. "/done"
    local function read(object, property)
      local value, err = object:get(property)
      assert.is_nil(err, tostring(err))
      return value
    end
    local pids, seen, reads, written = {}, 0, 0, 0
    reload_meanwhile(done)
    local deadline = core.now() + 400
    while not core.path(done) and core.now() < deadline do
      local status = read(frontend, "status")
      assert.is_true(status == "OPEN" or status == "STOP", status)
      assert.equal(0, read(backend, "requests"))
      local weight = read(server, "weight")
      assert.is_true(weight == 10 or weight == 11)
      local snapshot = hap:snapshot()
      local info = snapshot:info()[1]
      assert.equal(2, #snapshot:servers())
      assert.equal("b", hap:backend("b").name)
      assert.equal(1, #hap:frontends())
      assert.equal(2, #hap:servers())
      if not pids[info.Pid] then
        pids[info.Pid], seen = true, seen + 1
      end
      reads = reads + 7
      -- A command may meet a process that is ending; then it says so.
      local ok, err = server:setweight(11, { die = false })
      if ok then
        written = written + 1
      else
        assert.is_truthy(err.message:find("may have run", 1, true), tostring(err))
      end
    end
    assert.is_not_nil(core.path(done))
    assert.is_nil(core.path(farm.dir .. "/failed"))
    assert.is_true(seen > 10, seen)
    assert.is_true(written > 10 and reads > 50)
    assert.is_true(server:setweight(12))
    assert.equal(12, server.weight)
  end)
end)
