-- What an answer in words means: whether HAProxy did what it was told, and if not, why.

local core = require "haproxyadmin.core"

local success = {}

--- What stands for the answer of a process that was not asked, since it is only rehearsed: success.
success.REHEARSED = "\1 not sent"

-- HAProxy before 1.6 said so in words.
local function is_silent(text)
  return text == "" or text == "Done."
end

local function matches_any(text, patterns)
  for i = 1, #patterns do
    if text:find(patterns[i]) then
      return true
    end
  end
  return false
end

-- Parts that commas join: each must be known.
local function each_part(text, patterns)
  for part in (text .. ","):gmatch " ?(.-)," do
    if not matches_any(part, patterns) then
      return false
    end
  end
  return true
end

--- Is the text, a whole answer without the line ends that close it, the success of
-- a command? Anything that its row does not know is not.
function success.of(row, text)
  local known = row.success
  if text == success.REHEARSED then
    return true
  elseif known == nil then
    return text == "" or is_silent(text)
  elseif known.any then
    return success.refusal(row, text) == "failed"
  elseif not known.parts then
    return matches_any(text, known)
  end
  return is_silent(text) or each_part(text, known.parts)
end

--- Is it what a process says that ends, and whose successor would do it?
function success.is_ending(row, text)
  return row.ending ~= nil and matches_any(text, row.ending)
end

--- Why HAProxy refused, as the code of an error: what the row knows of this command's
-- own refusals, or what every command's mean.
function success.refusal(row, text)
  for _, known in ipairs(row and row.refusals or {}) do
    if text:find(known[1]) then
      return known[2]
    end
  end
  return core.refusal(text)
end

return success
