-- Items in columns, for people.

local columns = require "haproxyadmin.cli.show.columns"
local core = require "haproxyadmin.core"
local terminal = require "haproxyadmin.cli.show.terminal"
local text = require "haproxyadmin.cli.base.text"

local drawn = {}

-- The values of all items by column, and what the processes have where they differ.
local function values_of(list, items)
  local listed = columns.listed(list, items)
  if listed then
    return core.cells(items, listed)
  end
  local values, differing = {}, {}
  for i, column in ipairs(list) do
    values[i], differing[i] = {}, {}
    for place, item in ipairs(items) do
      values[i][place], differing[i][place] = column.get(item)
    end
  end
  return values, differing
end

-- What is shown of what the processes do not agree on.
local function side_by_side(column, differing, item)
  local parts = {}
  for i, entry in ipairs(differing) do
    parts[i] = column.show and entry ~= "" and column.show(entry, item) or tostring(entry)
  end
  return table.concat(parts, "|")
end

-- What one item shows in one column, and its colour.
local function cell(column, value, differing, item, plain)
  if differing then
    return plain(side_by_side(column, differing, item)), "yellow"
  elseif value == nil then
    return "-"
  end
  local color = column.color and column.color(value)
  if column.show then
    return plain(column.show(value, item)), color
  elseif type(value) == "number" then
    return text.grouped(value), color
  end
  return plain(tostring(value)), color
end

-- A sheet: `rows`, the texts of all cells; `colors`, by row and column those of cells that have one; `widths` of the
-- columns; `long`, the rows that have characters of several bytes.
local function new_sheet(list, items, no_header)
  local sheet = { rows = {}, colors = {}, widths = {}, long = {}, above = no_header and 0 or 1 }
  for i, column in ipairs(no_header and {} or list) do
    sheet.rows[1] = sheet.rows[1] or {}
    sheet.rows[1][i] = column.title
    sheet.widths[i] = #column.title
  end
  for place = 1, #items do
    sheet.rows[sheet.above + place] = {}
  end
  return sheet
end

-- Fills a column. Of many objects most values are there many times, and look the same each time, unless the column
-- looks at the item, too.
local function fill(sheet, i, column, values, differing, items, plain)
  local shown_of, color_of, is_long = {}, {}, {}
  local is_same = column.listed and not column.of_item
  local rows, widest = sheet.rows, sheet.widths[i] or 0
  for place = 1, #items do
    local value, row = values[place], sheet.above + place
    local shown, color
    if value ~= nil then
      shown, color = shown_of[value], color_of[value]
    end
    if not shown then
      shown, color = cell(column, value, differing[place], items[place], plain)
      local width = text.width(shown)
      widest = width > widest and width or widest
      is_long[shown] = width < #shown
      if is_same and value ~= nil then
        shown_of[value], color_of[value] = shown, color
      end
    end
    rows[row][i] = shown
    if color then
      sheet.colors[row] = sheet.colors[row] or {}
      sheet.colors[row][i] = color
    end
    if is_long[shown] then
      sheet.long[row] = true
    end
  end
  sheet.widths[i] = widest
end

local function sheet_of(list, items, no_header, plain)
  local sheet = new_sheet(list, items, no_header)
  local values, differing = values_of(list, items)
  for i, column in ipairs(list) do
    fill(sheet, i, column, values[i], differing[i], items, plain)
  end
  return sheet
end

local BETWEEN = 2

local function total(widths)
  local sum = -BETWEEN
  for _, width in ipairs(widths) do
    sum = sum + width + BETWEEN
  end
  return sum
end

-- Makes the widest columns of texts narrower, down to `least`, until all fit. Returns whether any became so.
local function shrink(widths, list, room, least)
  local over, cut = total(widths) - room, false
  while over > 0 do
    local widest
    for i, width in ipairs(widths) do
      if not list[i].right and width > least and (not widest or width > widths[widest]) then
        widest = i
      end
    end
    if not widest then
      break
    end
    widths[widest] = widths[widest] - 1
    over, cut = over - 1, true
  end
  return cut
end

-- These are names: without them the others say nothing.
local NAMES = 2
local NARROW, NARROWEST = 12, 4

-- Makes the widths fit: texts become shorter, then columns at the right are left out.
-- Returns how many are, and whether texts are cut.
local function fit(widths, list, room)
  local cut = shrink(widths, list, room, NARROW)
  local dropped = 0
  while total(widths) > room and #widths > NAMES do
    widths[#widths] = nil
    dropped = dropped + 1
  end
  return dropped, shrink(widths, list, room, NARROWEST) or cut
end

local function line_of(row, widths, list, colors)
  local parts = {}
  for i = 1, #widths do
    local shown = text.pad(text.cut(row[i], widths[i]), widths[i], list[i].right)
    if i == #widths then
      shown = shown:gsub(" +$", "")
    end
    parts[i] = colors and colors[i] and terminal.paint(shown, colors[i]) or shown
  end
  local line = table.concat(parts, "  ")
  return line:sub(-1) == " " and (line:gsub(" +$", "")) or line
end

local unpack = table.unpack or unpack -- luacheck: ignore

-- The most that string.format pads to.
local MOST_PADDED = 99

-- A format that makes a line of a row whose cells all fit, are of bytes that are characters, and have no colour; nil
-- where there is none.
local function format_of(widths, list)
  local parts = {}
  for i, width in ipairs(widths) do
    if width > MOST_PADDED then
      return nil
    end
    parts[i] = width == 0 and "%s" or ("%%%s%ds"):format(list[i].right and "" or "-", width)
  end
  return table.concat(parts, "  ")
end

-- All rows as lines; `whole`: the format of those that are neither cut nor painted,
-- or nil.
local function lines_of(sheet, list, painted, whole)
  local lines, widths, count = {}, sheet.widths, #sheet.widths
  for place, row in ipairs(sheet.rows) do
    local colors = painted and sheet.colors[place]
    if whole and not sheet.long[place] and not colors then
      local line = whole:format(unpack(row, 1, count))
      lines[place] = line:sub(-1) == " " and (line:gsub(" +$", "")) or line
    else
      lines[place] = line_of(row, widths, list, colors)
    end
  end
  return lines
end

--- The lines of items, and the titles of the columns for which there is no room. `options`: `no_header`, `wide`
-- (nothing is left out) and `terminal`, as terminal.look returns it.
function drawn.lines(list, items, options)
  local screen = options.terminal
  local plain = screen.is and not screen.utf8 and text.ascii or text.plain
  local sheet = sheet_of(list, items, options.no_header, plain)
  local dropped, cut = 0, false
  if screen.columns and not options.wide then
    dropped, cut = fit(sheet.widths, list, screen.columns)
  end
  local missing = {}
  for i = #list - dropped + 1, #list do
    missing[#missing + 1] = list[i].title
  end
  return lines_of(sheet, list, screen.color, not cut and format_of(sheet.widths, list) or nil), missing
end

return drawn
