-- Keys out of the bytes of a terminal, however they come.

local new_keys = require("haproxyadmin.top.keys").new
local new_prompt = require("haproxyadmin.top.prompt").new

local sequences = {
  ["\27[A"] = "up",
  ["\27OB"] = "down",
  ["\27[1;5C"] = "right",
  ["\27[5~"] = "page_up",
  ["\27[6~"] = "page_down",
  ["\27[H"] = "home",
  ["\27[4~"] = "end",
  ["\27[Z"] = "backtab",
  ["\27OR"] = "f3",
  ["\27[[C"] = "f3",
  ["\27[15~"] = "f5",
  ["\27[21~"] = "f10",
  ["\r"] = "enter",
  ["\127"] = "backspace",
  ["\3"] = "ctrl-c",
  ["\26"] = "ctrl-z",
  ["d"] = "d",
  [" "] = " ",
  ["é"] = "é",
}

describe("the decoder of keys", function()
  it("knows the sequences of terminals, whole and byte by byte", function()
    for bytes, key in pairs(sequences) do
      assert.same({ key }, new_keys():feed(bytes))
      local decoder, found = new_keys(), {}
      for byte in bytes:gmatch "." do
        for _, one in ipairs(decoder:feed(byte)) do
          found[#found + 1] = one
        end
      end
      assert.same({ key }, found)
      assert.is_false(decoder:is_pending())
    end
  end)

  it("takes several at once", function()
    assert.same({ "j", "up", "q", "f10", "enter" }, new_keys():feed "j\27[Aq\27[21~\r")
  end)

  it("takes the beginning of a sequence for Escape when nothing follows", function()
    local decoder = new_keys()
    assert.same({}, decoder:feed "\27")
    assert.is_true(decoder:is_pending())
    assert.same({ "escape" }, decoder:flush())
    assert.is_false(decoder:is_pending())
    assert.same({}, decoder:feed "\27[")
    assert.same({ "escape", "[" }, decoder:flush())
    assert.same({ "escape", "x" }, decoder:feed "\27x")
    assert.same({}, decoder:flush())
  end)

  it("passes over what it does not know, and never keeps much", function()
    assert.same({ "a" }, new_keys():feed "\27[99;99~a")
    assert.same({ "b" }, new_keys():feed "\27[?1;2cb")
    local decoder = new_keys()
    for _ = 1, 200 do
      decoder:feed(("\27[" .. ("1;"):rep(40)))
      assert.is_true(#decoder.rest <= 64)
    end
    math.randomseed(1)
    for _ = 1, 2000 do
      local bytes = {}
      for i = 1, math.random(1, 12) do
        bytes[i] = string.char(math.random(0, 255))
      end
      decoder:feed(table.concat(bytes))
      assert.is_true(#decoder.rest <= 64)
    end
  end)
end)

describe("a prompt", function()
  local function typed(prompt, ...)
    local over
    for _, key in ipairs { ... } do
      over = prompt:key(key)
    end
    return over
  end

  it("takes characters, takes them back, and ends", function()
    local given
    local prompt = new_prompt("weight", "1", function(text)
      given = text
      return text == "bad" and "not that" or nil
    end)
    assert.is_true(typed(prompt, "2", "é", "backspace", "up", "f3", "enter"))
    assert.equal("12", given)
    assert.is_false(typed(prompt, "ctrl-u", "b", "a", "d", "enter"))
    assert.equal("not that", prompt.err)
    assert.is_true(typed(prompt, "escape"))
  end)
end)
