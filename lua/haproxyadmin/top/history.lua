-- The last values of something, and a line of them as small bars.

local history = {}

local bars = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

-- More than fit into a line of most terminals.
local KEPT = 120

local History = {}
History.__index = History

function history.new()
  return setmetatable({}, History)
end

--- Adds a value; nil where there was none at that time.
function History:add(value)
  if #self == KEPT then
    table.remove(self, 1)
  end
  self[#self + 1] = value or false
end

function History:last()
  return self[#self] or nil
end

--- The last `width` values as bars, from nothing to the largest of them; a blank where there
-- was no value.
function History:line(width)
  local first = math.max(1, #self - width + 1)
  local largest = 0
  for i = first, #self do
    largest = math.max(largest, self[i] or 0)
  end
  local cells = {}
  for i = first, #self do
    local value = self[i]
    local height = value and largest > 0 and math.floor(value / largest * (#bars - 1) + 0.5) or 0
    cells[#cells + 1] = value and bars[height + 1] or " "
  end
  return table.concat(cells)
end

return history
