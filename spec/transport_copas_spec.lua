local program = require "spec.support.program"

describe("transport copas", function()
  -- Debian has Copas for Lua 5.1 and 5.2 only, so the program is Lua 5.1's.
  it("passes inside its loop", function()
    program.passed(15, program.run("lua5.1", "5.1", "spec/support/in_loop.lua", "copas"))
  end)
end)
