-- Columns for people: what fits, what is cut, what is painted.

local column = require "haproxyadmin.cli.show.column"
local drawn = require "haproxyadmin.cli.show.table"

describe("a table", function()
  local columns = {
    column("name", "NAME"),
    column("count", "COUNT", { right = true }),
    column("state", "STATE", {
      color = function(value)
        return value == "down" and "red" or nil
      end,
    }),
  }
  local items = {
    { name = "web1", count = 1234567, state = "up" },
    { name = "wéb2", count = 5 },
    { name = "web\27[2J", count = 7, state = "down" },
  }

  local function lines(terminal, options, list)
    options = options or {}
    options.terminal = terminal
    return drawn.lines(list or columns, items, options)
  end

  it("has columns as wide as what stands in them", function()
    assert.same({
      "NAME            COUNT  STATE",
      "web1        1,234,567  up",
      "wéb2                5  -",
      "web\\x1b[2J          7  down",
    }, lines {})
    assert.equal("web1        1,234,567  up", lines({}, { no_header = true })[1])
  end)

  it("is painted where that is wanted", function()
    local found = lines({ color = true, is = true, utf8 = true })
    assert.equal("web1        1,234,567  up", found[2])
    assert.equal("web\\x1b[2J          7  \27[31mdown\27[0m", found[4])
  end)

  it("cuts texts, and leaves columns out that have no room", function()
    local found, missing = lines { is = true, utf8 = true, columns = 15 }
    assert.same({ "STATE" }, missing)
    assert.same({ "NAME      COUNT", "web1  1,234,567", "wéb2          5", "web~          7" }, found)
    assert.same({}, select(2, lines({ is = true, utf8 = true, columns = 15 }, { wide = true })))
  end)

  it("shows what no format of Lua's pads, and nothing", function()
    local long = ("x"):rep(150)
    local list = { column("name", ""), column("text", "TEXT"), column("none", "") }
    local found = drawn.lines(list, { { name = "", text = long, none = "" }, { name = "", text = "y", none = "z" } }, {
      terminal = {},
      no_header = true,
    })
    assert.same({ "  " .. long, "  y" .. (" "):rep(149) .. "  z" }, found)
  end)

  it("says what processes do not agree on", function()
    local list = {
      {
        key = "weight",
        title = "WEIGHT",
        right = true,
        get = function()
          return nil, { 10, "", 1000 }
        end,
      },
    }
    assert.same({ "  WEIGHT", "10||1000" }, (drawn.lines(list, { {} }, { terminal = {} })))
  end)
end)
