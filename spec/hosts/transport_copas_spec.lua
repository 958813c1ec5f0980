local program = require "spec.support.program"

describe("transport copas", function()
  -- Debian has Copas for Lua 5.1, which LuaJIT is too; a plain 5.1 cannot wait
  -- behind a metamethod.
  it("passes inside its loop", function()
    program.passed(15, program.run("luajit", "luajit", "spec/support/in_loop.lua", "copas"))
  end)
end)
