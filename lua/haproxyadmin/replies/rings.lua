-- The answer to `show events` without a name: the places that events are written to.

local rings = {}

--- `logs : type=buffer, 0 dropped, description`: a table each.
function rings.of(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local name, kind, dropped, description = line:match "^    (%S+) *: type=(%w+), (%d+) dropped, (.*)$"
    if name then
      found[#found + 1] = { name = name, type = kind, dropped = tonumber(dropped), description = description }
    end
  end
  return found
end

return rings
