-- A panel: lines of text in the place of the table, to be read, or to choose one of them.

local panel = {}

local Panel = {}
Panel.__index = Panel

--- Lines are {text, style}. `chosen`: the line that a bar stands on, where one is to be chosen.
function panel.new(title, lines, chosen)
  return setmetatable({ title = title, lines = lines, first = 1, chosen = chosen, height = 1 }, Panel)
end

function Panel:move(by)
  if self.chosen then
    self.chosen = math.max(1, math.min(self.chosen + by, #self.lines))
    self.first = math.min(self.first, self.chosen)
    self.first = math.max(self.first, self.chosen - self.height + 1)
  else
    self.first = math.max(1, math.min(self.first + by, #self.lines - self.height + 1))
  end
end

--- Draws it into the rows from `top` to `bottom`.
function Panel:draw(screen, top, bottom)
  self.height = math.max(1, bottom - top)
  screen:put(top, 1, self.title, "bold")
  if #self.lines > self.height then
    local words = ("lines %d-%d of %d"):format(
      self.first,
      math.min(#self.lines, self.first + self.height - 1),
      #self.lines
    )
    screen:put(top, math.max(1, screen.columns - #words + 1), words, "dim")
  end
  for i = 0, self.height - 1 do
    local line = self.lines[self.first + i]
    if line and top + 1 + i <= bottom then
      screen:put(top + 1 + i, 1, line[1], line[2])
      if self.chosen == self.first + i then
        screen:bar(top + 1 + i)
      end
    end
  end
end

return panel
