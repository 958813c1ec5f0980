local core = require "haproxyadmin.core"
local farms = require "spec.support.transport_farms"
local suite = require "spec.support.transport_suite"

describe("transport native", function()
  local started

  setup(function()
    started = farms.start()
  end)

  teardown(function()
    if started then
      started:stop()
    end
  end)

  it("passes what every transport must pass", function()
    started.env.transport = "native"
    started.env.now = core.now
    for _, result in ipairs(suite.run(started.env)) do
      assert.is_true(result[2], result[1] .. ": " .. tostring(result[3]))
    end
  end)
end)
