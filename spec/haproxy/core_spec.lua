-- The binding, without the Lua files above it: what it takes, what it gives,
-- and what it says of arguments that cannot be right.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local sessions = require "spec.support.sessions"

local function fixture(name)
  local file = assert(io.open("spec/fixtures/" .. name, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- A whole reply made of `text`.
local function reply(kind, text)
  local made = sessions.once(kind)
  if not made:feed(text) then
    assert.is_true(made:finish())
  end
  return made
end

local numbers = {}
for _, of_kind in pairs(core.metrics().number) do
  for name, number in pairs(of_kind) do
    numbers[name] = number
  end
end

local function snapshot(...)
  local entries = {}
  for i, version in ipairs { ... } do
    entries[i] = { i, i + 10, reply("reading", fixture(version .. "/reading.txt")) }
  end
  return core.snapshot({ identity = "test" }, entries)
end

local function per_process(values)
  local found = {}
  for i, entry in ipairs(values) do
    found[i] = entry[2]
  end
  return found
end

-- Parts as the encoder takes them, of {class, value, value} each.
local function encode(...)
  local parts, count = {}, select("#", ...)
  for i = 1, count do
    local part = select(i, ...)
    for field = 1, 3 do
      parts[3 * (i - 1) + field] = part[field]
    end
  end
  return core.encode(parts, count)
end

describe("core.encode", function()
  it("builds a line", function()
    assert.equal(
      "set map #3 a\\;b a\\ b 7",
      encode({ "words", "set map" }, { "identifier", "#3" }, { "key", "a;b" }, { "value", "a b" }, { "number", 7 })
    )
    assert.equal("set weight app/one", encode({ "words", "set weight" }, { "server", "app", "one" }))
    local reference = { "reference", "0x1f" }
    assert.equal("del acl /a #0x1f", encode({ "words", "del acl" }, { "identifier", "/a" }, reference))
    assert.equal("x 1.2.3.4 n", encode({ "words", "x" }, { "address", "1.2.3.4" }, { "name", "n" }))
    assert.equal("x", core.encode({ "words", "x", nil, "words", "y" }, 1))
  end)

  it("refuses what cannot be sent, and says which and why", function()
    local function refused(...)
      return { encode(...) }
    end
    assert.same({ nil, 2, "character", 2 }, refused({ "words", "w" }, { "value", "a\nb" }))
    assert.same({ nil, 1, "character", 1 }, refused { "value", "\0" })
    assert.same({ nil, 1, "empty", 1 }, refused { "key", "" })
    assert.same({ nil, 1, "form", 1 }, refused { "address", "localhost" })
    assert.same({ nil, 1, "character", 2, 1 }, refused { "server", "a/b", "c/d" })
    assert.same({ nil, 2, "character", 4, 2 }, refused({ "words", "w" }, { "server", "app", "one/" }))
    assert.same({ nil, 1, "empty", 1, 2 }, refused { "server", "app", "" })
    assert.equal("length", (select(3, encode { "value", ("x"):rep(20000) })))
    assert.equal("x", encode { "words", "x" })
  end)

  it("raises for arguments that are none of its own", function()
    assert.error_matches(function() encode { "nothing", "x" } end, "invalid option")
    assert.error_matches(function() encode { "name" } end, "string expected")
    assert.error_matches(function() encode { "number", "x" } end, "number expected")
    assert.error_matches(function() encode { "server", "a" } end, "string expected")
    assert.error_matches(function() encode { "value", {} } end, "string expected")
    assert.error_matches(function() core.encode("name", 1) end, "table expected")
    assert.error_matches(function() core.encode({ { "name" } }, 1) end, "string expected")
    assert.error_matches(function() core.encode({ "words", "x" }, 0) end, "out of range")
    assert.error_matches(function() core.encode({ "words", "x" }) end, "number expected")
  end)
end)

describe("core.address", function()
  it("reads every form", function()
    assert.same({ "unix", "/run/a" }, { core.address "unix@/run/a" })
    assert.same({ "abns", "a" }, { core.address "abns@a" })
    assert.same({ "tcp", "::1", 99 }, { core.address "tcp@[::1]:99" })
    assert.same({ nil, "names nothing" }, { core.address "" })
  end)

  it("splits and recognises", function()
    assert.same({ "::1", 80 }, { core.split_address "[::1]:80" })
    assert.same({}, { core.split_address "unix" })
    assert.is_true(core.is_ip "10.0.0.1")
    assert.is_false(core.is_ip "010.0.0.1")
  end)
end)

describe("core.session", function()
  it("takes bytes in any pieces", function()
    local text = fixture "2.2/show-stat-backend.txt"
    local whole = reply("stat", text)
    local piecemeal = sessions.once "stat"
    for i = 1, #text - 1 do
      assert.is_false(piecemeal:feed(text:sub(i, i)))
    end
    assert.is_true(piecemeal:feed(text:sub(-1)))
    assert.equal(whole:text(), piecemeal:text())
    assert.is_true(whole:shaped())
  end)

  it("gives lines", function()
    assert.same({ "a", "", "b" }, reply("text", "a\n\nb\n\n"):lines())
    assert.same({}, reply("list", "\n"):lines())
  end)

  it("tells a short reply from a whole one", function()
    local short = sessions.once("list", 1000)
    assert.is_false(short:feed "0x1 a\n")
    assert.same({ nil, "truncated" }, { short:finish() })
    assert.same({ nil, "truncated" }, { short:feed "more" })
    assert.same({ nil, "closed" }, { sessions.once("list", 1000):finish() })
    assert.same({ nil, "too_big" }, { sessions.once("list", 3):feed "0x1 a\n" })
  end)

  it("gives only the words that stand for a reply", function()
    local words = reply("reading", "Permission denied\n\nPermission denied\n\n")
    assert.is_false(words:shaped())
    assert.equal("Permission denied", words:text())
  end)

  it("refuses a size that is none", function()
    for _, size in ipairs { -1, 0 / 0, 1 / 0, 2 ^ 63 } do
      assert.error_matches(function() core.session("once", size) end, "out of range")
    end
    assert.error_matches(function() core.session("nothing", 1) end, "invalid option")
    assert.error(function() core.session("once", 1).feed({}, "x") end)
  end)
end)

describe("core.snapshot", function()
  it("joins processes of every version", function()
    local read = snapshot("2.2", "2.6", "3.0", "3.2", "3.4")
    local state = {}
    local names = {}
    for i, object in ipairs(core.objects(read, "backend", state, false)) do
      names[i] = core.name(object)
      assert.equal(5, #core.places(object))
    end
    assert.same({ "app", "checked", "status" }, names)
    local web = core.find(read, "server", state, true, "checked", "web")
    assert.equal(state, core.context(web))
    assert.is_true(core.live(web))
    assert.equal("server", core.kind(web))
    assert.equal("checked", core.proxy(web))
    for _, entry in ipairs(core.values(web, numbers.last_chk)) do
      assert.equal('Said "no", twice', entry[2])
    end
    assert.same({ "DOWN" }, { core.metric(web, numbers.status) })
    local www = core.find(read, "frontend", state, true, "www")
    assert.same({ 15 }, { core.metric(www, numbers.req_tot) })
    assert.same({ 3 }, { core.metric(www, numbers.req_tot, "max") })
    assert.same({ nil, true }, { core.info_metric(read, numbers.Version) })
    assert.is_nil(core.find(read, "server", state, true, "checked", "none"))
  end)

  it("undoes the quotes of a description", function()
    local read = snapshot("2.2", "3.4")
    local description = 'a "quoted", described node'
    assert.same({ { 11, description }, { 12, description } }, core.info_values(read, numbers.description))
    assert.same({ description }, { core.info_metric(read, numbers.description) })
    assert.equal(description, core.info(core.info_text(read, 1)).description)
  end)

  it("lets processes agree whose versions have the column", function()
    local read = snapshot("2.2", "3.4", "3.4")
    local web = core.find(read, "server", {}, false, "checked", "web")
    for _, name in ipairs { "status", "weight", "check_status", "check_code", "last_chk", "addr" } do
      local value = core.values(web, numbers[name])[2][2]
      assert.is_truthy(value)
      assert.same({ value }, { core.metric(web, numbers[name], "same") }, name)
      assert.same({ value, true }, { core.peek(web, core.code(numbers[name], "same")) }, name)
    end
    -- HAProxy 2.2 has neither this column nor this line.
    assert.same({ nil, 1, 1 }, per_process(core.values(web, numbers.uweight)))
    assert.equal(1, core.metric(web, numbers.uweight, "same"))
    assert.same({ nil, "0", "0" }, per_process(core.info_values(read, numbers.Tainted)))
    assert.equal("0", core.info_metric(read, numbers.Tainted))
    assert.same({ nil, true }, { core.info_metric(read, numbers.Version) })
  end)

  it("lets an empty column disagree with one that is not", function()
    local text = fixture "2.6/reading.txt"
    local emptied = text:gsub("L7STS,500,", "* L7STS,,")
    local read = core.snapshot({}, { { 1, 1, reply("reading", text) }, { 2, 2, reply("reading", emptied) } })
    local web = core.find(read, "server", {}, false, "checked", "web")
    assert.same({ nil, true }, { core.metric(web, numbers.check_code) })
    assert.same({}, { core.peek(web, core.code(numbers.check_code)) })
    assert.same({ 500, nil }, per_process(core.values(web, numbers.check_code)))
    assert.equal("L7STS", core.metric(web, numbers.check_status))
    assert.same({ "L7STS", "L7STS" }, per_process(core.values(web, numbers.check_status)))
  end)

  it("splits addresses", function()
    local read = snapshot("2.2", "3.4")
    local web = core.find(read, "server", {}, false, "checked", "web")
    local whole = core.metric(web, numbers.addr)
    local host, port = core.split_address(whole)
    assert.same({ host, true }, { core.peek(web, core.code(numbers.addr, "address")) })
    assert.same({ port, true }, { core.peek(web, core.code(numbers.addr, "port")) })
    assert.same({ port, port }, per_process(core.values(web, numbers.addr, "port")))
  end)

  it("gives rows as tables", function()
    for _, row in ipairs(core.rows(snapshot "2.6")[1]) do
      assert.is_string(row.pxname)
      assert.is_number(row.iid)
    end
  end)

  it("gives rows as tables below a header with quotes in it", function()
    local text = 'Name: x\n\n# pxname,svname,type,"a,b",\nw,x,2,3,4,\n\n'
    assert.same({ { pxname = "w", svname = "x", type = 2, ["a,b"] = 3 } }, core.rows(core.snapshot({}, {
      { 1, 1, reply("reading", text) },
    }))[1])
  end)

  it("takes a reply once", function()
    local once = reply("reading", fixture "2.6/reading.txt")
    assert.same({ nil, 2 }, { core.snapshot({}, { { 1, 1, once }, { 2, 2, once } }) })
  end)

  it("says which reply is unfit", function()
    local good = reply("reading", fixture "2.6/reading.txt")
    local words = reply("reading", "Permission denied\n\n")
    assert.same({ nil, 2 }, { core.snapshot({}, { { 1, 1, good }, { 2, 2, words } }) })
  end)

  it("raises for arguments that cannot be right", function()
    assert.error(function() core.snapshot(nil, {}) end)
    assert.error(function() core.snapshot({}, { 1 }) end)
    assert.error(function() core.snapshot({}, { { 1, 1, "reply" } }) end)
    local read = snapshot "2.6"
    local www = core.find(read, "frontend", {}, false, "www")
    assert.error_matches(function() core.metric(www, 0) end, "no metric")
    assert.error_matches(function() core.metric(www, 100000) end, "no metric")
    assert.error_matches(function() core.metric(www, numbers.stot, "mean") end, "invalid option")
    assert.error(function() core.metric(read, numbers.stot) end)
    assert.error(function() core.values({}, numbers.stot) end)
    assert.error(function() core.find(read, "listener", {}, false, "www") end)
    assert.error(function() core.info_values(www, numbers.Pid) end)
  end)
end)

describe("core.calculate", function()
  it("aggregates", function()
    assert.equal(6, core.calculate("sum", { 1, 2, 3 }))
    assert.equal(2, core.calculate("avg", { 1, 2, 4 }))
    assert.equal(0, core.calculate("sum", {}))
    assert.equal(-2, core.calculate("min", { 1.9, -2.9 }))
  end)

  it("keeps integers whole", function()
    local largest = rawget(math, "maxinteger")
    if largest then
      assert.equal(largest, core.calculate("sum", { largest }))
      assert.equal(largest, core.calculate("sum", { largest, 1 }))
    end
    assert.equal(2 ^ 53, core.calculate("max", { 2 ^ 53, 1 }))
  end)

  it("refuses numbers that no integer is", function()
    for _, number in ipairs { 1 / 0, -1 / 0, 0 / 0, 1e300 } do
      assert.error_matches(function() core.calculate("sum", { number }) end, "out of range")
    end
    assert.error(function() core.calculate("sum", { "x" }) end)
  end)
end)

describe("core.fanout and core.exchange", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2 }
  end)

  teardown(function()
    farm:stop()
  end)

  local function exchange(address, kind, line)
    local request = { address = address, line = line, reply = sessions.once(kind) }
    core.exchange({ request }, core.now() + 10)
    return request.reply, request
  end

  it("asks every process at once", function()
    local requests = {}
    for i, socket in ipairs(farm.sockets) do
      requests[i] = { address = socket, line = "show info;show stat\n", reply = sessions.once "reading" }
    end
    core.exchange(requests, core.now() + 10)
    local read = core.snapshot({}, { { 1, 1, requests[1].reply }, { 2, 2, requests[2].reply } })
    assert.equal(2, #core.places(core.find(read, "backend", {}, false, "app")))
    assert.same({}, { requests[1].code, requests[2].code })
  end)

  local function info_request()
    return { address = farm.sockets[1], line = "show info\n", reply = sessions.once "info" }
  end

  it("goes on one step at a time", function()
    local request = info_request()
    local fanout = core.fanout { request }
    local deadline = core.now() + 10
    while not fanout:step(deadline) do
      local seconds, descriptors = fanout:waits(deadline)
      assert.is_true(seconds <= 10)
      assert.is_number(descriptors[1][1])
      core.sleep(0.001)
    end
    assert.is_nil(request.code)
    assert.truthy(core.info(request.reply:text()).Pid)
  end)

  it("says what went wrong", function()
    local _, request = exchange(farm.dir .. "/none.sock", "info", "show info\n")
    assert.same({ "not_found", "No such file or directory", false }, { request.code, request.words, request.sent })
  end)

  it("lets one encoded line be one command", function()
    local line = encode({ "words", "show map" }, { "identifier", "/none;show info" }) .. "\n"
    local answer = exchange(farm.sockets[1], "text", line)
    assert.matches("^Unknown map identifier", answer:text())
    assert.is_nil(answer:text():find "Uptime")
    assert.equal("not_found", core.refusal(answer:text()))
  end)

  it("raises for arguments that cannot be right", function()
    local function refused(message, request)
      assert.error_matches(function() core.fanout { request } end, message)
      assert.error_matches(function() core.exchange({ request }, 0) end, message)
    end
    refused("names nothing", { address = "", line = "x\n", reply = sessions.once "text" })
    refused("Exchange", { address = "/a", line = "x\n", reply = {} })
    refused("string expected", { address = "/a", reply = sessions.once "text" })
    refused("table expected", 1)
    assert.error_matches(function() core.fanout(1) end, "table expected")
    core.exchange({}, core.now() + 10)
  end)

  it("exchanges after an exchange that raised, whose connections are free again", function()
    local good = info_request()
    assert.error(function() core.exchange({ good, 1 }, core.now() + 10) end)
    core.exchange({ good }, core.now() + 10)
    assert.is_nil(good.code)
    assert.truthy(core.info(good.reply:text()).Pid)
  end)

  it("closes its descriptors when it is given up in the middle", function()
    -- A process that was stopped accepts connections and never answers.
    farm:signal(1, "STOP")
    local before = #core.list "/proc/self/fd"
    local fanout = core.fanout { info_request() }
    assert.is_false(fanout:step(core.now() + 10))
    local meanwhile = #core.list "/proc/self/fd"
    fanout = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local after = #core.list "/proc/self/fd"
    farm:signal(1, "CONT")
    assert.equal(before + 1, meanwhile)
    assert.equal(before, after)
  end)
end)
