local protected = require "haproxyadmin.base.protected"

describe("a call that is protected", function()
  it("may wait", function()
    local routine = coroutine.wrap(function()
      return protected(function(first)
        return first, coroutine.yield "waiting"
      end, 1)
    end)
    assert.equal("waiting", routine())
    assert.same({ true, 1, 2 }, { routine(2) })
  end)

  it("brings what was raised, save where Lua cannot wait then", function()
    local ok, result, err = pcall(coroutine.wrap(function()
      return protected(error, "mine", 0)
    end))
    if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
      assert.same({ false, "mine" }, { ok, result })
    else
      assert.same({ true, false, "mine" }, { ok, result, err })
    end
  end)
end)
