-- The program's writer of JSON.

local dkjson = require "dkjson"
local json = require "haproxyadmin.base.json_writer"

describe("JSON", function()
  it("keeps the order of members, and says null", function()
    assert.equal('{"b":1,"a":null,"c":[]}', json.encode(json.object({ "b", 1, "a", nil, "c", json.list {} }, 3)))
  end)

  it("has all digits of an integer", function()
    assert.equal("9007199254740991", json.encode(2 ^ 53 - 1))
    assert.equal("-3", json.encode(-3))
    if 2 ^ 63 ~= 9223372036854775807 then
      assert.equal("9223372036854775807", json.encode(9223372036854775807))
    end
  end)

  it("is UTF-8, whatever a text holds", function()
    local texts = { 'a"b\\c\n\t\1\127', "ä€\240\159\152\128", "\255a\195(\237\160\128\192\175" }
    local read = dkjson.decode(json.encode(json.list { texts[1], texts[2], texts[3] }))
    assert.equal(texts[1], read[1])
    assert.equal(texts[2], read[2])
    local none = "\239\191\189"
    assert.equal(none .. "a" .. none .. "(" .. none:rep(3) .. none:rep(2), read[3])
  end)
end)
