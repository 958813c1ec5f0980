-- What is drawn, and what is written for it.

local format = require "haproxyadmin.top.format"
local new_history = require("haproxyadmin.top.history").new
local new_screen = require("haproxyadmin.top.screen").new

local function screen(options)
  local made = new_screen(options or { colour = true, unicode = true })
  made:resize(3, 20)
  return made
end

describe("the screen", function()
  it("writes what differs, and only that", function()
    local s = screen()
    s:put(1, 1, "one")
    s:put(2, 3, "two", "red")
    local text = s:flush()
    assert.matches("^\27%[1;1H\27%[0mone +\27%[2;1H", text)
    assert.matches("\27%[0;31mtwo\27%[0m", text)
    s:clear()
    s:put(1, 1, "one")
    s:put(2, 3, "tWo", "red")
    assert.equal("\27[2;4H\27[0;31mW\27[0m", s:flush())
    s:clear()
    s:put(1, 1, "one")
    s:put(2, 3, "tWo", "red")
    assert.equal("", s:flush())
    s:forget()
    assert.matches("one", s:flush())
  end)

  it("writes a line in pieces where much of it stays", function()
    local s = screen()
    s:flush()
    s:clear()
    s:put(1, 1, "a")
    s:put(1, 4, "b")
    s:put(1, 19, "c")
    assert.equal("\27[1;1H\27[0ma  b\27[1;19Hc\27[0m", s:flush())
  end)

  it("lets nothing through that a terminal obeys or draws wider", function()
    local s = screen()
    for byte = 0, 255 do
      s:clear()
      s:put(1, 1, "a" .. string.char(byte) .. "b")
      s:put(2, 1, string.char(byte))
      assert.is_nil((s:text():gsub("\n", "")):find "[^\32-\126]", byte)
    end
    s:clear()
    s:put(1, 1, "\27[2J\27]0;x\7\n日本\194\155")
    assert.equal("?[2J?]0;x?????\n\n\n", s:text())
    assert.is_nil(s:flush():find "\27%[2J")
  end)

  it("draws bars as the terminal can", function()
    for unicode, expected in pairs { [true] = "▁█–…", [false] = "_#-~" } do
      local s = screen { colour = true, unicode = unicode }
      s:put(1, 1, "▁█–…")
      assert.equal(expected, s:text():match "^[^\n]*")
    end
  end)

  it("cuts what does not fit, wherever that is put", function()
    local s = screen()
    s:put(1, 18, "abcdef")
    s:put(2, 1, "abcdef", nil, 3)
    s:put(3, 19, "▁▂▃▄")
    s:put(9, 1, "below")
    assert.equal((" "):rep(17) .. "abc\nabc\n" .. (" "):rep(18) .. "▁▂\n", s:text())
  end)

  it("needs no colours", function()
    local s = screen { colour = false, unicode = true }
    s:put(1, 1, "down", "red")
    s:put(1, 6, "up", "green")
    s:bar(1)
    local text = s:flush()
    assert.matches("\27%[0;1;7mdown", text)
    assert.is_nil(text:find "3%d[;m]")
  end)
end)

describe("numbers in cells", function()
  it("are short", function()
    local counts = { [0] = "0", [99999] = "99999", [100000] = "100k", [1234567] = "1.2M", [5e9] = "5.0G" }
    for number, text in pairs(counts) do
      assert.equal(text, format.count(number))
    end
    assert.same({ "0", "0.4", "9.9", "10", "812" }, {
      format.rate(0),
      format.rate(0.4),
      format.rate(9.94),
      format.rate(9.96),
      format.rate(812.3),
    })
    assert.same({ "38s", "2m14s", "6d4h" }, {
      format.duration(38),
      format.duration(134),
      format.duration(6 * 86400 + 4 * 3600 + 5),
    })
    assert.same({ "512", "1.2k", "88k" }, { format.bytes(512), format.bytes(1200), format.bytes(88000) })
  end)
end)

describe("a history", function()
  it("is a line of bars, with blanks where nobody answered", function()
    local history = new_history()
    for _, value in ipairs { 0, 50, 100 } do
      history:add(value)
    end
    history:add(nil)
    assert.equal("▁▅█ ", history:line(8))
    assert.equal("█ ", history:line(2))
    assert.is_nil(history:last())
    for i = 1, 500 do
      history:add(i)
    end
    assert.equal(500, history:last())
    assert.is_true(#history < 200)
  end)
end)
