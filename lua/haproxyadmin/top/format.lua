-- Numbers as they fit into a cell of a table.

local format = {}

local units = { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } }

local function scaled(number)
  for _, unit in ipairs(units) do
    if number >= unit[1] then
      local value = number / unit[1]
      return (value < 10 and "%.1f%s" or "%.0f%s"):format(value, unit[2])
    end
  end
  return ("%.0f"):format(number)
end

-- The largest number of which every digit is shown.
local WHOLE = 99999

--- How many there are.
function format.count(number)
  return number <= WHOLE and ("%.0f"):format(number) or scaled(number)
end

--- How many a second.
function format.rate(number)
  if number > 0 and number < 9.95 then
    return ("%.1f"):format(number)
  end
  return format.count(number)
end

--- Bytes, by the thousand.
format.bytes = scaled

--- Milliseconds.
function format.milliseconds(number)
  if number < 10000 then
    return ("%.0fms"):format(number)
  end
  return ("%.0fs"):format(number / 1000)
end

function format.percent(number)
  return ("%.0f%%"):format(number)
end

local steps = { { 86400, "d", 3600, "h" }, { 3600, "h", 60, "m" }, { 60, "m", 1, "s" } }

--- Seconds, by their two largest units.
function format.duration(seconds)
  for _, step in ipairs(steps) do
    if seconds >= step[1] then
      return ("%d%s%d%s"):format(
        math.floor(seconds / step[1]),
        step[2],
        math.floor(seconds % step[1] / step[3]),
        step[4]
      )
    end
  end
  return ("%ds"):format(math.floor(seconds))
end

--- "1 server", "2 servers".
function format.plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

return format
