local check = require "haproxyadmin.base.check"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local request = require "haproxyadmin.runtime.request"
local success = require "haproxyadmin.replies.success"
local version = require "haproxyadmin.base.version"

-- A value of each class that can be sent, and how it arrives.
local good = {
  number = { 7, "7" },
  proxy = { "app", "app" },
  server = { { "app", "one" }, "app/one" },
  version = { 3, "@3" },
  state = { "drain", "drain" },
  weight = { "50%", "50%" },
  identifier = { "/a b.map", "/a b.map" },
  key = { "k;1", "k;1" },
  value = { "a<<b\\c d", "a<<b\\c d" },
  reference = { { reference = "0x1f" }, "#0x1f" },
  address = { "::1", "::1" },
  session = { "0x55d1", "0x55d1" },
  conditions = {
    { { "gpc0", "gt", 1 }, { "gpc[2]", "le", 3 } },
    { "data.gpc0", "gt", "1", "data.gpc[2]", "le", "3" },
  },
  data = { { { "gpc0", 1 }, { "gpt0", 2 } }, { "data.gpc0", "1", "data.gpt0", "2" } },
  keywords = { { { "check" } }, "check" },
}

local hostile = {
  "",
  "\0",
  "a\nclear counters all",
  "a\r",
  "a;clear counters all",
  "a clear",
  "a\tb",
  "\\",
  "a\\",
  "<<",
  "a<<",
  "#0x1f",
  "@1",
  "../x",
  "a/b/c",
  ("x"):rep(20000),
}

