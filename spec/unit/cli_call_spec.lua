local Call = require "haproxyadmin.cli.call"

describe("a call of the program", function()
  it("that goes on does not keep what it read before", function()
    -- As lua5.4 begins; earlier versions have one mode only, or do not name the one before.
    local _, mode = pcall(collectgarbage, "generational")
    local pause = collectgarbage("setpause", 400)
    Call.goes_on()
    local used = collectgarbage("setpause", pause)
    if mode == "incremental" or mode == "generational" then
      assert.equal("incremental", collectgarbage(mode))
    end
    assert.is_true(used < 200, used)
  end)
end)
