local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local BACKENDS, SERVERS = 60, 10

local function many_servers()
  local lines = {}
  for b = 1, BACKENDS do
    lines[#lines + 1] = "backend be" .. b
    for s = 1, SERVERS do
      lines[#lines + 1] = ("  server s%d 127.0.0.1:%d weight 100"):format(s, 1000 + s)
    end
  end
  return table.concat(lines, "\n") .. "\nfrontend www\n  bind unix@{dir}/www{n}.sock\n  default_backend be1\n"
end

describe("batch", function()
  local farm, hap, servers

  setup(function()
    farm = haproxy.start { processes = 3, origin = false, config = many_servers() }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 30 }
    servers = hap:servers()
  end)

  teardown(function()
    farm:stop()
  end)

  local function column(process, name)
    local values = {}
    for i, row in ipairs(process:stats(-1, 4, -1)) do
      values[i] = row[name]
    end
    return values
  end

  it("changes more servers than fit into one line, in every process", function()
    assert.is_true(hap:batch(function(b)
      for i, server in ipairs(servers) do
        b:setweight(server, i % 257)
      end
    end))
    local expected = {}
    for i = 1, BACKENDS * SERVERS do
      expected[i] = i % 257
    end
    for _, process in ipairs(hap:processes()) do
      assert.same(expected, column(process, "weight"))
    end
  end)

  it("sets many addresses, and returns when they are in force", function()
    local expected = {}
    for i = 1, #servers do
      expected[i] = ("127.0.1.%d:%d"):format(i % 250 + 1, 2000 + i)
    end
    assert.is_true(hap:batch(function(b)
      for i, server in ipairs(servers) do
        b:setaddress(server, expected[i]:match "^[^:]+", 2000 + i)
      end
    end))
    for _, process in ipairs(hap:processes()) do
      assert.same(expected, column(process, "addr"))
    end
  end)

  it("takes every command of servers, frontends, ACLs and maps", function()
    local server, frontend = servers[1], hap:frontend "www"
    local ok, err = hap:batch(function(b)
      b:setweight(server, "50%")
      b:setaddress(server, "127.0.0.7", 99)
      b:setstate(server, "maint")
      b:shutdown(server)
      b:setmaxconn(frontend, 77)
      b:disable(frontend)
      b:enable(frontend)
      b:disable(frontend)
      b:add_map("nosuch.map", "k", "v")
    end, { die = false })
    assert.is_nil(ok)
    assert.equal("CommandFailed", err.name)
    assert.equal("not_found", err.code)
    assert.matches("^1 of 9 commands failed", err.message)
    for i = 1, 8 do
      assert.is_true(err.outcomes[i])
    end
    assert.equal(3, #err.outcomes[9].results)
    for _, process in ipairs(hap:processes()) do
      local row = process:stats(-1, 4, -1)[1]
      assert.equal("127.0.0.7:99", row.addr)
      assert.equal("MAINT", row.status)
      assert.equal(77, process:stats(-1, 1, -1)[1].slim)
    end
    assert.is_true(server:setstate "ready")
  end)

  it("tells which process refused", function()
    local frontend = hap:frontend "www"
    assert.same({}, hap:processes()[3]:command "shutdown frontend www")
    local ok, err = hap:batch(function(b)
      b:enable(frontend)
      b:setweight(servers[2], 7)
    end, { die = false })
    assert.is_nil(ok)
    assert.equal("MultipleCommandResults", err.name)
    local results = err.outcomes[1].results
    assert.is_true(results[1].ok)
    assert.is_true(results[2].ok)
    assert.is_false(results[3].ok)
    assert.equal("in_use", results[3].code)
    assert.is_true(err.outcomes[2])
  end)

  it("sends nothing when an argument is wrong or the function fails", function()
    local before = servers[3].weight
    assert.has_error(function()
      hap:batch(function(b)
        b:setweight(servers[3], 1)
        error "mine"
      end)
    end)
    local ok, err = hap:batch(function(b)
      b:setweight(servers[3], 1)
      b:setweight(servers[3], 1000)
    end, { die = false })
    assert.is_nil(ok)
    assert.is_true(err:is "ValueError")
    assert.equal(before, servers[3].weight)
  end)

  it("refuses what cannot be in a batch", function()
    local function try(fn)
      local ok, err = hap:batch(fn, { die = false })
      assert.is_nil(ok)
      assert.equal("ValueError", err.name)
      return err.message
    end
    assert.matches("setport", try(function(b)
      b:setport(servers[1], 1)
    end))
    assert.matches("an object of this HAProxy", try(function(b)
      b:setweight(hap, 1)
    end))
    assert.matches("reference", try(function(b)
      b:set_map("x", "0xabc", "v")
    end))
    assert.matches("function expected", select(2, hap:batch(1, { die = false })).message)
  end)

  it("tells what a process that died did not take", function()
    farm:kill(2)
    local ok, err = hap:batch(function(b)
      for i, server in ipairs(servers) do
        b:setweight(server, i % 7 + 1)
      end
    end, { die = false })
    assert.is_nil(ok)
    assert.equal("SocketConnectionError", err.name)
    assert.equal(#servers, #err.outcomes)
    for _, outcome in ipairs(err.outcomes) do
      assert.is_true(outcome.results[1].ok)
      assert.is_false(outcome.results[2].ok)
      assert.equal("refused", outcome.results[2].code)
      assert.is_true(outcome.results[3].ok)
    end
    for _, n in ipairs { 1, 3 } do
      local alone = haproxyadmin.HAProxy { socket_file = farm.sockets[n], timeout = 10 }
      for i, weight in ipairs(column(alone:processes()[1], "weight")) do
        assert.equal(i % 7 + 1, weight)
      end
    end
  end)
end)
