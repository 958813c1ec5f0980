-- Each command that HAProxy's own `help` lists has a method, or doc/raw.md says why not.

local commands = require "haproxyadmin.commands"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

-- The words in front of a command's arguments.
local function leading_words(text)
  local words = {}
  for word in text:gmatch "%S+" do
    if not word:find "^%a[%w_-]*$" then
      break
    end
    words[#words + 1] = word
  end
  return table.concat(words, " ")
end

-- What a line of `help` describes: the words before two blanks or a colon.
local function command_of(line)
  local text = line:match "^  (%a.-)%s*:%s" or line:match "^  (%a.-)%s%s"
  return text and leading_words(text)
end

local function known()
  local found = {}
  for name, row in pairs(commands.all()) do
    found[#found + 1] = leading_words(row.line or name)
  end
  for line in io.lines "doc/raw.md" do
    for command in (line:match "^| (.-) |" or ""):gmatch "`([^`]+)`" do
      found[#found + 1] = command
    end
  end
  return found
end

local function begins_with(text, words)
  return text == words or text:sub(1, #words + 1) == words .. " "
end

-- `help` of HAProxy 2.6 misspells one.
local misspelt = { ["new ssl crlfile"] = "new ssl crl-file" }

describe("The module", function()
  it("knows every command that HAProxy lists", function()
    local farm = haproxy.start { processes = 1, origin = false, config = "" }
    local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    local list, count, missing = known(), 0, {}
    for _, line in ipairs(hap:command("help")[1][2]) do
      local command = command_of(line)
      command = misspelt[command] or command
      if command then
        count = count + 1
        local found = false
        for _, text in ipairs(list) do
          found = found or begins_with(text, command) or begins_with(command, text)
        end
        if not found then
          missing[#missing + 1] = command
        end
      end
    end
    farm:stop()
    assert.is_true(count >= 60, count)
    assert.same({}, missing)
  end)
end)
