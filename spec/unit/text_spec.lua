local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

describe("maps and ACLs", function()
  local own, transport, hap

  before_each(function()
    own = {}
    transport = table_transport.new { ["/a"] = table_transport.process("2.6", own) }
    hap = haproxyadmin.HAProxy { sockets = { "/a" }, transport = transport, retry = false }
    transport.received = {}
  end)

  local function last()
    return transport.received[#transport.received][2]
  end

  it("are told by ids that HAProxy can tell apart", function()
    for _, id in ipairs { 6, "6", "#6" } do
      hap:clear_map(id)
      assert.equal("clear map #6", last())
    end
    transport.received = {}
    for _, id in ipairs { 2 ^ 32 + 6, "4294967302", "#4294967302", 2 ^ 31, -1, 1.5 } do
      raises("ValueError", "bad_argument", hap.clear_map, hap, id)
      raises("ValueError", "bad_argument", hap.del_acl, hap, id, "k")
    end
    raises("ValueError", "bad_argument", hap.errors, hap, 2 ^ 32 + 2)
    local process = hap:processes()[1]
    transport.received = {}
    raises("ValueError", "bad_argument", process.stats, process, 2 ^ 32 + 2)
    assert.same({}, transport.received)
  end)

  it("get all digits of a number, or none", function()
    hap:add_map("/m", 7, 2 ^ 53 - 1)
    assert.equal("add map /m 7 9007199254740991", last())
    hap:add_map("/m", "pi", 0.1)
    assert.equal("add map /m pi 0.1", last())
    local largest, smallest = rawget(math, "maxinteger"), rawget(math, "mininteger")
    if largest then
      hap:add_map("/m", largest, smallest)
      assert.equal("add map /m 9223372036854775807 -9223372036854775808", last())
    end
    transport.received = {}
    for _, number in ipairs { 0 / 0, 1 / 0, -1 / 0, 2.0 ^ 60 } do
      raises("ValueError", "bad_argument", hap.add_map, hap, "/m", "k", number)
      raises("ValueError", "bad_argument", hap.add_map, hap, "/m", number, "v")
    end
    assert.same({}, transport.received)
  end)

  it("take a key that looks like a reference where no process has such an entry", function()
    own["show map /m"] = "0x1a2b k v\n0x1a2c 0xdead w\n"
    assert.is_true(hap:set_map("/m", "0xdead", "x"))
    assert.equal("set map /m 0xdead x", last())
    assert.is_true(hap:set_map("/m", "0x1a2b", "x"))
    assert.equal("set map /m #0x1a2b x", last())
  end)
end)

describe("a raw command", function()
  it("has an answer with empty lines inside, whole", function()
    local transport = table_transport.new {
      ["/a"] = table_transport.process("2.6", { ["show peers"] = "one\n\ntwo\n\nthree\n" }),
    }
    local hap = haproxyadmin.HAProxy { sockets = { "/a" }, transport = transport }
    assert.same({ "one", "", "two", "", "three" }, hap:command("show peers")[1][2])
    assert.same({ "one", "", "two", "", "three" }, hap:processes()[1]:command "show peers")
    assert.same({}, hap:command("set maxconn global 5")[1][2])
  end)

  it("that is cut, behind whichever byte, is an error", function()
    local whole = "one\n\ntwo\n\nthree\n\nadmin\n\n"
    for length = 1, #whole - 1 do
      local text = whole:sub(1, length)
      local transport = table_transport.new { ["/a"] = table_transport.process "2.6" }
      local hap = haproxyadmin.HAProxy { sockets = { "/a" }, transport = transport, retry = false }
      local exchange = transport.exchange
      function transport:exchange(requests, deadline)
        if not requests[1].line:match "^show peers" then
          return exchange(self, requests, deadline)
        end
        local request = requests[1]
        local done, code = request.reply:feed(text)
        if done == false then
          done, code = request.reply:finish()
        end
        if not done then
          request.code, request.sent = code, true
        end
      end
      local value, err = hap:command("show peers", { die = false })
      assert.is_nil(value, length)
      assert.equal("truncated", err.code, length)
    end
  end)

  it("has nothing behind it where that could not follow", function()
    local transport = table_transport.new { ["/a"] = table_transport.process "2.6" }
    local hap = haproxyadmin.HAProxy { sockets = { "/a" }, transport = transport, retry = false }
    for _, text in ipairs { "add map /m <<", "echo a\\", "a\nb", ("x"):rep(15350) } do
      transport.received = {}
      hap:command(text, { die = false })
      for _, entry in ipairs(transport.received) do
        assert.is_nil(entry[2]:find("show cli level", 1, true))
      end
    end
  end)
end)

describe("an error of a reading", function()
  it("does not keep what the others answered, but for its beginning", function()
    local bad = false
    local process = table_transport.process "2.6"
    local transport = table_transport.new {
      ["/a"] = function(command, ...)
        local text = process(command, ...)
        return command == "show stat" and text .. text:gsub("^[^\n]*\n", ""):rep(50) or text
      end,
      ["/b"] = function(...)
        if bad then
          return nil, { code = "truncated" }
        end
        return process(...)
      end,
    }
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, retry = false }
    assert.is_true(#hap:snapshot():servers() > 0)
    bad = true
    local err = raises("SocketTransportError", "truncated", hap.snapshot, hap)
    assert.is_true(err.results[1].ok)
    assert.is_true(#err.results[1][2] <= 4096)
    assert.is_false(err.results[2].ok)
  end)
end)
