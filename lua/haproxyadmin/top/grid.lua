-- The grid: rows and columns of a table, as far as they fit. Only what is seen is made a text.

local grid = {}

-- Before the first column: the cursor, and the mark.
local MARGIN = 2

-- The widest that a name becomes.
local WIDEST = 30

--- The columns that are shown: all but the hidden ones. `toggled`: those, by id, for which
-- somebody asked for the contrary.
function grid.shown(columns, toggled)
  local found = {}
  for _, column in ipairs(columns) do
    if (column.hidden or false) == (toggled[column.id] or false) then
      found[#found + 1] = column
    end
  end
  return found
end

-- What stands in the cells of the rows from `first` to `last`: by column its texts and styles.
local function read(columns, rows, reading, first, last)
  local found = {}
  for i, column in ipairs(columns) do
    local texts, styles = {}, {}
    for place = first, last do
      local object = rows.list[place]
      local text, style = column.show(column.value(reading, object), reading, object)
      texts[place], styles[place] = text, style
    end
    found[i] = { column = column, texts = texts, styles = styles }
  end
  return found
end

local function width_of(part, first, last, screen)
  local column = part.column
  local width = math.max(column.width, #column.title + 1)
  if not column.left then
    return width
  end
  for place = first, last do
    width = math.max(width, #part.texts[place])
  end
  local most = column.name and math.min(WIDEST, math.floor(screen.columns / 4)) or WIDEST
  return math.max(math.min(width, most), math.min(column.width, most))
end

-- The one that goes first: the least important, the last of those.
local function least(parts)
  local found
  for i, part in ipairs(parts) do
    if not found or part.column.keep >= parts[found].column.keep then
      found = i
    end
  end
  return found
end

-- Takes parts away until the rest fits, and gives the last one what is left.
local function fit(parts, room)
  local total = 0
  for _, part in ipairs(parts) do
    total = total + part.width + 1
  end
  while total - 1 > room and #parts > 1 do
    total = total - table.remove(parts, least(parts)).width - 1
  end
  local last = parts[#parts]
  if last and (last.column.left or total - 1 > room) then
    last.width = math.max(1, last.width + room - (total - 1))
  end
end

-- What is longer than its cell; of a path the end says most.
local function cut(text, width, is_path)
  if #text <= width then
    return text
  elseif is_path then
    return "…" .. text:sub(#text - width + 2)
  end
  return text:sub(1, math.max(0, width - 1)) .. "…"
end

local function put(screen, row, column, text, width, left, style)
  -- A sign of several bytes is one cell.
  local _, continued = text:gsub("[\128-\191]", "")
  local blank = width - (#text - continued)
  if not left and blank > 0 then
    column = column + blank
  end
  screen:put(row, column, text, style, column + width - 1)
end

local function draw_titles(screen, row, parts, sort, down)
  local column = MARGIN + 1
  for _, part in ipairs(parts) do
    local title = part.column.title
    if part.column.id == sort then
      title = title .. (down and "▾" or "▴")
    end
    put(screen, row, column, title, part.width, part.column.left, "bold")
    column = column + part.width + 1
  end
end

--- Draws titles in row `top`, and rows down to row `bottom`. `state`: `columns` (those that
-- are shown), `sort`, `down`.
function grid.draw(screen, top, bottom, state, rows, reading)
  local first, last = rows:window(math.max(0, bottom - top))
  local parts = read(state.columns, rows, reading, first, last)
  for _, part in ipairs(parts) do
    part.width = width_of(part, first, last, screen)
  end
  fit(parts, screen.columns - MARGIN)
  draw_titles(screen, top, parts, state.sort, state.down)
  for place = first, last do
    local row = top + place - first + 1
    local column = MARGIN + 1
    local is_current = place == rows.cursor and not state.still
    screen:put(row, 1, is_current and ">" or " ", "bold")
    screen:put(row, 2, rows.marks[rows.keys[place]] and "*" or " ", "bold")
    for _, part in ipairs(parts) do
      local text = cut(part.texts[place], part.width, part.column.path)
      put(screen, row, column, text, part.width, part.column.left, part.styles[place])
      column = column + part.width + 1
    end
    if is_current then
      screen:bar(row)
    end
  end
end

return grid
