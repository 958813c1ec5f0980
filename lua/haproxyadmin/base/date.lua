-- Dates as OpenSSL prints them, "Nov 21 19:01:31 2026 GMT", or HAProxy,
-- "21/Nov/2026:19:01:31 +0000". The system's own functions know the local time only.

local date = {}

local months = {}
for i, name in ipairs { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" } do
  months[name] = i
end

-- Days from the epoch to a day of the Gregorian calendar. A year that begins in March
-- has its leap day at its end.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local leaps = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
  return 365 * year + leaps + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

--- Seconds since the epoch, or nil where the text is no such date.
function date.of(text)
  local name, day, hour, minute, second, year = text:match "^(%a%a%a) +(%d+) (%d+):(%d+):(%d+) (%d+) GMT$"
  if not name then
    day, name, year, hour, minute, second = text:match "^(%d+)/(%a%a%a)/(%d+):(%d+):(%d+):(%d+) %+0000$"
  end
  local month = months[name]
  if not month then
    return nil
  end
  local whole = days(tonumber(year), month, tonumber(day))
  return ((whole * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

return date
