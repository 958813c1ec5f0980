local program = require "spec.support.program"

describe("transport copas", function()
  -- Debian has Copas for Lua 5.1 and 5.2 only, so the program is LuaJIT's.
  it("passes inside its loop", function()
    program.passed(15, program.run("luajit", "luajit", "spec/support/in_loop.lua", "copas"))
  end)
end)
