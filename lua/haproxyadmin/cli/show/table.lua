-- Items in columns, for people.

local terminal = require "haproxyadmin.cli.show.terminal"
local text = require "haproxyadmin.cli.base.text"

local drawn = {}

-- What one item shows in one column, and its colour.
local function cell(column, item, plain)
  local value, differing = column.get(item)
  if differing then
    local parts = {}
    for i, entry in ipairs(differing) do
      parts[i] = column.show and entry ~= "" and column.show(entry, item) or tostring(entry)
    end
    return plain(table.concat(parts, "|")), "yellow"
  elseif value == nil then
    return "-"
  end
  local shown = column.show and column.show(value, item) or tostring(value)
  if type(value) == "number" and not column.show then
    shown = text.grouped(value)
  end
  return plain(shown), column.color and column.color(value)
end

-- The texts of all cells, and by row and column those that have a colour.
local function rows_of(columns, items, options, plain)
  local rows, colors = {}, {}
  if not options.no_header then
    rows[1] = {}
    for i, column in ipairs(columns) do
      rows[1][i] = column.title
    end
  end
  for _, item in ipairs(items) do
    local row, colored = {}, nil
    for i = 1, #columns do
      local shown, color = cell(columns[i], item, plain)
      row[i] = shown
      if color then
        colored = colored or {}
        colored[i] = color
      end
    end
    rows[#rows + 1] = row
    colors[#rows] = colored
  end
  return rows, colors
end

local function widths_of(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i = 1, #row do
      local width = text.width(row[i])
      if width > (widths[i] or 0) then
        widths[i] = width
      end
    end
  end
  return widths
end

local BETWEEN = 2

local function total(widths)
  local sum = -BETWEEN
  for _, width in ipairs(widths) do
    sum = sum + width + BETWEEN
  end
  return sum
end

-- Makes the widest columns of texts narrower, down to `least`, until all fit.
local function shrink(widths, columns, room, least)
  local over = total(widths) - room
  while over > 0 do
    local widest
    for i, width in ipairs(widths) do
      if not columns[i].right and width > least and (not widest or width > widths[widest]) then
        widest = i
      end
    end
    if not widest then
      return
    end
    widths[widest] = widths[widest] - 1
    over = over - 1
  end
end

-- These are names: without them the others say nothing.
local NAMES = 2
local NARROW, NARROWEST = 12, 4

-- Makes the widths fit: texts become shorter, then columns at the right are left out.
-- Returns how many are.
local function fit(widths, columns, room)
  shrink(widths, columns, room, NARROW)
  local dropped = 0
  while total(widths) > room and #widths > NAMES do
    widths[#widths] = nil
    dropped = dropped + 1
  end
  shrink(widths, columns, room, NARROWEST)
  return dropped
end

local function line_of(row, widths, columns, colors)
  local parts = {}
  for i = 1, #widths do
    local shown = text.pad(text.cut(row[i], widths[i]), widths[i], columns[i].right)
    if i == #widths then
      shown = shown:gsub(" +$", "")
    end
    parts[i] = colors and colors[i] and terminal.paint(shown, colors[i]) or shown
  end
  local line = table.concat(parts, "  ")
  return line:sub(-1) == " " and (line:gsub(" +$", "")) or line
end

--- The lines of items, and the titles of the columns for which there is no room. `options`: `no_header`, `wide`
-- (nothing is left out) and `terminal`, as terminal.look returns it.
function drawn.lines(columns, items, options)
  local screen = options.terminal
  local rows, colors = rows_of(columns, items, options, screen.is and not screen.utf8 and text.ascii or text.plain)
  local widths = widths_of(rows)
  local dropped = 0
  if screen.columns and not options.wide then
    dropped = fit(widths, columns, screen.columns)
  end
  local lines, missing = {}, {}
  for i, row in ipairs(rows) do
    lines[i] = line_of(row, widths, columns, screen.color and colors[i])
  end
  for i = #columns - dropped + 1, #columns do
    missing[#missing + 1] = columns[i].title
  end
  return lines, missing
end

return drawn