-- HAProxy's own way to split a line: blanks part words, a semicolon commands, and a
-- backslash takes the character behind it as it is.
local function split(line)
  local words, word, i = {}, nil, 1
  while i <= #line do
    local character = line:sub(i, i)
    if character == "\\" then
      i = i + 1
      word = (word or "") .. line:sub(i, i)
    elseif character == ";" then
      return nil, "a second command"
    elseif character == " " or character == "\t" then
      if word then
        words[#words + 1] = word
      end
      word = nil
    else
      word = (word or "") .. character
    end
    i = i + 1
  end
  words[#words + 1] = word
  return words
end

local function classes_of(row, name)
  local class = row.arguments[name]
  return type(class) == "table" and class or { class }
end

-- Arguments of a row that can be sent, but for one.
local function arguments(row, but, value)
  local args = {}
  for name in pairs(row.arguments or {}) do
    args[name] = good[classes_of(row, name)[1]][1]
  end
  if row.payload then
    args[row.payload] = "one line"
  end
  if but then
    args[but] = value
  end
  return args
end

-- A hostile text as a value of a class.
local function as_value(class, text)
  if class == "server" then
    return { text, text }
  elseif class == "reference" then
    return { reference = text }
  elseif class == "conditions" then
    return { { "gpc0", "gt", 1 }, { text, text, text } }
  elseif class == "data" then
    return { { "gpc0", 1 }, { text, text } }
  elseif class == "keywords" then
    return { { text } }
  end
  return text
end

-- A command's line without its payload, which must stand behind it whole.
local function without_payload(row, line)
  if not row.payload or not line then
    return line
  end
  local first, payload = line:match "^([^\n]*) <<\n(.*)\n$"
  assert.equal("one line", payload)
  return first
end

local ANSWERS = { text = true, list = true, sections = true, info = true, stat = true }

describe("the table of commands", function()
  local rows = commands.all()

  it("says of each command what there is to know", function()
    local count = 0
    for name, row in pairs(rows) do
      count = count + 1
      assert.equal(name, row.name)
      assert.is_number(version.number(row.since), name)
      assert.is_truthy(ANSWERS[row.answer or "text"], name)
      for _, number in ipairs { 20200, 20600, 30400 } do
        assert.is_truthy(({ user = true, operator = true, admin = true })[commands.level(row, number)], name)
      end
      for argument in (row.line or ""):gmatch "<(.-)>" do
        for _, class in ipairs(classes_of(row, argument)) do
          assert.is_truthy(good[class], name .. ": " .. argument)
        end
      end
      for argument in pairs(row.arguments or {}) do
        assert.is_truthy(row.line:find("<" .. argument .. ">", 1, true), name .. ": " .. argument)
      end
    end
    assert.is_true(count >= 30)
  end)

  it("encodes the words and the arguments of each", function()
    for name, row in pairs(rows) do
      local line = without_payload(row, assert(commands.encode(row, arguments(row)), name))
      local words = assert(split(line))
      local expected = {}
      for word in (row.line or row.name):gsub("[%[%]]", ""):gmatch "%S+" do
        local argument = word:match "^<(.*)>$"
        local arrived = argument and good[classes_of(row, argument)[1]][2] or word
        for _, each in ipairs(type(arrived) == "table" and arrived or { arrived }) do
          expected[#expected + 1] = each
        end
      end
      assert.same(expected, words)
    end
  end)

  it("lets nothing hostile through in any argument of any row", function()
    for name, row in pairs(rows) do
      for argument in pairs(row.arguments or {}) do
        local count = #assert(split(without_payload(row, assert(commands.encode(row, arguments(row))))))
        for _, class in ipairs(classes_of(row, argument)) do
          for _, text in ipairs(hostile) do
            local line, err = commands.encode(row, arguments(row, argument, as_value(class, text)))
            local what = ("%s <%s> as %s: %q"):format(name, argument, class, text:sub(1, 40))
            line = without_payload(row, line)
            if line then
              assert.is_nil(line:find "[%z\r\n]", what)
              local words = assert(split(line), what)
              assert.equal(count, #words, what)
              assert.is_true(#line <= core.line_max, what)
              assert.is_nil(line:find("<<", 1, true), what)
            else
              assert.equal("ValueError", err.name, what)
              assert.matches("argument '", err.message, 1, true)
            end
          end
        end
        assert.is_nil((commands.encode(row, arguments(row, argument, {}))))
        assert.is_nil((commands.encode(row, arguments(row, argument, true))))
      end
    end
  end)

  it("takes each value of a keyword for one word", function()
    local row = commands.find "add server"
    local function encode(list)
      return commands.encode(row, { server = { "app", "one" }, address = "::1", keywords = list })
    end
    local plain = #split(assert(encode { { "sni", "x" } }))
    for _, text in ipairs(hostile) do
      local line, err = encode { { "sni", text }, { "check" } }
      if line then
        assert.is_nil(line:find "[%z\r\n]")
        assert.is_nil(line:find("<<", 1, true))
        local words = assert(split(line))
        assert.equal(plain + 1, #words)
        assert.same({ "sni", text, "check" }, { words[plain - 1], words[plain], words[plain + 1] })
      else
        assert.matches("argument 'sni'", err.message, 1, true)
      end
    end
    assert.equal("add server app/one ::1", commands.encode(row, { server = { "app", "one" }, address = "::1" }))
  end)

  describe("of a payload", function()
    local row = commands.find "add map entries"

    local function encode(text, number)
      return commands.encode(row, { id = "/m", entries = text }, number)
    end

    it("chooses an end that the text does not have", function()
      for _, number in ipairs { 20900, 30200, 30400 } do
        local pattern = assert(encode("a b\n\nc d\n", number)):match "^add map /m <<(%S+)\na b\n\nc d\n%1$"
        assert.is_true(#pattern <= 7, pattern)
      end
      for _, number in ipairs { 20200, 20800 } do
        assert.equal("add map /m <<\na b\nc d\n", encode("a b\nc d\n", number))
        assert.equal("add map /m <<\na b\nc d\n", encode("a b\nc d", number))
      end
      assert.equal("add map /m <<\na b\n", encode("a b", nil))
    end)

    local function refuses(text, number, name, code, words)
      local line, err = encode(text, number)
      assert.is_nil(line)
      assert.same({ name, code }, { err.name, err.code })
      assert.matches(words, err.message, 1, true)
      assert.matches("argument 'entries'", err.message, 1, true)
    end

    it("refuses what cannot be sent", function()
      refuses("a\0b", 30000, "ValueError", "bad_argument", "NUL at position 2")
      refuses("a b\r\n", 30000, "ValueError", "bad_argument", "CR at position 4")
      refuses("", 30000, "ValueError", "bad_argument", "not empty")
      refuses(nil, 30000, "ValueError", "bad_argument", "string")
      refuses("a b\n\nc d", 20800, "CommandFailed", "unsupported", "2.9")
      refuses("\n", 20800, "CommandFailed", "unsupported", "position 1")
      refuses("a b\n\n", nil, "CommandFailed", "unsupported", "position 5")
    end)

    it("has a limit with its command", function()
      local room = core.payload_max - #"add map /m <<%123456\n\n%123456\n"
      assert.equal(core.payload_max - 1, #assert(encode(("a"):rep(room), 30000)))
      refuses(("a"):rep(room + 1), 30000, "ValueError", "too_big", "at most 12288 bytes")
    end)

    it("is shown to nobody", function()
      local made = request.new({ nb = 1, address = "x" }, row, { (encode("secret key", 30000)) }, "text", false)
      assert.matches("^add map /m <<%%%w+$", request.shown(made))
    end)
  end)

  it("leaves out what is optional, whole", function()
    local row = commands.find "set server addr"
    local args = { server = { "a", "b" }, address = "1.2.3.4" }
    assert.equal("set server a/b addr 1.2.3.4", commands.encode(row, args))
    args.port = 80
    assert.equal("set server a/b addr 1.2.3.4 port 80", commands.encode(row, args))
  end)

  it("names the half of a server that cannot be sent", function()
    local row = commands.find "enable server"
    local _, err = commands.encode(row, { server = { "back", "a\nb" } })
    assert.matches("argument 'server': LF at position 2", err.message, 1, true)
    _, err = commands.encode(row, { server = { "b\nack", "one" } })
    assert.matches("argument 'backend': LF at position 2", err.message, 1, true)
  end)

  it("knows the level of each version", function()
    local row = commands.find "show map"
    assert.equal("user", commands.level(row, 20600))
    assert.equal("user", commands.level(row, 30300))
    assert.equal("admin", commands.level(row, 30400))
    assert.equal("admin", commands.level(row, nil))
    assert.equal("operator", commands.level(commands.find "clear counters", 30400))
  end)

  it("refuses what a version does not have, and what would harm it", function()
    local row = commands.find "show cli level"
    assert.is_nil((commands.allowed(row, "show cli level", 10800)))
    assert.is_true(commands.allowed(row, "show cli level", 10900))
    assert.is_true(commands.allowed(row, "show cli level", nil))
    local clear = commands.find "clear counters all"
    local _, err = commands.allowed(clear, "clear counters all", 30400)
    assert.same({ "CommandFailed", "unsupported" }, { err.name, err.code })
    assert.is_true(commands.allowed(clear, "clear counters all", 30401))
  end)

  it("refuses a blank in a word where HAProxy takes it for the word's end", function()
    local row = commands.find "add map"
    local line = commands.encode(row, { id = "/m", key = "two words", value = "v" })
    local versions = { [10800] = true, [10900] = false, [20000] = false, [20005] = false, [20200] = true }
    for number, allowed in pairs(versions) do
      local ok, err = commands.allowed(row, line, number)
      assert.equal(allowed, ok == true, tostring(number))
      assert.is_true(allowed or err.code == "unsupported")
    end
    assert.is_true(commands.allowed(row, commands.encode(row, { id = "/m", key = "k", value = "a;b" }), 20000))
  end)

  it("knows a success from everything else", function()
    local address = commands.find "set server addr"
    assert.is_true(success.of(address, ""))
    assert.is_true(success.of(address, "nothing changed"))
    assert.is_true(success.of(address, "IP changed from '1' to '2', port changed from '3' to '4' by 'x'"))
    assert.is_false(success.of(address, "no need to change the addr, problem converting port '0' to an int"))
    assert.is_true(success.of(commands.find "enable frontend", "All sockets are already enabled."))
    assert.is_false(success.of(commands.find "enable frontend", "All sockets are already disabled."))
    assert.is_false(success.of(commands.find "set weight", "New server registered."))
    assert.is_true(success.is_ending(commands.find "set weight", "Proxy is disabled."))
    assert.is_false(success.is_ending(commands.find "set maxconn global", "Proxy is disabled."))
  end)
end)

describe("versions", function()
  it("compare", function()
    assert.equal(20612, version.number "2.6.12-1+deb12u4")
    assert.equal(30500, version.number "3.5-dev5-50872da")
    assert.is_nil(version.number "unknown")
    assert.equal("2.6", version.text(20612))
  end)

  it("pick what holds", function()
    assert.equal("b", version.pick({ "a", ["2.4"] = "b", ["3.0"] = "c" }, 20900))
    assert.equal("c", version.pick({ "a", ["2.4"] = "b", ["3.0"] = "c" }, nil))
    assert.equal("x", version.pick("x", 1))
  end)
end)

it("an excerpt is one short line", function()
  assert.is_true(#check.excerpt(("x"):rep(1000)) < 250)
end)
