local protected = require "haproxyadmin.base.protected"

local is_plain_5_1 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

describe("a call that is protected", function()
  it("may wait", function()
    local routine = coroutine.wrap(function()
      return protected.call(function(first)
        return first, coroutine.yield "waiting"
      end, 1)
    end)
    assert.equal("waiting", routine())
    assert.same({ true, 1, 2 }, { routine(2) })
  end)

  it("brings what was raised, save where Lua cannot wait then", function()
    local ok, result, err = pcall(coroutine.wrap(function()
      return protected.call(error, "mine", 0)
    end))
    if is_plain_5_1 then
      assert.same({ false, "mine" }, { ok, result })
    else
      assert.same({ true, false, "mine" }, { ok, result, err })
    end
  end)

  it("brings what was raised on every Lua where who wakes it knows whom to wake", function()
    local woken, inside
    local results = {}
    local function fails()
      inside = coroutine.running()
      woken = protected.running()
      results.got = coroutine.yield "waiting"
      error("mine", 0)
    end
    protected.start(function()
      results.outer = { protected.call(function()
        results.inner = { protected.call(fails) }
        results.again = coroutine.yield "waiting again"
        return 1, nil, 3
      end) }
      results.ended = coroutine.running()
    end)
    local first = woken
    assert.same({ true, "waiting again" }, { coroutine.resume(first, "here") })
    assert.same({ false, "mine" }, results.inner)
    assert.same({ true }, { coroutine.resume(first, "there") })
    assert.same({ "here", "there" }, { results.got, results.again })
    assert.same({ true, 1, nil, 3 }, results.outer)
    assert.equal(first, results.ended)
    assert.equal(not is_plain_5_1, inside == first)
  end)

  it("lets through what a coroutine raises before it waits", function()
    assert.same({ false, "mine" }, { pcall(protected.start, function()
      error("mine", 0)
    end) })
  end)
end)
