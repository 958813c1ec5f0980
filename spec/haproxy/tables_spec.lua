-- Stick tables that traffic fills, held against what HAProxy prints.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises, answers = assertions.raises, assertions.answers

local has_arrays = haproxy.version() >= 206

local config = [[
peers mates
  peer me 127.0.0.1:1
  table shared type string size 1k expire 1h store gpc0
frontend www
  bind {origin}:80{n}1
  http-request track-sc0 src table clients
  http-request track-sc1 hdr(x-name) table names
  http-request track-sc2 hdr(x-number) table numbers
  http-request return status 200
frontend six
  bind {origin}:80{n}2
  http-request track-sc0 src table sixes
  http-request return status 200
backend clients
  stick-table type ip size 1k expire 1h store gpc0,gpt0,conn_cur,http_req_cnt,http_req_rate(10s),bytes_in_cnt,server_id
backend sixes
  stick-table type ipv6 size 1k expire 1h store gpc0,http_req_cnt
backend names
  stick-table type string len 64 size 1k expire 1h store gpc0,gpt0,gpc1,gpc1_rate(1m),http_req_cnt
backend numbers
  stick-table type integer size 1k store gpc0,http_req_cnt
backend bits
  stick-table type binary len 4 size 1k store gpc0
]] .. (has_arrays and [[
backend arrays
  stick-table type string len 32 size 1k expire 1h store gpc(3),gpt(2),gpc_rate(2,10s)
]] or "")

