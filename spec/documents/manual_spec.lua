-- doc/haproxyadmin.1 is what the program's own rows say.

local manual = require "spec.support.manual"

describe("haproxyadmin(1)", function()
  it("is made anew when a verb or an option changes: make manual", function()
    local file = assert(io.open "doc/haproxyadmin.1")
    local text = file:read "*a"
    file:close()
    assert.equal(manual.text(), text)
  end)
end)
