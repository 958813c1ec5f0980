-- Durations as people write them ("500ms", "30", "5m", "1h30m"), and as they read them.

local duration = {}

local units = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

--- The seconds that a text says, or nil and what was expected.
function duration.read(text)
  local plain = text:match "^%d+%.?%d*$"
  local seconds = plain and tonumber(plain) or 0
  local rest = plain and "" or text
  while rest ~= "" do
    local number, unit, left = rest:match "^(%d+%.?%d*)(%a+)(.*)$"
    if not units[unit] then
      return nil, "a duration such as 500ms, 30s or 5m"
    end
    seconds = seconds + tonumber(number) * units[unit]
    rest = left
  end
  if text == "" or seconds <= 0 then
    return nil, "a duration such as 500ms, 30s or 5m"
  end
  return seconds
end

local steps = { { "d", 86400, "h", 3600 }, { "h", 3600, "m", 60 }, { "m", 60, "s", 1 } }

--- A duration for people: the two largest units.
function duration.write(seconds)
  for _, step in ipairs(steps) do
    local unit, size, next_unit, next_size = step[1], step[2], step[3], step[4]
    if seconds >= size then
      local rest = math.floor(seconds % size / next_size)
      return ("%d%s %d%s"):format(math.floor(seconds / size), unit, rest, next_unit)
    end
  end
  return ("%ds"):format(math.floor(seconds))
end

return duration