describe("A stick table", function()
  local farm, hap

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = config,
      global = "  stats socket {dir}/user{n}.sock level user\n  localpeer me\n",
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 }
  end)

  teardown(function()
    farm:stop()
  end)

  local function request(process, port, options)
    assert(haproxy.shell(("curl -s -f -o /dev/null --max-time 10 %s http://%s:80%d%d/"):format(
      options,
      farm.origin,
      process,
      port
    )))
  end

  -- What a process prints of a table: {key = its line}, read with patterns of Lua's own.
  local function printed(process, name)
    local found = {}
    for _, line in ipairs(process:command("show table " .. name)) do
      local key = line:match "^0x%x+: key=(.-) use="
      if key then
        found[key] = line
      end
    end
    return found
  end

  local function value_in(line, name)
    return tonumber(line:match(" " .. name .. "%(?%d*%)?=(%d+)"))
  end

  it("is listed with its type, size and use, over all processes", function()
    local tables = hap:tables()
    local found = {}
    for _, each in ipairs(tables) do
      found[each.name] = each.type
    end
    local expected = {
      clients = "ip",
      sixes = "ipv6",
      names = "string",
      numbers = "integer",
      bits = "binary",
      ["mates/shared"] = "string",
    }
    expected.arrays = has_arrays and "string" or nil
    assert.same(expected, found)
    assert.equal(tables:get "bits", hap:table "bits")
    assert.equal(2048, hap:table("bits").size)
    assert.same({ 1, 2 }, hap:table("bits").process_nb)
    local own = { type = "binary", size = 1024, used = 0 }
    assert.same({ { 1, own }, { 2, own } }, hap:table("bits"):stats_per_process())
    assert.equal("haproxyadmin.StickTable (bits)", tostring(hap:table "bits"))
    raises("ValueError", "not_found", hap.table, hap, "nosuch")
    raises("ValueError", "bad_argument", hap.table, hap)
  end)

  it("has what traffic stored, in each process and summed by key", function()
    for n, count in ipairs { 3, 4 } do
      for _ = 1, count do
        request(n, 1, "-H 'x-name: one two' -H 'x-number: 7'")
      end
    end
    request(1, 1, "--interface 127.0.0.9 -H 'x-name: only=1\\' -H 'x-number: 4294967295'")
    local clients, names, numbers = hap:table "clients", hap:table "names", hap:table "numbers"
    local own = {}
    for entry in names:entries() do
      own[entry.process_nb .. " " .. entry.key] = entry.http_req_cnt
    end
    assert.same({ ["1 one two"] = 3, ["2 one two"] = 4, ["1 only=1\\"] = 1 }, own)
    local sums = {}
    for entry in names:sums() do
      sums[entry.key] = { entry.http_req_cnt, entry.process_nb }
    end
    assert.same({ ["one two"] = { 7, { 1, 2 } }, ["only=1\\"] = { 1, { 1 } } }, sums)
    assert.equal(7, numbers:lookup(7).http_req_cnt)
    assert.equal(7, numbers:lookup("7").key)
    assert.equal(1, numbers:lookup(4294967295).http_req_cnt)
    assert.equal(1, clients:lookup("127.0.0.9").http_req_cnt)
    assert.equal(3, names.used)
  end)

  it("says of every entry what HAProxy prints", function()
    request(1, 1, "-H 'x-name: shown' -H 'x-number: 1'")
    for _, process in ipairs(hap:processes()) do
      local count = 0
      local lines = printed(process, "clients")
      for entry in hap:table("clients"):entries() do
        if entry.process_nb == process.process_nb then
          count = count + 1
          for _, name in ipairs { "use", "gpc0", "gpt0", "conn_cur", "http_req_cnt", "bytes_in_cnt", "server_id" } do
            assert.equal(value_in(lines[entry.key], name), entry[name], name)
          end
          assert.is_true(entry.exp > 3500000 and entry.exp <= 3600000)
          assert.equal(10000, entry:period "http_req_rate")
          assert.is_nil(entry:period "gpc0")
          assert.is_nil(entry.gpc1)
          assert.equal(haproxy.version() >= 208 and 0 or nil, entry.shard)
          assert.equal(entry.key, entry:totable().key)
          assert.equal(process.process_nb, entry:totable().process_nb)
        end
      end
      local expected = 0
      for _ in pairs(lines) do
        expected = expected + 1
      end
      assert.equal(expected, count)
    end
  end)

  it("stores values in every process, and clears them", function()
    local names = hap:table "names"
    assert.is_true(names:set("a b;c\\", { gpc0 = 5, http_req_cnt = 4294967295 }))
    for _, process in ipairs(hap:processes()) do
      local line = printed(process, "names")["a\\ b;c\\\\"]
      assert.equal(5, value_in(line, "gpc0"))
      assert.equal(4294967295, value_in(line, "http_req_cnt"))
    end
    assert.equal(10, names:lookup("a b;c\\").gpc0)
    assert.equal(2 * 4294967295, names:lookup("a b;c\\").http_req_cnt)
    assert.is_true(names:clear "a b;c\\")
    assert.is_nil(names:lookup "a b;c\\")
    assert.is_true(names:clear "a b;c\\")
  end)

  it("has keys of every type, in HAProxy's form", function()
    local sixes, clients = hap:table "sixes", hap:table "clients"
    sixes:set("2001:DB8:0::1", { gpc0 = 1 })
    assert.equal("2001:db8::1", sixes:lookup("2001:db8::1").key)
    sixes:set("1.2.3.4", { gpc0 = 3 })
    assert.equal("::ffff:1.2.3.4", sixes:lookup("1.2.3.4").key)
    assert.equal(6, sixes:lookup("::ffff:1.2.3.4").gpc0)
    for _, key in ipairs { "1.2.3", "::1", "", "1.2.3.4 data.gpc0 1", 7, true } do
      raises("ValueError", "bad_argument", clients.lookup, clients, key)
      raises("ValueError", "bad_argument", clients.set, clients, key, { gpc0 = 1 })
      raises("ValueError", "bad_argument", clients.clear, clients, key)
    end
    raises("ValueError", "bad_argument", clients.lookup, clients)
    local numbers = hap:table "numbers"
    for _, key in ipairs { -1, 4294967296, 1.5, "x" } do
      raises("ValueError", "bad_argument", numbers.set, numbers, key, { gpc0 = 1 })
    end
    local bits = hap:table "bits"
    local err = raises("ValueError", "unsupported", bits.lookup, bits, "61")
    assert.matches("binary", err.message, 1, true)
    local names = hap:table "names"
    raises("ValueError", "bad_argument", names.set, names, "a\nclear table names", { gpc0 = 1 })
    assert.matches("got nil", raises("ValueError", "bad_argument", names.lookup, names).message, 1, true)
    assert.equal(0, bits.used)
  end)

  it("refuses values and data types before anything is sent", function()
    local names = hap:table "names"
    local used = names.used
    for _, values in ipairs {
      {},
      { nosuch = 1 },
      { gpc0 = -1 },
      { gpc0 = 2 ^ 32 },
      { gpc0 = "1" },
      { server_key = 1 },
    } do
      raises("ValueError", "bad_argument", names.set, names, "k", values)
    end
    raises("ValueError", "bad_argument", names.set, names, "k")
    raises("ValueError", "bad_argument", names.clear, names)
    raises("ValueError", "bad_argument", names.clear, names, {})
    for _, filter in ipairs {
      "x",
      {},
      { "nosuch", "gt", 1 },
      { "gpc0", ">", 1 },
      { "gpc0", "gt" },
      { "gpc0", "gt", "1" },
      { { "gpc0", "gt", 1 }, "x" },
      { { "gpc0", "gt", 1 }, { "gpc0", "gt", 1 }, { "gpc0", "gt", 1 }, { "gpc0", "gt", 1 }, { "gpc0", "gt", 1 } },
    } do
      raises("ValueError", "bad_argument", names.entries, names, filter)
    end
    assert.equal(used, names.used)
    if haproxy.version() < 300 then
      local err = raises("CommandFailed", "unsupported", names.set, names, "k", { glitch_cnt = 1 })
      assert.matches("HAProxy 3.0 and later", err.message, 1, true)
    else
      raises("CommandFailed", "bad_argument", names.entries, names, { "glitch_cnt", "gt", 1 })
    end
  end)

  it("is filtered by HAProxy", function()
    local names = hap:table "names"
    for i = 1, 5 do
      names:set("filtered" .. i, { gpc0 = 100 + i, gpc1 = i % 2 })
    end
    local function keys(filter)
      local found = {}
      for entry in names:sums(filter) do
        found[#found + 1] = entry.key
      end
      table.sort(found)
      return table.concat(found, " ")
    end
    assert.equal("filtered4 filtered5", keys { "gpc0", "gt", 103 })
    assert.equal("filtered5", keys { { "gpc0", "gt", 102 }, { "gpc1", "eq", 1 }, { "gpc0", "ne", 103 } })
    assert.equal("", keys { "gpc0", "ge", 1000 })
    assert.is_true(names:clear { { "gpc0", "gt", 100 }, { "gpc1", "eq", 1 } })
    assert.equal("filtered2 filtered4", keys { "gpc0", "gt", 100 })
    raises("CommandFailed", "bad_argument", names.entries, names, { "conn_cur", "gt", 0 })
  end)

  it("has arrays", function()
    if not has_arrays then
      local names = hap:table "names"
      raises("CommandFailed", "unsupported", names.set, names, "k", { ["gpc[0]"] = 1 })
      return
    end
    local arrays = hap:table "arrays"
    arrays:set("k", { ["gpc[0]"] = 2, ["gpt[0]"] = 3 })
    local entry = arrays:lookup "k"
    assert.same({ 4, 0, 0 }, { entry.gpc0, entry["gpc[1]"], entry["gpc_rate[1]"] })
    assert.equal(10000, entry:period "gpc_rate[1]")
    assert.same({ 3, 3 }, { entry.gpt0, entry["gpt[0]"] })
    if haproxy.version() >= 302 then
      arrays:set("k", { ["gpc[2]"] = 4 })
      assert.equal(8, arrays:lookup("k").gpc2)
    else
      local err = raises("CommandFailed", "unsupported", arrays.set, arrays, "k", { ["gpc[2]"] = 4 })
      assert.matches("HAProxy 3.2 and later", err.message, 1, true)
    end
  end)

  it("does not add up tags", function()
    local names = hap:table "names"
    names:set("tagged", { gpt0 = 9 })
    assert.equal(9, names:lookup("tagged").gpt0)
    assert.same({}, hap:processes()[2]:command "set table names key tagged data.gpt0 8")
    local entry = names:lookup "tagged"
    assert.is_nil(entry.gpt0)
    assert.same({ { 1, 9 }, { 2, 8 } }, entry:values "gpt0")
    assert.same({}, entry:values "nosuch")
    raises("ValueError", "bad_argument", entry.values, entry)
    raises("ValueError", "bad_argument", entry.values, {}, "gpt0")
  end)

  it("takes many values in a batch", function()
    local names = hap:table "names"
    assert(hap:batch(function(batch)
      for i = 1, 500 do
        batch:set(names, "many " .. i, { gpc0 = i })
      end
      batch:clear(names, "many 500")
    end))
    assert.equal(998, names:lookup("many 499").gpc0)
    assert.is_nil(names:lookup "many 500")
    raises("ValueError", "bad_argument", hap.batch, hap, function(batch)
      batch:clear(names, { "gpc0", "gt", 0 })
    end)
  end)

  it("is empty when all of it is cleared, and only then", function()
    local names = hap:table "names"
    assert.is_true(names.used > 0)
    assert.is_true(names:clear_all())
    assert.equal(0, names.used)
    assert.is_nil(names:entries()())
    assert.is_nil(names:sums()())
  end)

  it("may be in one process only", function()
    farm:reload(2, function(text)
      return text .. "backend late\n  stick-table type ip size 10 store gpc0\n"
    end)
    local late = assertions.eventually(function()
      return hap:tables():get "late"
    end)
    assert.same({ 2 }, late.process_nb)
    late:set("1.2.3.4", { gpc0 = 3 })
    assert.same({ { 2, 3 } }, late:lookup("1.2.3.4"):values "gpc0")
    assert.equal("", answers(hap, "show table late key 1.2.3.4")[1]:match "^No such table" and "" or "there")
  end)

  it("is not shown to a socket of level user, nor cleared", function()
    hap:table("names"):set("kept", { gpc0 = 1 })
    local sockets = { farm.dir .. "/user1.sock", farm.dir .. "/user2.sock" }
    local low = haproxyadmin.HAProxy { sockets = sockets, timeout = 20 }
    local names = low:table "names"
    assert.equal(hap:table("names").used, names.used)
    for _, call in ipairs {
      { "entries" },
      { "entries", { "gpc0", "gt", 0 } },
      { "sums" },
      { "lookup", "kept" },
      { "set", "kept", { gpc0 = 2 } },
      { "clear", "kept" },
      { "clear", { "gpc0", "gt", 0 } },
      { "clear_all" },
    } do
      local err = raises("CommandFailed", "permission", names[call[1]], names, call[2], call[3])
      assert.matches("level operator`", err.message, 1, true)
    end
    assert.equal(2, hap:table("names"):lookup("kept").gpc0)
  end)
end)
