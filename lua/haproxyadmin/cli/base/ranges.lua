-- Numbers of processes as people write them: "1,3-4".

local ranges = {}

--- The text of a sequence of numbers.
function ranges.write(numbers)
  local sorted = {}
  for i, number in ipairs(numbers) do
    sorted[i] = number
  end
  table.sort(sorted)
  local parts, first = {}, 1
  for i, number in ipairs(sorted) do
    if sorted[i + 1] ~= number + 1 then
      parts[#parts + 1] = first == i and tostring(number) or ("%d-%d"):format(sorted[first], number)
      first = i + 1
    end
  end
  return table.concat(parts, ",")
end

return ranges
