local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

describe("what was set at run time", function()
  local m, own, hap

  before_each(function()
    m = master.start()
    own = haproxyadmin.Master { socket = m.socket, timeout = 10 }
    hap = own:haproxy { retry_interval = 0.05 }
  end)

  after_each(function()
    m:stop()
  end)

  -- Watches; at each reading the next of these functions is called, until there is none.
  local function watch(steps)
    local plans, errors, place = {}, {}, 0
    hap:watch {
      interval = 0.05,
      keep_state = true,
      on_error = function(err)
        errors[#errors + 1] = tostring(err)
      end,
      on_restore = function(plan)
        plans[#plans + 1] = plan
      end,
      on_snapshot = function()
        place = place + 1
        if steps[place] then
          steps[place]()
        end
        return place < #steps
      end,
    }
    assert.same({}, errors)
    return plans
  end

  local function reload(change)
    return function()
      m:configure(change)
      assert.is_true(own:reload({ timeout = 60 }).success)
    end
  end

  local function nothing() end

  it("is set again behind each reload, whoever had set it", function()
    local s1, s2 = hap:backend("app"):server "s1", hap:backend("app"):server "s2"
    local plans = watch {
      nothing,
      function()
        assert.is_true(s1:setweight(77))
        own:workers()[1]:command "set server app/s2 state drain"
      end,
      nothing,
      reload(),
      nothing,
      function()
        assert.equal(77, s1.weight)
        assert.truthy(s2.status:find "^DRAIN", s2.status)
        assert.is_true(hap:frontend("www"):setmaxconn(50))
      end,
      nothing,
      reload(),
      nothing,
      nothing,
    }
    assert.equal(2, #plans)
    assert.same({ 77, 50 }, { s1.weight, hap:frontend("www").slim })
    assert.truthy(s2.status:find "^DRAIN", s2.status)
  end)

  it("gives way to a new configuration where nobody had set anything, and tells what is gone", function()
    local s1 = hap:backend("app"):server "s1"
    local plans = watch {
      nothing,
      function()
        assert.is_true(s1:setweight(77))
        assert.is_true(hap:backend("app"):server("s2"):setweight(5))
      end,
      nothing,
      reload(function(text)
        return (text:gsub("maxconn 100", "maxconn 333"):gsub("\n  server s2[^\n]*", ""))
      end),
      nothing,
      nothing,
    }
    assert.equal(1, #plans)
    assert.equal(1, #plans[1].skipped)
    assert.truthy(plans[1].skipped[1].object:find("app/s2", 1, true))
    assert.same({ 77, 333 }, { s1.weight, hap:frontend("www").slim })
  end)

  it("is nothing where nothing was set", function()
    assert.same({}, watch { nothing, reload(), nothing, nothing })
  end)
end)
