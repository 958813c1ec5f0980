-- Who reads what the program prints: somebody at a terminal, how wide it is and whether it
-- shows colours; or another program.

local core = require "haproxyadmin.core"

local terminal = {}

local STDIN, STDOUT, STDERR = 0, 1, 2

local function set(name)
  local value = os.getenv(name)
  return value ~= nil and value ~= ""
end

-- The rules of no-color.org and force-color.org; a flag stands above them.
local function has_colours(color, is_terminal)
  if color == "always" or color == "never" then
    return color == "always"
  elseif set "NO_COLOR" then
    return false
  elseif set "FORCE_COLOR" then
    return os.getenv "FORCE_COLOR" ~= "0"
  end
  return is_terminal and os.getenv "TERM" ~= "dumb" and set "TERM"
end

local function width_of(columns)
  local given = tonumber(os.getenv "COLUMNS" or "")
  if given and given >= 1 and given % 1 == 0 then
    return given
  end
  return columns and columns > 0 and columns or 80
end

-- A locale that says nothing of UTF-8 shows its characters as others.
local function has_utf8()
  local locale = set "LC_ALL" and os.getenv "LC_ALL" or set "LC_CTYPE" and os.getenv "LC_CTYPE" or os.getenv "LANG"
  return locale ~= nil and locale:lower():find "utf%-?8" ~= nil
end

--- Looks at stdout: `is`: whether it is a terminal; `columns`, `rows` (nil where it is none); `color`; `utf8`.
-- `color`: what --color says.
function terminal.look(color)
  local columns, rows = core.terminal(STDOUT)
  local is = columns ~= nil
  return {
    is = is,
    columns = is and width_of(columns) or nil,
    rows = is and (rows > 0 and rows or 24) or nil,
    color = has_colours(color, is),
    utf8 = has_utf8(),
  }
end

--- Is somebody there who can answer a question?
function terminal.can_ask()
  return core.terminal(STDIN) ~= nil
end

--- Does somebody read the messages while they come?
function terminal.sees_messages()
  return core.terminal(STDERR) ~= nil
end

local codes = { red = "31", green = "32", yellow = "33", dim = "2" }

--- A text in a colour.
function terminal.paint(value, color)
  return codes[color] and "\27[" .. codes[color] .. "m" .. value .. "\27[0m" or value
end

return terminal
