local assertions = require "spec.support.assertions"
local class = require "haproxyadmin.objects.class"

local raises = assertions.raises

-- Returns what it was called with.
local function call(_, _, options, ...)
  return { options = options, n = select("#", ...), ... }
end

local make = class.of_tables {
  name = "Thing",
  methods = class.methods({}, {
    take = { arguments = 2, tables = true, call = call, options = { deep = "boolean" } },
  }),
  properties = {},
  describe = function()
    return "it"
  end,
}

describe("a method whose arguments may be tables", function()
  local thing = make({ die = true }, {})

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
