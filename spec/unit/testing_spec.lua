local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"
local sessions = require "spec.support.sessions"
local testing = require "haproxyadmin.testing"

local replies = {
  ["show info"] = "Name: HAProxy\nVersion: 2.6.12\nProcess_num: 1\nPid: 7\nMaxconn: 100\n",
  ["set maxconn global 5"] = "",
  ["show map m"] = "0x55d0 a 1\n0x55d1 b 2\n",
  ["both;at once"] = "whole",
  { "^get weight (%S+)", "10 (initial 10)\n" },
}

describe("testing", function()
  local fake

  local function start(options)
    options.replies = options.replies or replies
    fake = testing.start(options)
    return fake
  end

  after_each(function()
    if fake then
      fake:stop()
      fake = nil
    end
  end)

  -- What comes for a line: the answer's text, or nil and the code.
  local function exchange(line, timeout)
    local request = { address = fake.address, line = line .. "\n", reply = sessions.once "text" }
    native:exchange({ request }, native:now() + (timeout or 10))
    if request.code then
      return nil, request.code, (request.reply:raw():gsub("\n$", ""))
    end
    return request.reply:text()
  end

  local function fails(code, line, timeout)
    local text, found = exchange(line or "show info", timeout)
    assert.is_nil(text)
    assert.equal(code, found)
  end

  for _, kind in ipairs { "unix", "tcp" } do
    it("answers over " .. kind, function()
      start { tcp = kind == "tcp" }
      assert.equal(replies["show map m"], exchange "show map m" .. "\n")
      assert.equal("", exchange "set maxconn global 5")
      assert.equal("10 (initial 10)", exchange "get weight app/app1")
      assert.is_truthy(exchange("bogus 1"):match "^Unknown command: 'bogus'")
      assert.equal("", exchange "set maxconn global 5;set maxconn global 5":gsub("\n", ""))
      assert.equal("0x55d0 a 1\n0x55d1 b 2\n\n10 (initial 10)", exchange "show map m;get weight a/b")
      assert.equal("whole", exchange "both;at once")
    end)

    it("resets over " .. kind, function()
      start { tcp = kind == "tcp", script = { "reset", { "reset", at = 3 }, "answer" } }
      fails "closed"
      local text, code = exchange "show info"
      assert.is_nil(text)
      assert.is_truthy(code == "closed" or code == "truncated")
      assert.is_truthy(exchange "show info")
    end)

    it("refuses over " .. kind, function()
      start { tcp = kind == "tcp", script = { "answer", "refuse" } }
      assert.is_truthy(exchange "show info")
      fails "refused"
      fails "refused"
      fake:script { "answer" }
      assert.is_truthy(exchange "show info")
    end)
  end

  it("serves a HAProxy object", function()
    start {}
    local hap = haproxyadmin.HAProxy { sockets = { fake.address } }
    assert.equal("2.6.12", hap.version)
    assert.is_true(hap:setmaxconn(5))
  end)

  it("takes replies from a file, and the socket's path", function()
    local name = os.tmpname()
    local file = assert(io.open(name, "w"))
    file:write "return { ping = 'pong' }"
    file:close()
    start { replies = name, path = name .. ".sock" }
    os.remove(name)
    assert.equal(name .. ".sock", fake.address)
    assert.equal("pong", exchange "ping")
    fake:stop()
    assert.is_nil((io.open(name .. ".sock")))
    fails("not_found", "ping")
  end)

  it("tells what it received", function()
    start { script = { "answer", "close", "answer" } }
    exchange "show info"
    exchange "a;b 'c'\\ \0\r"
    exchange "third"
    assert.same({
      { behaviour = "answer", command = "show info" },
      { behaviour = "close", command = "a;b 'c'\\ \0\r" },
      { behaviour = "answer", command = "third" },
    }, fake:received())
    fake:script { "answer" }
    assert.same({}, fake:received())
  end)

  it("repeats the last behaviour", function()
    start { script = { "close", "answer" } }
    fails "closed"
    for _ = 1, 3 do
      assert.is_truthy(exchange "show info")
    end
  end)

  it("says what it is told", function()
    start { script = { { "reply", "any\0thing\n\n" } } }
    assert.equal("any\0thing", exchange "show info")
  end)

  it("stalls and is silent", function()
    start { script = { "stall", "silence" } }
    fails("timeout", "one", 0.1)
    fails("timeout", "two", 0.1)
    assert.same({ { behaviour = "stall", command = "one" }, { behaviour = "silence" } }, fake:received())
  end)

  it("drips", function()
    start { script = { { "drip", pause = 0 }, { "drip", pause = 5 } } }
    assert.equal("0x55d0 a 1\n0x55d1 b 2", exchange "show map m")
    fails("timeout", "show map m", 0.1)
  end)

  it("cuts", function()
    start { script = { { "cut", at = 0 }, { "cut", at = 5 }, { "cut", at = -1 }, { "cut", at = 1000 } } }
    fails "closed"
    local _, code, text = exchange "show map m"
    assert.equal("truncated", code)
    assert.equal("0x55d", text)
    _, code, text = exchange "show map m"
    assert.equal("truncated", code)
    assert.equal("0x55d0 a 1\n0x55d1 b 2", text)
    assert.equal("0x55d0 a 1\n0x55d1 b 2", exchange "show map m")
  end)

  it("never ends", function()
    start { script = { "endless" } }
    fails("too_big", "show map m")
  end)

  it("answers garbage", function()
    start { script = { "garbage" } }
    local _, code, text = exchange "show info"
    assert.equal("truncated", code)
    assert.is_true(#text > 1000)
  end)

  it("is another program", function()
    start { script = { "http", "smtp" } }
    fails "foreign"
    fails "foreign"
  end)

  it("dies between two commands", function()
    start { script = { "die" } }
    assert.equal("0x55d0 a 1\n0x55d1 b 2", exchange "show map m;show info")
    fails "refused"
    assert.equal(1, #fake:received())
  end)

  it("is gone, and comes back", function()
    start { script = { "gone" } }
    fails "not_found"
    fake:script { { "refuse", seconds = 0.2 }, "answer" }
    local text
    local deadline = native:now() + 10
    repeat
      text = exchange "show info"
    until text or native:now() > deadline
    assert.is_truthy(text)
  end)

  it("has a full backlog", function()
    start { script = { "answer", "backlog" } }
    assert.is_truthy(exchange "show info")
    fails("timeout", "show info", 0.1)
    fake:script { "answer" }
    assert.is_truthy(exchange "show info")
  end)

  it("ends, and leaves nothing", function()
    start {}
    local dir, pid = fake.dir, fake.pid
    local function alive()
      local pipe = assert(io.popen(("kill -0 %d 2>/dev/null && echo yes"):format(pid)))
      local answer = pipe:read "*l"
      pipe:close()
      return answer == "yes"
    end
    assert.is_true(alive())
    fake:stop()
    assert.is_false(alive())
    assert.is_nil((io.open(dir .. "/pid")))
    fake:stop() -- twice does no harm
  end)

  it("says why it does not start", function()
    local ok, err = pcall(testing.start, { path = "/nowhere/at/all.sock" })
    assert.is_false(ok)
    assert.is_truthy(tostring(err):match "did not start: .*server.lua")
  end)

  it("says what is wrong with its arguments", function()
    local function refused(message, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.is_false(ok)
      assert.equal("ValueError", err.name)
      assert.equal("bad_argument", err.code)
      assert.is_truthy(err.message:find(message, 1, true), err.message)
    end
    refused("argument 'options': table expected", testing.start, 7)
    refused("unknown option 'reply'", testing.start, { reply = {} })
    refused("argument 'script': table expected", testing.start, { script = "stall" })
    refused("argument 'replies': cannot open", testing.start, { replies = "/nowhere/at/all.lua" })
    refused("argument 'transport'", testing.recorder, "carrier pigeon")
    local ok, err = pcall(testing.start, { script = { "explode" } })
    assert.is_false(ok)
    assert.is_truthy(err.message:find("there is no behaviour explode", 1, true), err.message)
    start {}
    refused("argument 'script': table expected", fake.script, fake)
    refused("there is no behaviour explode", fake.script, fake, { "answer", { "explode" } })
    refused("a sequence of behaviours expected", fake.script, fake, {})
    assert.is_truthy(exchange "show info")
  end)

  it("says that it was stopped", function()
    start {}
    fake:stop()
    for _, name in ipairs { "script", "received" } do
      local ok, err = pcall(fake[name], fake, {})
      assert.is_false(ok)
      assert.equal("HAProxyBaseError: the fake HAProxy was stopped", tostring(err))
    end
  end)

  it("records what a HAProxy answers", function()
    start {}
    local recorder = testing.recorder()
    local hap = haproxyadmin.HAProxy { sockets = { fake.address }, transport = recorder }
    assert.equal("2.6.12", hap.version)
    assert.equal(replies["show info"], recorder.replies["show info"] .. "\n")
  end)
end)
