local assertions = require "spec.support.assertions"
local conversation = require "spec.support.conversation"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
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

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What a script prints that runs with this TMPDIR.
local function in_a_process(folder, script)
  local name = os.tmpname()
  local paths = ("package.path, package.cpath = %q, %q\n"):format(package.path, package.cpath)
  haproxy.write(name, paths .. script)
  local command = ("TMPDIR=%s %s %s 2>&1"):format(quoted(folder), haproxy.interpreter(), name)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  os.remove(name)
  return text
end

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

  it("serves a HAProxy object that keeps its connections", function()
    start {}
    local hap = haproxyadmin.HAProxy { sockets = { fake.address }, keep = true, retry = false }
    for _ = 1, 3 do
      assert.is_true(hap:setmaxconn(5))
      assert.equal("2.6.12", hap.version)
    end
    hap:close()
    local kept = 0
    for _, received in ipairs(fake:received()) do
      kept = kept + (received.more and #received.more or 0)
    end
    assert.is_true(kept > 0)
  end)

  it("serves raw commands, whose end this module marks", function()
    start {}
    local hap = haproxyadmin.HAProxy { sockets = { fake.address } }
    fake:script { "answer" }
    assert.same({ { 1, { "0x55d0 a 1", "0x55d1 b 2" } } }, hap:command "show map m")
    assert.same({ { behaviour = "answer", command = "show map m" } }, fake:received())
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
    fails("timeout", "one", 0.5)
    fails("timeout", "two", 0.5)
    -- It may be about to read them.
    assertions.eventually(function()
      return fake:received()[2]
    end)
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
    assertions.eventually(function()
      return (exchange "show info")
    end)
  end)

  it("has a full backlog", function()
    start { script = { "answer", "backlog" } }
    assert.is_truthy(exchange "show info")
    fails("timeout", "show info", 0.1)
    fake:script { "answer" }
    assert.is_truthy(exchange "show info")
  end)

  describe("on a kept connection", function()
    local open

    after_each(function()
      if open then
        open:close()
        open = nil
      end
    end)

    local function connect(options)
      start(options)
      open = conversation.open(fake.address)
      return open
    end

    local function answers(text, expected)
      assert.equal(expected, open:ask(text, expected))
    end

    it("ends each answer with a prompt", function()
      connect {}
      answers("prompt\n", "\n> ")
      answers("get weight app/app1\n", "10 (initial 10)\n\n> ")
      answers("set maxconn global 5\n", "\n> ")
      answers("show map m;set maxconn global 5\n", "0x55d0 a 1\n0x55d1 b 2\n\n> \n> ")
      answers("set maxconn global 5\nshow cli level\n", "\n> admin\n\n> ")
      assert.is_true(open:is_open())
      assert.same({
        {
          behaviour = "answer",
          command = "prompt",
          more = {
            "get weight app/app1",
            "set maxconn global 5",
            "show map m;set maxconn global 5",
            "set maxconn global 5",
            "show cli level",
          },
        },
      }, fake:received())
    end)

    it("takes lines in pieces", function()
      connect {}
      answers("pro", "")
      answers("mpt\nget wei", "\n> ")
      answers("ght app/app1\n", "10 (initial 10)\n\n> ")
    end)

    it("ends at quit, and behind the line that turns the prompt off", function()
      connect {}
      answers("prompt\n", "\n> ")
      answers("quit;show cli level\n", "")
      assert.is_true(open:closes())
      open:close()
      open = conversation.open(fake.address)
      answers("prompt;prompt;show cli level\nshow map m\n", "\n> \nadmin\n\n")
      assert.is_true(open:closes())
    end)

    it("stalls behind some answers", function()
      connect { script = { { "stall", after = 2 } } }
      answers("prompt\nset maxconn global 5\n", "\n> \n> ")
      answers("set maxconn global 5\n", "")
      assert.is_true(open:is_open())
      assertions.eventually(function()
        return #fake:received()[1].more == 2
      end)
      assert.same({ "set maxconn global 5", "set maxconn global 5" }, fake:received()[1].more)
    end)

    it("cuts between two answers, and in the middle of one", function()
      connect { script = { { "close", after = 2 }, { "cut", after = 1, at = 5 }, { "cut", after = 1, at = -1 } } }
      answers("prompt\nset maxconn global 5\nshow map m\n", "\n> \n> ")
      assert.is_true(open:closes())
      open:close()
      open = conversation.open(fake.address)
      answers("prompt\nshow map m\n", "\n> 0x55d")
      assert.is_true(open:closes())
      open:close()
      open = conversation.open(fake.address)
      answers("set maxconn global 5;get weight a/b\n", "\n10 (initial 10)\n")
      assert.is_true(open:closes())
    end)

    it("is closed when nothing more is asked", function()
      connect { script = { { "close", after = 1 }, { "answer", idle = 3 } } }
      answers("prompt\n", "\n> ")
      assert.is_true(open:closes())
      open:close()
      open = conversation.open(fake.address)
      answers("prompt\n", "\n> ")
      assert.is_true(open:is_open())
      answers("set maxconn global 5\n", "\n> ")
      assert.is_true(open:closes())
    end)
  end)

  it("says its level", function()
    start {}
    assert.equal("admin", exchange "show cli level")
    fake:stop()
    start { level = "user" }
    assert.equal("user", exchange "show cli level")
    fake:stop()
    start { level = "user", replies = { ["show cli level"] = "operator\n" } }
    assert.equal("operator", exchange "show cli level")
  end)

  it("answers what ends a raw command, and shows it to nobody", function()
    start {}
    assert.equal("0x55d0 a 1\n0x55d1 b 2\n\nadmin", exchange "show map m;show cli level")
    assert.equal("whole\n\nadmin", exchange "both;at once;show cli level")
    assert.equal("admin\n\nadmin", exchange "show cli level;show cli level")
    assert.same({
      { behaviour = "answer", command = "show map m" },
      { behaviour = "answer", command = "both;at once" },
      { behaviour = "answer", command = "show cli level" },
    }, fake:received())
  end)

  it("records no command that ends a raw one", function()
    start {}
    local recorder = testing.recorder()
    local commands = { "show map m", "set maxconn global 5", "show cli level", "get weight a/b" }
    for _, command in ipairs(commands) do
      local marked = command == "get weight a/b" and "" or ";show cli level"
      local request = { address = fake.address, line = command .. marked .. "\n", reply = sessions.once "text" }
      recorder:exchange({ request }, recorder:now() + 10)
    end
    assert.same({
      ["show map m"] = "0x55d0 a 1\n0x55d1 b 2",
      ["set maxconn global 5"] = "",
      ["show cli level"] = "admin",
      ["get weight a/b"] = "10 (initial 10)",
    }, recorder.replies)
  end)

  it("lives in a folder whatever its name is", function()
    local parent = haproxy.temporary_folder()
    for _, name in ipairs { "my tmp", "it's", "$(touch x)", "a;b", "new\nline" } do
      haproxy.shell(("mkdir %s %s"):format(quoted(parent .. "/" .. name), quoted(parent .. "/precious")))
      haproxy.write(parent .. "/precious/file", "kept")
      -- What an unquoted "rm -rf" would take for the first of two folders.
      haproxy.shell(("cp -r %s/precious %s/my"):format(parent, parent))
      local text = in_a_process(parent .. "/" .. name, [[
        local testing = require "haproxyadmin.testing"
        local fake = testing.start { replies = { ping = "pong" } }
        local dir = fake.dir
        assert(fake.pid)
        fake:stop()
        assert(not io.open(dir .. "/pid"))
        print "done"
      ]])
      assert.equal("done\n", text)
      local left = {}
      for _, entry in ipairs(core.list(parent)) do
        if not entry:match "^%.%.?$" then
          left[#left + 1] = entry
        end
      end
      table.sort(left)
      local expected = { name, "my", "precious" }
      table.sort(expected)
      assert.same(expected, left)
      assert.equal(2, #core.list(parent .. "/" .. name), "besides . and ..")
      haproxy.shell(("rm -rf %s %s/my %s/precious"):format(quoted(parent .. "/" .. name), parent, parent))
    end
    haproxy.shell("rm -rf " .. parent)
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
    refused("argument 'level': 'user', 'operator' or 'admin' expected", testing.start, { level = "root" })
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

  it("records what a HAProxy answers on a connection that is kept", function()
    start {}
    local recorder = testing.recorder()
    local hap = haproxyadmin.HAProxy { sockets = { fake.address }, transport = recorder, keep = true }
    for _ = 1, 3 do
      assert.is_true(hap:setmaxconn(5))
      recorder.replies = {}
    end
    assert.equal(100, hap.maxconn)
    assert.equal(replies["show info"], recorder.replies["show info"] .. "\n")
    assert.is_true(hap:setmaxconn(5))
    assert.equal("", recorder.replies["set maxconn global 5"])
    assert.is_nil(recorder.replies.prompt)
    hap:close()
  end)
end)
