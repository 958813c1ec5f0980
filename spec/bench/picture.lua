-- picture.lua: the report's pictures, as plain SVG. Their colours are of a middle
-- brightness, so that they are read on white and on black.

local picture = {}

local INK, OURS, OTHER, LIMIT, MISSED = "#6e7681", "#2f81d6", "#8c959f", "#d4810f", "#d1434b"
local LINES = { OURS, LIMIT, "#8957c9" }

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

local function text(x, y, words, anchor, colour)
  return ('<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>\n'):format(
    x,
    y,
    anchor or "start",
    colour or INK,
    escape(words)
  )
end

local function bar(x, y, width, height, colour)
  return ('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>\n'):format(x, y, width, height, colour)
end

local function line(x1, y1, x2, y2, colour, width)
  return ('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%.1f"/>\n'):format(
    x1,
    y1,
    x2,
    y2,
    colour,
    width or 1
  )
end

local function svg(width, height, title, parts)
  return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" '
    .. 'font-family="sans-serif" font-size="13">\n<title>%s</title>\n%s</svg>\n'):format(
    width,
    height,
    width,
    height,
    escape(title),
    table.concat(parts)
  )
end

local WIDTH, LEFT, RIGHT = 820, 20, 620
local HIGH, BAR = 62, 13

-- One pair: this module's bar, above it what it is, below it the other's bar, and the
-- limit across both. Lengths are multiples of the other's.
local function pair(parts, y, entry)
  local most = math.max(entry.value, entry.limit, 1)
  local function length(value)
    return (RIGHT - LEFT) * value / most
  end
  local colour = entry.met and OURS or MISSED
  parts[#parts + 1] = text(LEFT, y + 13, entry.title)
  parts[#parts + 1] = bar(LEFT, y + 20, length(entry.value), BAR, colour)
  parts[#parts + 1] = bar(LEFT, y + 22 + BAR, length(1), BAR, OTHER)
  local x = LEFT + length(entry.limit)
  parts[#parts + 1] = line(x, y + 16, x, y + 26 + 2 * BAR, LIMIT, 2.5)
  parts[#parts + 1] = text(RIGHT + 12, y + 31, entry.measured, nil, colour)
  parts[#parts + 1] = text(RIGHT + 12, y + 33 + BAR, entry.other)
end

--- The works that are held against something else. `entries`: title, measured (words),
-- other (what it is held against), value and limit as multiples of the other's, met.
function picture.pairs(entries)
  local parts = {
    bar(LEFT, 10, 22, BAR, OURS),
    text(LEFT + 30, 21, "this module"),
    bar(LEFT + 130, 10, 22, BAR, OTHER),
    text(LEFT + 160, 21, "what it is held against"),
    line(LEFT + 330, 8, LEFT + 330, 25, LIMIT, 2.5),
    text(LEFT + 338, 21, "the bar: at most a time, at least a speed; red does not meet it"),
  }
  for i, entry in ipairs(entries) do
    pair(parts, 36 + (i - 1) * HIGH, entry)
  end
  return svg(WIDTH, 44 + #entries * HIGH, "Each work beside what it is held against", parts)
end

local TOP, BOTTOM, FROM, TO = 40, 300, 80, 640

-- A scale on which each step is ten times the one before.
local function decades(least, most, from, to)
  local function log(value)
    return math.log(value) / math.log(10)
  end
  local low, high = math.floor(log(least) + 1e-9), math.ceil(log(most) - 1e-9)
  high = math.max(high, low + 1)
  local function place(value)
    return from + (to - from) * (log(value) - low) / (high - low)
  end
  return place, low, high
end

-- A curve through the points, with a dot at each.
local function curve_of(parts, points, x, y, colour, dashes)
  local path = {}
  for k, point in ipairs(points) do
    path[k] = ("%.1f,%.1f"):format(x(point[1]), y(point[2]))
    parts[#parts + 1] = ('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>\n'):format(x(point[1]), y(point[2]), colour)
  end
  parts[#parts + 1] = ('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>\n'):format(
    table.concat(path, " "),
    colour,
    dashes
  )
end

--- Time a server by number of servers. `curves`: a sequence of {label, points, floor},
-- a point being {servers, microseconds}.
function picture.growth(curves)
  local least, most, fewest, largest = math.huge, 0, math.huge, 0
  for _, curve in ipairs(curves) do
    for i, point in ipairs(curve.points) do
      least, most = math.min(least, curve.floor[i][2]), math.max(most, point[2])
      fewest, largest = math.min(fewest, point[1]), math.max(largest, point[1])
    end
  end
  local x, first, last = decades(fewest, largest, FROM, TO)
  local y, low, high = decades(least, most, BOTTOM, TOP)
  local parts = { text(FROM, 22, "microseconds a server, by print"), text(TO, 22, "dashed: the floor", "end") }
  for decade = low, high do
    local at = y(10 ^ decade)
    parts[#parts + 1] = line(FROM, at, TO, at, INK, 0.4)
    parts[#parts + 1] = text(FROM - 8, at + 4, ("%g"):format(10 ^ decade), "end")
  end
  for decade = first, last do
    local at = x(10 ^ decade)
    parts[#parts + 1] = line(at, TOP, at, BOTTOM, INK, 0.4)
    parts[#parts + 1] = text(at, BOTTOM + 20, ("%d"):format(10 ^ decade), "middle")
  end
  parts[#parts + 1] = text((FROM + TO) / 2, BOTTOM + 42, "servers", "middle")
  for i, curve in ipairs(curves) do
    local colour = LINES[(i - 1) % #LINES + 1]
    curve_of(parts, curve.points, x, y, colour, "")
    curve_of(parts, curve.floor, x, y, colour, ' stroke-dasharray="5 4"')
    local last_point = curve.points[#curve.points]
    parts[#parts + 1] = text(x(last_point[1]) + 10, y(last_point[2]) + 4, curve.label, nil, colour)
  end
  return svg(WIDTH, BOTTOM + 56, "Time a server by number of servers", parts)
end

return picture
