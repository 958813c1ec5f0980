-- The reader: a reply is whole, or it is an error.

local core = require "haproxyadmin.core"

local CAP = 2 ^ 20

local info = "Name: HAProxy\nVersion: 2.6.12\nPid: 7\n\n"
local stat = "# pxname,svname,status,last_chk,\nwww,FRONTEND,OPEN,,\napp,app1,UP,,\n\n"

-- Feeds pieces, then the end of the stream: the code, or "whole".
local function outcome(kind, pieces, cap)
  local reply = core.reply(kind, cap or CAP)
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

describe("reply", function()
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
  end)

  it("may be words instead of a table", function()
    local reply = expect("whole", "stat", "No such proxy.\n\n")
    assert.is_false(reply:shaped())
    assert.equal("No such proxy.", reply:text())
    expect("whole", "info", "Permission denied\n\n")
    expect("truncated", "stat", "No such pro")
    expect("truncated", "info", "Permission den")
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
    local _, reply = outcome("list", { "0x1 a\nb\n\nc\n0x2 d\n\n" })
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
      local reply = core.reply(kind, 2 ^ 26)
      local all = kind == "reading" and info .. text or text
      local done
      for at = 1, #all, 7 do
        done = reply:feed(all:sub(at, at + 6))
      end
      assert.is_true(done)
    end
    for _, opening in ipairs { ("x"):rep(2 ^ 20), ("line\n"):rep(2 ^ 18) } do
      for _, kind in ipairs { "text", "list", "info", "stat" } do
        local reply = core.reply(kind, 2 ^ 26)
        for at = 1, #opening, 7 do
          reply:feed(opening:sub(at, at + 6))
        end
      end
    end
    assert.is_true(core.now() - before < 60)
  end)
end)
