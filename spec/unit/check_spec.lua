local check = require "haproxyadmin.base.check"

describe("check", function()
  local function refused(expected, ...)
    local value, err = ...
    assert.is_nil(value)
    assert.equal("ValueError", err.name)
    assert.equal("bad_argument", err.code)
    assert.equal(expected, err.message)
  end

  it("takes integers in their range", function()
    assert.equal(0, check.integer("n", 0, 0))
    assert.equal(5, check.integer("n", 5.0, 0, 5))
    assert.equal(-7, check.integer("n", -7))
  end)

  it("names the argument, what was expected and what came", function()
    refused("argument 'n': integer >= 0 expected, got number -1", check.integer("n", -1, 0))
    refused("argument 'n': integer from 1 to 9 expected, got number 10", check.integer("n", 10, 1, 9))
    refused("argument 'n': integer expected, got number 1.5", check.integer("n", 1.5))
    refused("argument 'n': integer expected, got number " .. tostring(0 / 0), check.integer("n", 0 / 0))
    refused("argument 'n': integer expected, got number " .. tostring(math.huge), check.integer("n", math.huge))
    refused("argument 'n': integer expected, got string \"5\"", check.integer("n", "5"))
    refused("argument 's': string that is not empty expected, got nil", check.text("s"))
    refused("argument 's': string that is not empty expected, got table", check.text("s", {}))
    refused("argument 't': table expected, got boolean true", check.type("t", true, "table"))
  end)

  it("shows long and many-lined texts short and on one line", function()
    local _, err = check.integer("n", ("x"):rep(1000) .. "\n")
    assert.is_true(#err.message < 150)
    _, err = check.integer("n", "a\nb")
    assert.is_nil(err.message:find "\n")
  end)

  it("takes ids that HAProxy keeps whole, as numbers and as texts", function()
    assert.equal(0, check.id("id", 0))
    assert.equal(6, check.id("id", 6.0))
    assert.equal(6, check.id("id", "6"))
    assert.equal(6, check.id("id", "#6"))
    assert.equal(2 ^ 31 - 1, check.id("id", 2 ^ 31 - 1))
    assert.equal(2 ^ 31 - 1, check.id("id", "#2147483647"))
    local expected = "argument 'id': integer from 0 to 2147483647 expected, got "
    refused(expected .. "number -1", check.id("id", -1))
    refused(expected .. "number " .. tostring(2 ^ 31), check.id("id", 2 ^ 31))
    refused(expected .. "number " .. tostring(2 ^ 32 + 6), check.id("id", 2 ^ 32 + 6))
    refused(expected .. 'string "4294967302"', check.id("id", "4294967302"))
    refused(expected .. 'string "#4294967302"', check.id("id", "#4294967302"))
    refused(expected .. 'string "18446744073709551622"', check.id("id", "18446744073709551622"))
    for _, text in ipairs { "", "#", "##6", "-6", "6.0", "1e1", "0x6", " 6", "sites.map" } do
      refused(expected .. "string " .. check.quote(text), check.id("id", text))
    end
    refused(expected .. "nil", check.id("id"))
  end)

  it("takes ports, as numbers and as texts", function()
    assert.equal(1, check.port("port", 1))
    assert.equal(65535, check.port("port", 65535))
    assert.equal(8080, check.port("port", "8080"))
    local expected = "argument 'port': integer from 1 to 65535 expected, got "
    refused(expected .. "number 0", check.port("port", 0))
    refused(expected .. "number 65536", check.port("port", 65536))
    refused(expected .. "number 80.5", check.port("port", 80.5))
    for _, text in ipairs { "0", "65536", "4294975376", "http", "#80", "+80", "" } do
      refused(expected .. "string " .. check.quote(text), check.port("port", text))
    end
    refused(expected .. "boolean true", check.port("port", true))
  end)

  describe("numeral", function()
    local exact = "argument 'v': number that is exact (below 2^53; integers of Lua 5.3 and later: all) expected, got "

    it("has all digits of an integer", function()
      assert.equal("0", check.numeral("v", 0))
      assert.equal("0", check.numeral("v", -0.0))
      assert.equal("-7", check.numeral("v", -7.0))
      assert.equal("1000000000000000", check.numeral("v", 1e15))
      assert.equal("9007199254740991", check.numeral("v", 2 ^ 53 - 1))
      assert.equal("-9007199254740991", check.numeral("v", 1 - 2 ^ 53))
    end)

    it("has all digits of an integer of 64 bits, where Lua has them", function()
      local largest = tonumber "9223372036854775807"
      if tostring(largest) == "9223372036854775807" then
        assert.equal("9223372036854775807", check.numeral("v", largest))
        assert.equal("-9223372036854775808", check.numeral("v", -largest - 1))
        assert.equal("9007199254740993", check.numeral("v", tonumber "9007199254740993"))
      else
        refused(exact .. "number " .. tostring(largest), check.numeral("v", largest))
      end
    end)

    it("reads back as the same fraction", function()
      for text, value in pairs {
        ["0.1"] = 0.1,
        ["-13.5"] = -13.5,
        ["1e-07"] = 1e-7,
        ["0.30000000000000004"] = 0.1 + 0.2,
        ["12345678901234.5"] = 12345678901234.5,
        ["100000000000000.5"] = 100000000000000.5,
      } do
        assert.equal(text, check.numeral("v", value))
      end
      assert.equal(1 / 3, tonumber((check.numeral("v", 1 / 3))))
    end)

    it("is refused where digits are lost, and for what is no number", function()
      for _, value in ipairs { 2 ^ 53, -2 ^ 53, 1e300, math.huge, -math.huge, 0 / 0 } do
        refused(exact .. "number " .. tostring(value), check.numeral("v", value))
      end
      refused(exact .. 'string "5"', check.numeral("v", "5"))
      refused(exact .. "nil", check.numeral("v"))
    end)
  end)

  describe("excerpt", function()
    it("is the first line that is not empty", function()
      assert.equal("", check.excerpt "")
      assert.equal("", check.excerpt "\n\r\n")
      assert.equal("No such server.", check.excerpt "No such server.\n")
      assert.equal("first", check.excerpt "\n\r\nfirst\r\nsecond\n")
    end)

    it("shows control characters instead of sending them to a terminal", function()
      assert.equal([[a\027[2J\000\009\127b]], check.excerpt "a\27[2J\0\t\127b")
    end)

    it("is at most 200 bytes of it", function()
      assert.equal(("x"):rep(200), check.excerpt(("x"):rep(200)))
      assert.equal(("x"):rep(200) .. "...", check.excerpt(("x"):rep(201)))
      assert.equal(("x"):rep(200) .. "...", check.excerpt(("\n"):rep(1e6) .. ("x"):rep(5e6)))
      assert.equal(([[\027]]):rep(50) .. "...", check.excerpt(("\27"):rep(1000)))
    end)

    it("cuts no character of UTF-8 in two", function()
      local euro = "\226\130\172"
      assert.equal(euro:rep(66) .. "...", check.excerpt(euro:rep(1000)))
      assert.equal("xx" .. euro:rep(66) .. "...", check.excerpt("xx" .. euro:rep(1000)))
      -- What is no UTF-8 is cut all the same.
      assert.equal(("\128"):rep(197) .. "...", check.excerpt(("\128"):rep(1000)))
    end)
  end)

  it("refuses options that nobody knows", function()
    local known = { die = "boolean", rule = "string", any = "any" }
    assert.truthy(check.options({ die = false, any = 7 }, known))
    refused("unknown option 'dei' (known: any, die, rule)", check.options({ dei = false }, known))
    refused("argument 'die': boolean expected, got number 1", check.options({ die = 1 }, known))
  end)
end)
