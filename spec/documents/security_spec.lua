-- The table of levels in doc/security.md against the table of commands.

local commands = require "haproxyadmin.commands"
local version = require "haproxyadmin.base.version"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- A row's level as the document writes it.
local function level_of(row)
  if type(row.level) ~= "table" then
    return ("`%s`"):format(row.level)
  end
  local text = ("`%s`"):format(row.level[1])
  for since, level in pairs(row.level) do
    if since ~= 1 then
      text = ("%s, from %s on `%s`"):format(text, since, level)
    end
  end
  return text
end

describe("security.md", function()
  it("lists each command at its level, and no others", function()
    local expected, found = {}, {}
    for name, row in pairs(commands.all()) do
      expected[name] = level_of(row)
    end
    for level, list in read("doc/security.md"):gmatch "\n| (`[^|\n]*) | (`[^|\n]*) |" do
      for name in list:gmatch "`([^`]+)`" do
        found[name] = level
      end
    end
    assert.same(expected, found)
  end)

  it("names versions that there are", function()
    for _, row in pairs(commands.all()) do
      for since in pairs(type(row.level) == "table" and row.level or {}) do
        assert.is_truthy(since == 1 or version.number(since))
      end
    end
  end)
end)
