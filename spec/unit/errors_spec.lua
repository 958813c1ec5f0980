local errors = require "haproxyadmin.errors"

describe("errors", function()
  local tree = {
    ValueError = { "HAProxyBaseError" },
    FileError = { "ValueError", "HAProxyBaseError" },
    CommandFailed = { "HAProxyBaseError" },
    WaitTimeout = { "HAProxyBaseError" },
    RollFailed = { "HAProxyBaseError" },
    HAProxyDataError = { "HAProxyBaseError" },
    InconsistentData = { "HAProxyDataError", "HAProxyBaseError" },
    MultipleCommandResults = { "HAProxyDataError", "HAProxyBaseError" },
    HAProxySocketError = { "HAProxyBaseError" },
    SocketApplicationError = { "HAProxySocketError", "HAProxyBaseError" },
    SocketConnectionError = { "HAProxySocketError", "HAProxyBaseError" },
    SocketPermissionError = { "HAProxySocketError", "HAProxyBaseError" },
    SocketTimeout = { "HAProxySocketError", "HAProxyBaseError" },
    SocketTransportError = { "HAProxySocketError", "HAProxyBaseError" },
  }

  it("have the classes of the hierarchy", function()
    for name, above in pairs(tree) do
      local err = errors.new(name, "failed", "text")
      assert.is_true(err:is(name))
      assert.is_true(err:is(errors[name]))
      for _, class in ipairs(above) do
        assert.is_true(err:is(class))
      end
      assert.is_false(err:is(err:is "ValueError" and "CommandFailed" or "ValueError"))
    end
  end)

  it("know the old spelling", function()
    assert.equal(errors.InconsistentData, errors.IncosistentData)
    assert.is_true(errors.new("InconsistentData", "inconsistent", "x"):is "IncosistentData")
  end)

  it("print their class and message", function()
    local err = errors.new("SocketTimeout", "timeout", "too late", { socket_file = "/x" })
    assert.equal("SocketTimeout: too late", tostring(err))
    assert.equal("/x", err.socket_file)
    assert.equal("SocketTimeout", tostring(errors.SocketTimeout))
  end)

  it("are told from other values", function()
    local err = errors.new("ValueError", "bad_argument", "x")
    assert.is_true(errors.is_error(err))
    assert.is_true(errors.is_error(err, "ValueError"))
    assert.is_false(errors.is_error(err, "CommandFailed"))
    assert.is_false(errors.is_error "ValueError: x")
    assert.is_false(errors.is_error(nil))
    assert.is_false(errors.is_error { name = "ValueError" })
  end)
end)
