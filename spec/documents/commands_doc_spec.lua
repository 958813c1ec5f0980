-- doc/commands.md is what the table of commands and the methods' documents say.

local commands = require "haproxyadmin.commands"
local commands_table = require "spec.support.commands_table"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

describe("doc/commands.md", function()
  local text, nameless = commands_table.text()

  it("is made anew when the table changes: make commands", function()
    assert.equal(text, read "doc/commands.md")
  end)

  it("has a method for each command, whose document says so", function()
    assert.same({}, nameless)
  end)
end)

describe("doc/raw.md", function()
  it("has no command that has a method", function()
    for name in read("doc/raw.md"):gmatch "\n| ([^|]+) |" do
      for command in name:gmatch "`([^`]+)`" do
        assert.is_nil(commands.all()[command], command)
      end
    end
  end)
end)
