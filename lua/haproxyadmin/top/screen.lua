-- The screen: two buffers of cells, what the terminal shows and what it is to show. Only cells
-- that differ are written, and nothing gets into a cell but what takes the width of one: what
-- a terminal would obey or draw wider is shown as a question mark.

local screen = {}

-- What is drawn beside ASCII, and what stands for it where the terminal knows no UTF-8.
local glyphs = {
  ["▁"] = "_",
  ["▂"] = ".",
  ["▃"] = "-",
  ["▄"] = "-",
  ["▅"] = "=",
  ["▆"] = "+",
  ["▇"] = "*",
  ["█"] = "#",
  ["▾"] = "v",
  ["▴"] = "^",
  ["–"] = "-",
  ["…"] = "~",
}

-- What the styles are called, as the terminal takes them (SGR); without colours words and
-- intensity must do.
local styles = {
  coloured = {
    plain = "",
    bold = "1",
    dim = "2",
    green = "32",
    yellow = "33",
    red = "31",
    cyan = "36",
    alarm = "1;31",
    bar = "7",
  },
  plain = {
    plain = "",
    bold = "1",
    dim = "2",
    green = "",
    yellow = "1",
    red = "1",
    cyan = "",
    alarm = "1",
    bar = "7",
  },
}

local Screen = {}
Screen.__index = Screen

--- A screen of no size. Options: `colour`, `unicode`.
function screen.new(options)
  local self = setmetatable({ unicode = options.unicode }, Screen)
  self.styles = options.colour and styles.coloured or styles.plain
  self:resize(0, 0)
  return self
end

-- Of what the terminal shows nothing is known.
function Screen:forget()
  self.shown = {}
end

function Screen:resize(rows, columns)
  self.rows, self.columns = rows, columns
  self:forget()
  self:clear()
end

--- What is to be shown: nothing, until something is put there.
function Screen:clear()
  self.cells, self.looks = {}, {}
  for row = 1, self.rows do
    local cells, looks = {}, {}
    for column = 1, self.columns do
      cells[column], looks[column] = " ", ""
    end
    self.cells[row], self.looks[row] = cells, looks
  end
end

local function cell_of(self, character)
  local byte = character:byte()
  if #character == 1 and byte >= 32 and byte < 127 then
    return character
  end
  local glyph = glyphs[character]
  return glyph and (self.unicode and character or glyph) or "?"
end

--- Puts a text there, as far as it fits before `last` (default: the right edge); returns the
-- column behind it.
function Screen:put(row, column, text, style, last)
  local cells, looks = self.cells[row], self.looks[row]
  last = math.min(last or self.columns, self.columns)
  if not cells then
    return column
  end
  local look = self.styles[style or "plain"]
  if not text:find "[^\32-\126]" then
    for i = 1, math.min(#text, last - column + 1) do
      cells[column], looks[column] = text:sub(i, i), look
      column = column + 1
    end
    return column
  end
  for character in text:gmatch ".[\128-\191]*" do
    if column > last then
      break
    end
    cells[column], looks[column] = cell_of(self, character), look
    column = column + 1
  end
  return column
end

--- Turns a row into a bar: dark on light, or whatever the terminal has for that.
function Screen:bar(row)
  local looks = self.looks[row]
  for column = 1, looks and self.columns or 0 do
    looks[column] = looks[column] == "" and "7" or looks[column] .. ";7"
  end
end

-- Where the cells of a row differ from what is shown: the next run from `column` on. Equal
-- cells within a run cost less than another move of the cursor.
local NEAR = 4

local function next_run(self, row, column)
  local cells, looks, shown = self.cells[row], self.looks[row], self.shown[row]
  local first, last
  for i = column, self.columns do
    if not shown or cells[i] ~= shown.cells[i] or looks[i] ~= shown.looks[i] then
      first, last = first or i, i
    elseif last and i - last > NEAR then
      break
    end
  end
  return first, last
end

local function write_run(self, parts, row, first, last, look)
  parts[#parts + 1] = ("\27[%d;%dH"):format(row, first)
  local cells, looks = self.cells[row], self.looks[row]
  for column = first, last do
    if looks[column] ~= look then
      look = looks[column]
      parts[#parts + 1] = look == "" and "\27[0m" or "\27[0;" .. look .. "m"
    end
    parts[#parts + 1] = cells[column]
  end
  return look
end

--- What to write, so that the terminal shows what was put; "" where it does already.
function Screen:flush()
  local parts, look = {}, nil
  for row = 1, self.rows do
    local first, last = next_run(self, row, 1)
    while first do
      look = write_run(self, parts, row, first, last, look)
      first, last = next_run(self, row, last + 1)
    end
    self.shown[row] = { cells = self.cells[row], looks = self.looks[row] }
  end
  if #parts > 0 then
    parts[#parts + 1] = "\27[0m"
  end
  return table.concat(parts)
end

--- The lines as a text without any escapes.
function Screen:text()
  local lines = {}
  for row = 1, self.rows do
    lines[row] = table.concat(self.cells[row]):gsub(" +$", "") .. "\n"
  end
  return table.concat(lines)
end

return screen
