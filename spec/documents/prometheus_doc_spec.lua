-- doc/prometheus.md is what the core's table of families says.

local families_table = require "spec.support.families_table"
local haproxyadmin = require "haproxyadmin"
local metrics = require "haproxyadmin.base.metrics"

describe("doc/prometheus.md", function()
  it("is made anew when the table changes: make commands", function()
    local file = assert(io.open "doc/prometheus.md")
    local text = file:read "*a"
    file:close()
    assert.equal(families_table.text(), text)
  end)

  it("has fields that the module knows", function()
    local named, counts = {}, {}
    for _, family in ipairs(haproxyadmin.families()) do
      -- Of HAProxy's next version; listeners have no objects.
      if family.field ~= "cache_hint_hits" and family.kind ~= "listener" then
        assert.is_truthy(metrics.number[family.kind][family.field], family.name)
      end
      assert.is_nil(named[family.name], family.name)
      assert.matches("^[%u%d].*%.$", family.help)
      assert.equal(family.name:find("haproxy_" .. family.kind .. "_", 1, true), 1)
      named[family.name] = true
      counts[family.kind] = (counts[family.kind] or 0) + 1
    end
    assert.same({ process = 66, frontend = 34, listener = 19, backend = 56, server = 61 }, counts)
  end)
end)
