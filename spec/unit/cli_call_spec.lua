local Call = require "haproxyadmin.cli.call"

describe("a call of the program", function()
  it("that goes on does not keep what it read before", function()
    -- As lua5.4 begins; earlier versions have one mode only.
    local has_modes, mode = pcall(collectgarbage, "generational")
    local pause = collectgarbage("setpause", 400)
    Call.goes_on()
    local used = collectgarbage("setpause", pause)
    if has_modes then
      assert.equal("incremental", collectgarbage(mode))
    end
    assert.is_true(used < 200, used)
  end)
end)
