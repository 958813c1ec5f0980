-- How the program reads and writes numbers, durations, patterns and texts.

local duration = require "haproxyadmin.cli.base.duration"
local numbers = require "haproxyadmin.cli.base.numbers"
local selectors = require "haproxyadmin.cli.items.selectors"
local similar = require "haproxyadmin.cli.base.similar"
local text = require "haproxyadmin.cli.base.text"

describe("durations", function()
  it("are read with units", function()
    for words, seconds in pairs { ["500ms"] = 0.5, ["30"] = 30, ["1.5s"] = 1.5, ["1h30m"] = 5400, ["2d"] = 172800 } do
      assert.equal(seconds, duration.read(words))
    end
    for _, words in ipairs { "", "0", "-1", "soon", "5x", "m", "1h30", "5m " } do
      assert.is_nil((duration.read(words)), words)
    end
  end)

  it("are written with the two largest", function()
    assert.equal("0s", duration.write(0))
    assert.equal("59s", duration.write(59.9))
    assert.equal("2m 14s", duration.write(134))
    assert.equal("6d 4h", duration.write(6 * 86400 + 4 * 3600 + 59))
  end)
end)

describe("numbers of processes", function()
  it("are lists and ranges", function()
    assert.same({ 1, 3, 4 }, numbers.list "1,3-4")
    for _, words in ipairs { "", "0", "2-1", "1,", "a", "1-99999999" } do
      assert.is_nil((numbers.list(words)), words)
    end
  end)
end)

describe("patterns", function()
  it("are the shell's, and nothing of Lua's", function()
    local function matches(glob, name)
      return name:find(selectors.pattern(glob)) ~= nil
    end
    assert.is_true(matches("web*", "web1"))
    assert.is_true(matches("w?b[12]", "web2"))
    assert.is_true(matches("a.b-c", "a.b-c"))
    assert.is_true(matches("[!a-c]x", "dx"))
    assert.is_true(matches("*", ""))
    assert.is_false(matches("web", "web1"))
    assert.is_false(matches("a.b", "axb"))
    assert.is_false(matches("%a", "b"))
    assert.is_false(matches("[!a-c]x", "bx"))
  end)
end)

describe("words", function()
  it("are told from those that they are like", function()
    assert.equal("drain", similar.find({ "ready", "drain" }, "drian"))
    assert.is_nil(similar.find({ "ready", "drain" }, "shutdown"))
    assert.is_nil(similar.find({ "drain" }, ("drain"):rep(1000)))
  end)
end)

describe("texts", function()
  it("hold nothing that a terminal obeys", function()
    assert.equal("a\\x1b[2J\\x07\\x7f", text.plain "a\27[2J\7\127")
    assert.equal("\195\164 \\xff \\u009b", text.plain "\195\164 \255 \194\155")
    assert.equal("\\xc3\\xa4", text.ascii "\195\164")
  end)

  it("are padded and cut by characters", function()
    assert.equal("\195\164 ", text.pad("\195\164", 2))
    assert.equal(" 7", text.pad("7", 2, true))
    assert.equal("\195\164\195\164~", text.cut(("\195\164"):rep(4), 3))
    assert.equal("abc", text.cut("abc", 3))
  end)

  it("show large numbers", function()
    assert.equal("1,234,567", text.grouped(1234567))
    assert.equal("-1,000", text.grouped(-1000))
    assert.equal("999", text.short(999))
    assert.equal("1.2k", text.short(1299))
    assert.equal("340M", text.short(340e6))
  end)
end)
