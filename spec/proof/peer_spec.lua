-- Python's haproxyadmin reads the stats sockets; this module reads those, and a master's. Both
-- count the same, also behind a reload.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local config = [[
frontend www
  bind unix@{dir}/www%s.sock
  http-request deny if { path /denied }
  default_backend app
backend app
  server s1 unix@{dir}/origin%s.sock
  server s2 unix@{dir}/origin%s.sock weight 2
frontend origin
  bind unix@{dir}/origin%s.sock
  http-request return status 404 content-type text/plain string gone if { path /missing }
  http-request return status 200 content-type text/plain string hello
]]

local counters = { "stot", "bin", "bout", "hrsp_2xx", "hrsp_4xx", "dreq" }

-- Where spec/bench/peer-packages has put Python's module.
local PEER = (os.getenv "BUILD" or "build") .. "/bench/peer/usr/lib/python3/dist-packages"

local function sorted(lines)
  table.sort(lines)
  return table.concat(lines, "\n")
end

-- What Python's module says of a folder, or of one socket.
local function of_peer(where)
  local ok, text = haproxy.shell(("PYTHONPATH=%s python3 spec/support/peer_sums.py %s 2>&1"):format(PEER, where))
  assert.is_true(ok, text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return sorted(lines)
end

-- The same of a HAProxy object, or of a snapshot.
local function of_ours(source)
  local lines = {}
  local function tell(kind, name, object)
    for _, counter in ipairs(counters) do
      if counter ~= "dreq" or kind == "frontend" then
        lines[#lines + 1] = ("%s %s %s %d"):format(kind, name, counter, object:metric(counter))
      end
    end
  end
  for _, frontend in ipairs(source:frontends()) do
    tell("frontend", frontend.name, frontend)
  end
  for _, backend in ipairs(source:backends()) do
    tell("backend", backend.name, backend)
    for _, server in ipairs(backend:servers()) do
      tell("server", ("%s/%s"):format(backend.name, server.name), server)
    end
  end
  return sorted(lines)
end

local function ask(address, count)
  for i = 1, count do
    local path = i % 5 == 0 and "/denied" or i % 3 == 0 and "/missing" or "/"
    local answer = master.ask(address, ("GET %s HTTP/1.0\r\nHost: example.test\r\n\r\n"):format(path))
    assert.matches("^HTTP/1", answer)
  end
end

-- What Python's module says, and a source that says something else, if there is one.
local function compare(where, sources)
  local peer = of_peer(where)
  for _, source in ipairs(sources) do
    for _, own in ipairs { of_ours(source), of_ours(source:snapshot()) } do
      if own ~= peer then
        return peer, own
      end
    end
  end
  return peer
end

-- All sources say what Python's module does, and that there were so many requests. A session is
-- counted when it has ended, which is a moment behind its answer.
local function assert_alike(where, sources, requests)
  local deadline = core.now() + 60
  local wanted = ("frontend www stot %d\n"):format(requests)
  local peer, other
  repeat
    peer, other = compare(where, sources)
  until not other and peer:find(wanted, 1, true) or core.now() > deadline
  assert.equal(peer, other or peer)
  assert.matches(wanted, peer, 1, true)
end

describe("Python's module and this one", function()
  it("count the same behind a worker's socket and through its master, and behind a reload", function()
    local m = master.start { config = config:gsub("%%s", "") }
    local sources = {
      haproxyadmin.HAProxy { socket_file = m.stats, timeout = 20 },
      haproxyadmin.HAProxy { master = m.socket, timeout = 20 },
      haproxyadmin.HAProxy { master = m.socket, timeout = 20, keep = true },
    }
    for _, count in ipairs { 31, 17 } do
      ask(m.dir .. "/www.sock", count)
      assert_alike(m.stats, sources, count)
      m:reload()
    end
    sources[3]:close()
    m:stop()
  end)

  it("count the same over several processes, one of which was reloaded", function()
    local farm = haproxy.start { processes = 3, origin = false, config = config:gsub("%%s", "{n}") }
    local sources = {
      haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 },
      haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 20, keep = true },
    }
    for n = 1, 3 do
      ask(("%s/www%d.sock"):format(farm.dir, n), 10 * n)
    end
    assert_alike(farm:folder(), sources, 60)
    farm:reload(2)
    ask(farm.dir .. "/www2.sock", 7)
    assert_alike(farm:folder(), sources, 47)
    sources[2]:close()
    farm:stop()
  end)
end)
