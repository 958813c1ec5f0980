local new_list = require "haproxyadmin.base.list"

describe("List", function()
  local list = new_list { { name = "a" }, { name = "b" }, { name = "b" } }

  it("is a sequence", function()
    assert.equal(3, #list)
    local names = {}
    for i, object in ipairs(list) do
      names[i] = object.name
    end
    assert.same({ "a", "b", "b" }, names)
  end)

  it("finds by name", function()
    assert.equal(list[1], list:get "a")
    assert.equal(list[2], list:get "b")
    assert.is_nil(list:get "c")
    assert.is_true(list:contains "a")
    assert.is_false(list:contains "c")
  end)

  it("compares with an object", function()
    assert.is_true(list:contains(list[1]))
    assert.is_false(list:contains { name = "a" })
  end)
end)
