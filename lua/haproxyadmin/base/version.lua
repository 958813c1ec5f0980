-- HAProxy's versions as numbers that compare: 2.6.12 is 20612.

local version = {}

local numbers = {}

--- The number of a version as HAProxy prints it ("2.6.12-1+deb12u4", "3.4-dev5")
-- or as a table of commands writes it ("2.6"): without a third part it is the
-- first release. Nil where the text is none.
function version.number(text)
  local number = numbers[text]
  if not number then
    local major, minor, rest = tostring(text):match "^(%d+)%.(%d+)(.*)$"
    if not major then
      return nil
    end
    local patch = tonumber((rest:match "^%.(%d+)")) or 0
    number = tonumber(major) * 10000 + tonumber(minor) * 100 + patch
    numbers[text] = number
  end
  return number
end

--- "2.6" of 20612, for people.
function version.text(number)
  local major, minor = math.floor(number / 10000), math.floor(number / 100) % 100
  return ("%d.%d"):format(major, minor)
end

local function find(values, number)
  local found, since = values[1], 0
  for from, value in pairs(values) do
    local at = type(from) == "string" and version.number(from) or 0
    if at >= since and (number == nil or number >= at) then
      found, since = value, at
    end
  end
  return found
end

-- What was found, by the table and the version: commands are many, versions few.
local picked, NEWEST, NOTHING = setmetatable({}, { __mode = "k" }), -1, {}

--- The value that holds at a version: `values` is one value for all, or a table
-- whose first element holds from the beginning on and whose other keys are the
-- versions from which on another one does; it must not be changed. A version that is
-- not known (nil) gets the newest one's.
function version.pick(values, number)
  if type(values) ~= "table" then
    return values
  end
  local known = picked[values]
  if not known then
    known = {}
    picked[values] = known
  end
  local found = known[number or NEWEST]
  if found == nil then
    found = find(values, number)
    known[number or NEWEST] = found == nil and NOTHING or found
  end
  if found == NOTHING then
    return nil
  end
  return found
end

return version
