-- Exchanges: an answer is whole, or it is an error.

local core = require "haproxyadmin.core"
local sessions = require "spec.support.sessions"

local CAP = 2 ^ 20

local info = "Name: HAProxy\nVersion: 2.6.12\nPid: 7\n\n"
local stat = "# pxname,svname,status,last_chk,\nwww,FRONTEND,OPEN,,\napp,app1,UP,,\n\n"

-- Feeds pieces, then the end of the stream: the code, or "whole".
local function outcome(kind, pieces, cap)
  local reply = sessions.once(kind, cap or CAP)
  local done, code
  for _, piece in ipairs(pieces) do
    done, code = reply:feed(piece)
  end
  if done == false then
    done, code = reply:finish()
  end
  return done and "whole" or code, reply
end

local function in_bytes(text)
  local pieces = {}
  for byte in text:gmatch "." do
    pieces[#pieces + 1] = byte
  end
  return pieces
end

-- The same in one piece, byte by byte, and cut in two at every place.
local function expect(expected, kind, text)
  local found, reply = outcome(kind, { text })
  assert.equal(expected, found, ("%s: %q"):format(kind, text))
  if #text < 300 then
    assert.equal(expected, (outcome(kind, in_bytes(text))), ("%s in bytes: %q"):format(kind, text))
    for at = 1, #text - 1 do
      assert.equal(expected, (outcome(kind, { text:sub(1, at), text:sub(at + 1) })))
    end
  end
  return reply
end

-- Every beginning of a whole reply is an error.
local function no_beginning_is_whole(kind, text, but)
  for len = 0, #text - 1 do
    local beginning = text:sub(1, len)
    local found = outcome(kind, { beginning })
    if not (but and but(beginning)) then
      local expected = len == 0 and "closed" or "truncated"
      assert.equal(expected, found, ("%s: %q"):format(kind, beginning))
    end
  end
end

describe("session", function()
  it("is whole", function()
    expect("whole", "info", info)
    expect("whole", "stat", stat)
    expect("whole", "reading", info .. stat)
    expect("whole", "list", "0x1 a b\n0x2 c d\n\n")
    expect("whole", "list", "\n")
    expect("whole", "text", "\n")
    expect("whole", "text", "a\nb\n\n")
    expect("whole", "text", "one line, as HAProxy to 2.8 leaves it\n")
  end)

  it("is cut at no byte without an error", function()
    no_beginning_is_whole("info", info)
    no_beginning_is_whole("stat", stat)
    no_beginning_is_whole("reading", info .. stat)
    no_beginning_is_whole("list", "0x1 a b\n0x2 c d\n\n")
    no_beginning_is_whole("text", "first\nsecond\nthird\n\n", function(beginning)
      return beginning == "first\n" -- cannot be told from a reply of one line
    end)
  end)

  it("is an error when a line's end is missing", function()
    expect("truncated", "text", "no end")
    expect("truncated", "text", "a\nb")
    expect("truncated", "list", "0x1 a b")
    expect("truncated", "list", "0x1 a b\n")
    expect("truncated", "list", "0x1 a b\n0x2 c d\n")
    expect("truncated", "info", "Name: HAProxy\nPid: 7\n")
    expect("truncated", "stat", "# pxname,svname,status,\nwww,FRONTEND,OPEN,\n")
  end)

  it("is an error when a row has another number of columns", function()
    expect("truncated", "stat", "# pxname,svname,status,\nwww,FRONTEND,\n\n")
    expect("truncated", "stat", '# pxname,svname,status,\nwww,"FRONT,END",\n\n')
    expect("foreign", "stat", "# pxname,svname,status,\nwww,FRONTEND,OPEN,more,\n\n")
    expect("foreign", "stat", '# pxname,svname,status,\nwww,FRONTEND,"OPEN",more,\n\n')
  end)

  it("ends at no empty line inside quotes", function()
    local text = '# pxname,svname,status,last_chk,\napp,app1,UP,"a\n\nb ""x""\n\n",\napp,app2,UP,"c,d",\n\n'
    local reply = expect("whole", "stat", text)
    assert.is_true(reply:shaped())
    assert.equal(text:gsub("\n\n$", ""), reply:text())
    no_beginning_is_whole("stat", text)
  end)

  it("is an error when something follows the end", function()
    assert.equal("foreign", (outcome("stat", { stat .. "more\n" })))
    assert.equal("foreign", (outcome("reading", { info .. stat .. "\n" })))
    expect("foreign", "list", "0x1 a b\n\n0x2 c d\n\n")
    expect("foreign", "list", "\n0x2 c d\n\n")
    expect("foreign", "list", "0x1 a b\n\nmore")
  end)

  it("may be words instead of a table", function()
    local reply = expect("whole", "stat", "No such proxy.\n\n")
    assert.is_false(reply:shaped())
    assert.equal("No such proxy.", reply:text())
    expect("whole", "info", "Permission denied\n\n")
    for _, prose in ipairs { "can't do this\n\n", 'a " alone\n\n', "# px\"name\n\n" } do
      assert.is_false(expect("whole", "stat", prose):shaped())
    end
    expect("truncated", "stat", "No such pro")
    expect("truncated", "info", "Permission den")
  end)

  it("tells the words of a reading's second part from the first", function()
    local reply = expect("whole", "reading", info .. "Permission denied\n\n")
    assert.is_true(reply:shaped(1))
    assert.is_false(reply:shaped(2))
    assert.equal("Permission denied", reply:text(2))
    assert.equal(info:gsub("\n\n$", ""), reply:text(1))
    reply = expect("whole", "reading", "Permission denied\n\nPermission denied\n\n")
    assert.same({ 1, "Permission denied", "" }, { reply:count(), reply:text(1), reply:text(2) })
  end)

  it("is another program's", function()
    for _, text in ipairs {
      "HTTP/1.0 400 Bad request\r\ncontent-type: text/html\r\n\r\n<html>\n",
      "220 mail.example.com ESMTP ready\r\n",
      "220-ftp.example.com\r\n220 ready\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
    } do
      for _, kind in ipairs { "text", "list", "info", "stat", "reading" } do
        expect("foreign", kind, text)
      end
    end
    expect("whole", "text", "100 (initial 100)\n\n")
    expect("whole", "list", "0x1 key value\r\n\n")
  end)

  it("has a limit", function()
    for _, kind in ipairs { "text", "list" } do
      assert.equal("whole", (outcome(kind, { ("x"):rep(98), "\n\n" }, 100)))
      assert.equal("too_big", (outcome(kind, { ("x"):rep(99), "\n\n" }, 100)))
    end
    assert.equal("too_big", (outcome("info", { info }, #info - 1)))
    assert.equal("whole", (outcome("info", { info }, #info)))
    assert.equal("too_big", (outcome("stat", { stat }, #stat - 1)))
    assert.equal("whole", (outcome("stat", { stat }, #stat)))
  end)

  it("gives its lines, empty ones too", function()
    local _, reply = outcome("text", { "0x1 a\nb\n\nc\n0x2 d\n\n" })
    assert.same({ "0x1 a", "b", "", "c", "0x2 d" }, reply:lines())
    _, reply = outcome("list", { "\n" })
    assert.same({}, reply:lines())
    _, reply = outcome("list", { "a\0b \255\n\n" })
    assert.same({ "a\0b \255" }, reply:lines())
  end)

  it("costs as much in small pieces as its length says", function()
    -- Looking at everything again at every piece would take minutes.
    local rows = { "# pxname,svname,status,last_chk,\n" }
    for i = 2, 40000 do
      rows[i] = ("app,app%d,UP,%s,\n"):format(i, i % 2 == 0 and '"a ""quoted"" one"' or "")
    end
    local text = table.concat(rows) .. "\n"
    local before = core.now()
    for _, kind in ipairs { "stat", "reading" } do
      local reply = sessions.once(kind, 2 ^ 26)
      local all = kind == "reading" and info .. text or text
      local done
      for at = 1, #all, 7 do
        done = reply:feed(all:sub(at, at + 6))
      end
      assert.is_true(done)
    end
    for _, opening in ipairs { ("x"):rep(2 ^ 20), ("line\n"):rep(2 ^ 18) } do
      for _, kind in ipairs { "text", "list", "info", "stat" } do
        local reply = sessions.once(kind, 2 ^ 26)
        for at = 1, #opening, 7 do
          reply:feed(opening:sub(at, at + 6))
        end
      end
    end
    assert.is_true(core.now() - before < 60)
  end)

  local function session_of(mode, fresh, ...)
    local session = core.session(mode, CAP, fresh)
    for _, entry in ipairs { ... } do
      assert.is_true(session:ask(entry[1], entry[2]))
    end
    return session
  end

  local function texts(session)
    local found = {}
    for i = 1, session:count() do
      found[i] = session:text(i)
    end
    return found
  end

  it("joins commands to one line", function()
    local session = session_of("once", false, { "a", "text" }, { "b c", "text" }, { "d", "text" })
    assert.equal("a;b c;d\n", session:line())
    assert.is_false(session:feed "\nNo such server.\n\na\nb\n\n")
    assert.is_true(session:finish())
    assert.same({ "", "No such server.", "a\nb" }, texts(session))
    assert.equal("\nNo such server.\n\na\nb\n\n", session:raw())
  end)

  it("takes no other number of answers than of commands", function()
    for _, bytes in ipairs { "\n", "a\n\n", "a\n\nb\n", "a\n\nb", "\n\n\n", "a\n\nb\n\nc\n\n", "a\nb\n" } do
      local session = session_of("once", false, { "a", "text" }, { "b", "text" })
      assert.is_false(session:feed(bytes))
      assert.same({ nil, "truncated" }, { session:finish() }, bytes)
    end
  end)

  it("asks for a prompt with the first command only", function()
    assert.equal("prompt\nshow info\n", session_of("prompt", true, { "show info", "info" }):line())
    assert.equal("a\nb\n", session_of("prompt", false, { "a", "text" }, { "b", "text" }):line())
  end)

  it("tells answers by their prompts", function()
    local table_of_one = "# pxname,svname,type,\napp,app1,2,\n\n"
    local answers = "\n> " .. info .. "> " .. table_of_one .. "> \n> 5 (initial 10)\n\n> no empty line\n> "
    local function session()
      return session_of(
        "prompt",
        true,
        { "show info", "info" },
        { "show stat", "stat" },
        { "a", "text" },
        { "b", "text" },
        { "c", "text" }
      )
    end
    for at = 1, #answers - 1 do
      local cut = session()
      assert.is_false(cut:feed(answers:sub(1, at)))
      assert.is_true(cut:feed(answers:sub(at + 1)))
      assert.same(
        { (info:gsub("\n\n$", "")), (table_of_one:gsub("\n\n$", "")), "", "5 (initial 10)", "no empty line" },
        texts(cut)
      )
      cut = session()
      cut:feed(answers:sub(1, at))
      assert.same({ nil, "truncated" }, { cut:finish() })
    end
    assert.same({ nil, "closed" }, { session():finish() })
    local read = session()
    read:feed(answers)
    local snapshot = core.snapshot({}, { { 1, 1, read } })
    assert.equal("app1", core.name(core.find(snapshot, "server", {}, false, "app", "app1")))
    assert.equal(7, core.info((core.info_text(snapshot, 1))).Pid)
  end)

  it("goes on behind words", function()
    local session = session_of("prompt", false, { "a", "info" }, { "b", "stat" }, { "c", "info" }, { "d", "text" })
    assert.is_true(session:feed("Permission denied\n\n> can't\n> " .. info .. "> \n> "))
    assert.same({ false, false, true }, { session:shaped(1), session:shaped(2), session:shaped(3) })
    assert.same({ "Permission denied", "can't" }, { session:text(1), session:text(2) })
  end)

  it("is foreign where no prompt stands, or more than one", function()
    local function fed(bytes, fresh, frame)
      return { session_of("prompt", fresh, { "a", frame or "text" }):feed(bytes) }
    end
    assert.same({ nil, "foreign" }, fed("HTTP/1.0 400\r\n", true))
    assert.same({ nil, "foreign" }, fed("> \n> ", true))
    assert.same({ nil, "foreign" }, fed("\n>\n", true))
    assert.same({ nil, "foreign" }, fed("\n> \n> \n> ", true))
    assert.same({ nil, "foreign" }, fed("a\n> b", false))
    assert.same({ nil, "foreign" }, fed(info .. "more", false, "info"))
    assert.same({ nil, "foreign" }, fed(stat .. "\n> ", false, "stat"))
    assert.same({ false }, fed("a > b\n>c\n>", false))
  end)

  it("asks nothing that could be more than one command", function()
    local once, prompt = core.session("once", CAP), core.session("prompt", CAP)
    for _, command in ipairs { "a\nb", "a\rb", "a\0b", "a\\" } do
      local alone = session_of("once", false, { command, "text" })
      assert.equal(command .. "\n", alone:line())
      assert.same({ nil, "bad_argument" }, { alone:ask("a", "text") })
      alone = session_of("once", false, { "a", "text" })
      assert.same({ nil, "bad_argument" }, { alone:ask(command, "text") })
      assert.same({ nil, "bad_argument" }, { prompt:ask(command, "text") })
    end
    assert.same({ nil, "bad_argument" }, { prompt:ask("a;b", "text") })
    assert.same({ nil, "bad_argument" }, { prompt:ask("a\\\\;b", "text") })
    assert.is_true(prompt:ask("a\\;b", "text"))
    assert.is_true(once:ask("a;b", "text"))
    assert.same({ nil, "bad_argument" }, { prompt:ask("show map m", "list") })
    assert.is_true(once:ask("show map m", "list"))
    assert.same({ nil, "bad_argument" }, { once:ask("a", "text") })
    assert.equal("a;b;show map m\n", once:line())
    assert.equal("a\\;b\n", prompt:line())
  end)

  it("says when a command does not fit with the ones before", function()
    for mode, most in pairs { once = core.line_max, prompt = 12288 } do
      local session = core.session(mode, CAP)
      assert.is_true(session:ask(("x"):rep(core.line_max), "text"))
      assert.same({ nil, "too_big" }, { session:ask("a", "text") })
      session = core.session(mode, CAP)
      local count = 0
      while session:ask("twelve bytes", "text") do
        count = count + 1
      end
      assert.same({ nil, "too_big" }, { session:ask("twelve bytes", "text") })
      assert.equal(count * 13, #session:line())
      assert.is_true(#session:line() <= most + 1 and #session:line() + 13 > most)
    end
  end)

  it("gives its memory back", function()
    local session = session_of("prompt", false, { "a", "text" })
    session:feed "words\n> "
    session:free()
    session:free()
    assert.same({ 0, "", "", "" }, { session:count(), session:text(), session:raw(), session:line() })
  end)
end)

describe("a session that is used again", function()
  it("asks what it is told to begin with, and has no other answer", function()
    local session = core.session("once", 100)
    session:ask("show info", "info")
    session:feed(info)
    local line = session:begin("prompt", CAP, true, { "show info", "show stat" }, { "info", "stat" })
    assert.equal("prompt\nshow info\nshow stat\n", line)
    assert.equal(0, session:count())
    assert.is_true(session:feed("\n> " .. info .. "> " .. stat .. "> "))
    assert.equal(2, session:count())
    assert.equal("a;b\n", session:begin("once", CAP, false, { "a", "b" }, "text"))
    session:clear()
    assert.equal("", session:line())
  end)

  it("raises for what cannot be asked", function()
    local session = core.session("once", CAP)
    assert.error_matches(function()
      session:begin("prompt", CAP, false, { "show map" }, "list")
    end, "command 1: bad_argument")
    assert.error_matches(function()
      session:begin("once", CAP, false, { "a", 1, {} }, "text")
    end, "string expected")
    assert.equal("a\n", session:begin("once", CAP, false, { "a" }, "text"))
  end)
end)
