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

  it("refuses options that nobody knows", function()
    local known = { die = "boolean", rule = "string", any = "any" }
    assert.truthy(check.options({ die = false, any = 7 }, known))
    refused("unknown option 'dei' (known: any, die, rule)", check.options({ dei = false }, known))
    refused("argument 'die': boolean expected, got number 1", check.options({ die = 1 }, known))
  end)
end)
