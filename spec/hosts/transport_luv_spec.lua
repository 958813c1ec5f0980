local program = require "spec.support.program"

describe("transport luv", function()
  it("passes inside its loop", function()
    local lua, version = program.current()
    local ok, text = program.run(lua, version, "spec/support/in_loop.lua", "luv")
    -- luv itself writes this when a peer resets its connection.
    program.passed(15, ok, (text:gsub("EBADF: bad file descriptor\n", "")))
  end)
end)
