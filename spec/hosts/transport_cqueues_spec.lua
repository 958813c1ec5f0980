local program = require "spec.support.program"

describe("transport cqueues", function()
  it("passes inside its loop", function()
    local lua, version = program.current()
    program.passed(15, program.run(lua, version, "spec/support/in_loop.lua", "cqueues"))
  end)
end)
