local assertions = require "spec.support.assertions"
local class = require "haproxyadmin.objects.class"
local success = require "haproxyadmin.replies.success"

local raises = assertions.raises

describe("a class whose objects are tables", function()
  local context = { die = true }
  local reads = 0
  local make = class.of_tables {
    name = "Thing",
    describe = function(thing)
      return thing._name
    end,
    methods = class.methods({}, {
      twice = {
        arguments = 1,
        call = function(_, _, _, number)
          return number * 2
        end,
      },
    }),
    properties = {
      name = function(thing)
        return thing._name
      end,
      broken = function()
        reads = reads + 1
        return nil, { message = "broken" }
      end,
    },
  }
  class.definitions.Thing = nil

  local function new(name, of)
    return make(of or context, { _name = name, _identity = name })
  end

  it("has its properties and methods, and no others", function()
    local thing = new "one"
    assert.equal("one", thing.name)
    assert.equal(6, thing:twice(3))
    assert.same({ nil, "broken" }, { nil, select(2, thing:get "broken").message })
    assert.has_error(function()
      return thing.broken
    end)
    assert.equal(2, reads)
    assert.matches("Thing has no property or method", select(2, pcall(function()
      return thing.nothing
    end)).message)
    assert.has_error(function()
      thing.other = 1
    end)
  end)

  it("is shown by its name, and equal to the same of the same context", function()
    assert.equal("haproxyadmin.Thing (one)", tostring(new "one"))
    assert.is_true(new "one" == new "one")
    assert.is_false(new "one" == new "two")
    assert.is_false(new "one" == new("one", { die = true }))
  end)
end)

describe("a refusal", function()
  it("means what the row says, or what it means everywhere", function()
    local row = { refusals = { { "^Can't allocate memory!", "permission" } } }
    assert.equal("permission", success.refusal(row, "Can't allocate memory!"))
    assert.equal("failed", success.refusal({}, "Can't allocate memory!"))
    assert.equal("permission", success.refusal(row, "Permission denied"))
    assert.equal("not_found", success.refusal(nil, "No such server."))
  end)
end)

-- Returns what it was called with.
local function call(_, _, options, ...)
  return { options = options, n = select("#", ...), ... }
end

local make_taker = class.of_tables {
  name = "Taker",
  methods = class.methods({}, {
    take = { arguments = 2, tables = true, call = call, options = { deep = "boolean" } },
  }),
  properties = {},
  describe = function()
    return "it"
  end,
}
class.definitions.Taker = nil

describe("a method whose arguments may be tables", function()
  local thing = make_taker({ die = true }, {})

  it("has its options behind all of them", function()
    local first, second = { 1 }, { deep = false }
    assert.same({ options = {}, n = 1, first }, thing:take(first))
    assert.same({ options = {}, n = 2, first, second }, thing:take(first, second))
    assert.same({ options = { deep = true }, n = 2, first, second }, thing:take(first, second, { deep = true }))
    assert.same({ options = { deep = true }, n = 2, first }, thing:take(first, nil, { deep = true }))
    assert.same({ options = {}, n = 0 }, thing:take())
  end)

  it("looks at them", function()
    raises("ValueError", "bad_argument", thing.take, thing, {}, {}, { bogus = 1 })
    raises("ValueError", "bad_argument", thing.take, thing, {}, {}, 1)
    raises("ValueError", "bad_argument", thing.take, thing, {}, {}, {}, {})
    assert.is_nil((thing:take({}, {}, { bogus = 1, die = false })))
  end)
end)
