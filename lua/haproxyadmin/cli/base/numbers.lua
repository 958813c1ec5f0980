-- Numbers as people give them.

local numbers = {}

--- A number from 0 on; or nil and what was expected.
function numbers.count(text)
  local number = text:match "^%d+$" and tonumber(text)
  if not number then
    return nil, "a number"
  end
  return number
end

-- Nobody has more processes.
local MOST = 4096

--- "1,3-4" as {1, 3, 4}; or nil and what was expected.
function numbers.list(text)
  local list = {}
  for part in (text .. ","):gmatch "([^,]*)," do
    local from, to = part:match "^(%d+)%-(%d+)$"
    from = tonumber(from or part:match "^%d+$")
    to = tonumber(to) or from
    if not from or from < 1 or to < from or to > MOST then
      return nil, "numbers of processes such as 1,3-4"
    end
    for number = from, to do
      list[#list + 1] = number
    end
  end
  return list
end

return numbers
