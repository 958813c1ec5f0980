-- Two tables of the same form as one; the second counts where both say something.

local function merged(first, second)
  if second == nil then
    return first
  elseif type(first) ~= "table" or type(second) ~= "table" then
    return second
  end
  local both = {}
  for key, value in pairs(first) do
    both[key] = merged(value, second[key])
  end
  for key, value in pairs(second) do
    if both[key] == nil then
      both[key] = value
    end
  end
  return both
end

return merged
