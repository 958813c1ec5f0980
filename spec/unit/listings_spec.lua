-- Stick tables and sessions as processes print them that no HAProxy here is made to be.

local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

local function hap_of(...)
  local processes, sockets = {}, {}
  for i, own in ipairs { ... } do
    sockets[i] = "/p" .. i
    processes[sockets[i]] = table_transport.process(i == 1 and "2.6" or "2.2", own)
  end
  local transport = table_transport.new(processes)
  local hap = haproxyadmin.HAProxy { sockets = sockets, transport = transport, retry = false }
  return hap, transport
end

local function sent(transport, pattern)
  local count = 0
  for _, received in ipairs(transport.received) do
    count = count + (received[2]:match(pattern) and 1 or 0)
  end
  return count
end

describe("A stick table", function()
  local header = "# table: t, type: %s, size:10, used:1\n"

  it("whose type differs between processes takes no key for the other's", function()
    local hap, transport = hap_of({
      ["show table"] = header:format "ip",
      ["show table t key 1.2.3.4"] = header:format "ip" .. "0x1: key=1.2.3.4 use=0 exp=5 gpc0=1\n",
    }, {
      ["show table"] = header:format "ipv6",
      ["show table t key ::ffff:1.2.3.4"] = header:format "ipv6" .. "0x1: key=::ffff:1.2.3.4 use=0 exp=9 gpc0=2\n",
    })
    local clients = hap:table "t"
    local err = raises("InconsistentData", "inconsistent", function()
      return clients.type
    end)
    assert.same({ { 1, "ip" }, { 2, "ipv6" } }, err.results)
    assert.is_truthy(clients:lookup "1.2.3.4")
    assert.equal(1, sent(transport, "key 1.2.3.4$"))
    raises("ValueError", "bad_argument", clients.set, clients, "::1", { gpc0 = 1 })
    assert.equal(0, sent(transport, "^set table"))
  end)

  it("of a type that is not known takes no key", function()
    local hap = hap_of { ["show table"] = header:format "mac" }
    local err = raises("ValueError", "bad_argument", hap:table("t").lookup, hap:table "t", "x")
    assert.matches("'mac'", err.message, 1, true)
  end)

  it("is an error where something else is answered", function()
    local hap = hap_of { ["show table"] = header:format "ip", ["show table t"] = "No such table\n" }
    raises("CommandFailed", "not_found", hap:table("t").entries, hap:table "t")
    hap = hap_of { ["show table"] = header:format "ip", ["show table t"] = "key=1.2.3.4\n" }
    raises("CommandFailed", "failed", hap:table("t").entries, hap:table "t")
    hap = hap_of { ["show table"] = "something\n" }
    raises("CommandFailed", "failed", hap.tables, hap)
  end)

  it("is gone where no process has it any more", function()
    local there = true
    local hap = hap_of {
      ["show table"] = function()
        return there and header:format "ip" or ""
      end,
    }
    local gone = hap:table "t"
    there = false
    raises("ValueError", "not_found", gone.entries, gone)
    raises("ValueError", "not_found", function()
      return gone.used
    end)
    assert.equal("t", gone.name)
  end)

  it("has servers as texts, whatever they are called", function()
    local row = "0x1: key=5 use=0 exp=0 server_id=1 server_key=10\n"
    local hap = hap_of(
      { ["show table"] = header:format "integer", ["show table t"] = header:format "integer" .. row },
      { ["show table"] = header:format "integer", ["show table t"] = header:format "integer" .. row }
    )
    local entry = hap:table("t"):sums()()
    assert.equal(5, entry.key)
    assert.equal("10", entry.server_key)
    assert.equal(1, entry.server_id)
  end)
end)

describe("A session", function()
  local row = "0x1f: proto=tcpv4 src=192.0.2.1:4711 fe=www be=app srv=one ts=00 age=%s calls=1 exp=1h2m\n"

  local function detail(age, source, frontend)
    return table.concat {
      "0x1f: [21/Nov/2026:04:00:00.000000] id=9 proto=tcpv4 source=" .. source .. "\n",
      "  flags=0x8, conn_retries=0, srv_conn=0x1\n",
      "  frontend=" .. frontend .. " (id=2 mode=http), listener=? (id=1) addr=192.0.2.9:80\n",
      "  backend=app (id=3 mode=http)\n  server=one (id=1)\n",
      "  task=0x2 (state=0x00 nice=0 calls=1 exp=19s age=" .. age .. ")\n",
    }
  end

  -- `later`: seconds by the process's own clock. `now`: what is told of it then; `row_now`: what is listed then.
  local function shutdown(listed, later, now, row_now)
    local up, rows = 7, { row:format(listed), row_now or "" }
    local hap, transport = hap_of {
      ["show info"] = function()
        return ("Name: HAProxy\nVersion: 2.6.12\nPid: 1\nUptime_sec: %d\n"):format(up)
      end,
      ["show sess"] = function()
        return table.remove(rows, 1)
      end,
      ["show sess 0x1f"] = now,
      ["shutdown session 0x1f"] = "",
    }
    local session = hap:sessions()[1]
    assert.equal(3720, session.exp)
    up = up + later
    return session:shutdown(), sent(transport, "^shutdown")
  end

  it("is told from the next one at its address", function()
    local source = "192.0.2.1:4711"
    assert.same({ true, 1 }, { shutdown("1m0s", 0, detail("1m0s", source, "www")) })
    assert.same({ true, 1 }, { shutdown("1m0s", 100, detail("2m40s", source, "www")) })
    assert.same({ true, 1 }, { shutdown("59m59s", 60, detail("1h0m", source, "www")) })
    -- Younger than it would be now, from elsewhere, or to another frontend.
    assert.same({ false, 0 }, { shutdown("1m0s", 0, detail("0s", source, "www")) })
    assert.same({ false, 0 }, { shutdown("1m0s", 100, detail("1m35s", source, "www")) })
    assert.same({ false, 0 }, { shutdown("1m0s", 0, detail("1m0s", "192.0.2.1:4712", "www")) })
    assert.same({ false, 0 }, { shutdown("1m0s", 0, detail("1m0s", source, "api")) })
    assert.same({ false, 0 }, { shutdown("1m0s", 0, "Session not found.\n") })
  end)

  it("is told by the list where HAProxy's two clocks differ", function()
    local source = "192.0.2.1:4711"
    for _, age in ipairs { "?", "0s", "1m35s" } do
      local now = detail(age, source, "www")
      assert.same({ true, 1 }, { shutdown("1m0s", 100, now, row:format "2m40s") })
      -- Younger, from elsewhere, or no more there.
      assert.same({ false, 0 }, { shutdown("1m0s", 100, now, row:format "1m35s") })
      assert.same({ false, 0 }, { shutdown("1m0s", 100, now, (row:format("2m40s"):gsub(":4711", ":4712"))) })
      assert.same({ false, 0 }, { shutdown("1m0s", 100, now, (row:format("2m40s"):gsub("0x1f", "0x2f"))) })
    end
    assert.same({ true, 1 }, { shutdown("?", 0, detail("?", source, "www"), row:format "0s") })
  end)

  it("that ends in between is told as gone", function()
    local hap = hap_of {
      ["show sess"] = row:format "5s" .. row:format("6s"):gsub("0x1f", "0x2f"),
      ["shutdown session 0x1f"] = "No such session (use 'show sess').\n",
    }
    local result = hap:shutdown_sessions { older = 1 }
    assert.same({ 1, "0x2f" }, { #result.ended, result.ended[1].id })
    assert.same({ 1, "0x1f" }, { #result.gone, result.gone[1].id })
  end)
end)
