local errors = require "haproxyadmin.errors"
local json = require "haproxyadmin.base.json"

-- Libraries that are not installed here, by what they are known to do.
local null = {}

local stand_ins = {
  -- Fourteen digits; raises; has a value of its own for null.
  cjson = {
    null = null,
    encode = function(value)
      return type(value) == "number" and ("%.14g"):format(value) or error "cannot"
    end,
    decode = function(text)
      return text == "null" and null or text == "[null,1]" and { null, 1 } or error "bad json"
    end,
  },
  -- Returns nil and a message.
  rapidjson = {
    null = null,
    encode = function(value, options)
      return tostring(value) .. (options.sort_keys and " sorted" or "")
    end,
    decode = function(text)
      if text == "{}" then
        return {}
      end
      return nil, "no value"
    end,
  },
  lunajson = {
    encode = function()
      return "7"
    end,
    decode = function()
      return 7
    end,
  },
}

describe("JSON", function()
  local hidden

  -- Lets only one library be found (nil: none).
  local function only(name)
    json.forget()
    for _, other in ipairs(json.libraries) do
      if other ~= name then
        package.loaded[other] = nil
        package.preload[other] = function()
          error("not here", 0)
        end
      elseif stand_ins[name] then
        package.loaded[other] = stand_ins[name]
      end
    end
  end

  before_each(function()
    hidden = { loaded = {}, preload = {} }
    for _, name in ipairs(json.libraries) do
      hidden.loaded[name], hidden.preload[name] = package.loaded[name], package.preload[name]
    end
    json.forget()
  end)

  after_each(function()
    for _, name in ipairs(json.libraries) do
      package.loaded[name], package.preload[name] = hidden.loaded[name], hidden.preload[name]
    end
    json.forget()
  end)

  local function refused(pattern, value, err)
    assert.is_nil(value)
    assert.is_true(errors.is_error(err, "ValueError"))
    assert.matches(pattern, err.message)
    return err
  end

  it("comes back as it was, with its keys in order", function()
    local value = {
      version = 1,
      list = { 1, 2, "three", false },
      deep = { a = { b = { c = "\195\164 \"\\\n\226\130\172" } } },
      half = 0.5,
    }
    local text = assert(json.encode("the state", value))
    assert.same(value, assert(json.decode("the file", text)))
    assert.equal("\n", text:sub(-1))
    assert.equal(text, (json.encode("the state", value)))
  end)

  it("has empty tables, and nothing for null", function()
    for _, text in ipairs { "{}", "[]" } do
      assert.same({}, assert(json.decode("it", text)))
    end
    assert.same({ b = 1 }, assert(json.decode("it", '{"a":null,"b":1}')))
  end)

  it("refuses what it would not write faithfully", function()
    local bad = {
      ["%.x: .* not UTF%-8"] = { x = "\255" },
      ["not UTF%-8"] = { ["\192\128"] = 1 },
      ["%.a%.b: .*UTF%-8"] = { a = { b = "\237\160\128" } },
      ["without loss"] = { n = 1 / 0 },
      ["sequence"] = { 1, 2, x = 3 },
      ["function"] = { f = print },
    }
    for pattern, value in pairs(bad) do
      refused(pattern, json.encode("it", value))
    end
    refused("without loss", json.encode("it", { n = 0 / 0 }))
    refused("sequence", json.encode("it", { [1.5] = true }))
    local endless = {}
    endless.x = endless
    refused("depth", json.encode("it", endless))
  end)

  it("says what is no JSON", function()
    for _, text in ipairs { "", "{", '{"a":1} x', "nope", '{"a":' } do
      refused("^/etc/state is not JSON: ", json.decode("/etc/state", text))
    end
  end)

  it("keeps what the library keeps, and refuses what it does not", function()
    only "cjson"
    assert.equal("99999999999999\n", (json.encode("n", 99999999999999)))
    refused("by cjson without loss", json.encode("n", 2 ^ 53 - 1))
    refused("cjson cannot write it", json.encode("n", {}))
    assert.same({ [2] = 1 }, (json.decode("it", "[null,1]")))
    refused("is not JSON", json.decode("it", "null"))
    refused("bad json", json.decode("it", "x"))
  end)

  it("takes the others, too", function()
    only "rapidjson"
    assert.equal("true sorted\n", (json.encode("it", true)))
    assert.same({}, (json.decode("it", "{}")))
    refused("no value", json.decode("it", "x"))
    only "lunajson"
    assert.equal("7\n", (json.encode("it", 7)))
    assert.equal(7, (json.decode("it", "7")))
  end)

  it("says in one sentence that none is installed", function()
    only(nil)
    local err = refused("^no JSON library is installed: one of rapidjson, dkjson", json.encode("it", {}))
    assert.equal("unsupported", err.code)
    refused("^no JSON library", json.decode("it", "{}"))
  end)
end)
