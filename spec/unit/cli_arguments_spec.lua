-- Which verb a command line means, and what it gives it.

local arguments = require "haproxyadmin.cli.words.arguments"
local failure = require "haproxyadmin.cli.base.failure"

local function read(line)
  local argv = {}
  for word in line:gmatch "%S+" do
    argv[#argv + 1] = word
  end
  local asked = {}
  arguments.read(argv, asked)
  return asked
end

local function refused(line)
  local ok, err = pcall(read, line)
  assert.is_false(ok)
  assert.is_true(failure.is(err), tostring(err))
  assert.equal(2, err.status)
  return err.message
end

describe("arguments", function()
  it("have their options anywhere", function()
    for _, line in ipairs {
      "-o json server list app/*",
      "server -o json list app/*",
      "server list -ojson app/*",
      "srv ls app/* --output=json",
    } do
      local asked = read(line)
      assert.equal("server", asked.noun.name)
      assert.equal("list", asked.verb.name)
      assert.equal("json", asked.given.output)
      assert.same({ "app/*" }, asked.given.selector)
    end
  end)

  it("may have values that begin with a dash", function()
    assert.equal("-scur", read("server list --sort -scur").given.sort)
    assert.equal("-a,+b", read("server list --columns -a,+b -H").given.columns)
    assert.same({ "-x" }, read("server list -- -x").given.selector)
  end)

  it("are refused with what may have been meant", function()
    assert.equal("there is no command 'sever'; did you mean 'server'?", refused "sever list")
    assert.equal("there is no server command 'lsit'; did you mean 'list'?", refused "server lsit")
    assert.equal("there is no option '--outptu'; did you mean '--output'?", refused "server list --outptu=json")
    assert.equal("there is no option '-Z'", refused "server list -Z")
    assert.matches("must be one of 'table', 'wide'", refused "server list -o xml")
    assert.equal("option '--timeout': a duration such as 500ms, 30s or 5m expected, got 'x'", refused "status -t x")
    assert.equal("what is to be done?", refused "")
    assert.matches("^server: which of these%? list, ", refused "server")
  end)
end)
