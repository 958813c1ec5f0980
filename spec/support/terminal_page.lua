-- What a terminal shows, with its colours, as a document that a browser can draw.

local terminal_page = {}

-- The sixteen colours, as a dark terminal has them.
local palette = {
  [0] = "#1b1f27",
  "#e06c75",
  "#98c379",
  "#e5c07b",
  "#61afef",
  "#c678dd",
  "#56b6c2",
  "#c8ccd4",
  "#7f848e",
  "#ff7b86",
  "#b5e890",
  "#ffd68a",
  "#7cc0ff",
  "#dd8ff5",
  "#6fd3df",
  "#ffffff",
}
local INK, PAPER = palette[7], "#14171c"

local HEAD = [[
<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 14px 16px; background: %s; color: %s; width: max-content }
pre { margin: 0; font: 14px/1.3 "DejaVu Sans Mono", "Liberation Mono", monospace }
</style><pre>]]

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;" }

-- What one number of a sequence that sets how letters look does to `look`.
local function apply(look, code)
  if code == 0 then
    look.ink, look.paper, look.bold, look.dim, look.reverse = nil, nil, nil, nil, nil
  elseif code == 1 then
    look.bold = true
  elseif code == 2 then
    look.dim = true
  elseif code == 7 then
    look.reverse = true
  elseif code >= 30 and code <= 37 then
    look.ink = palette[code - 30]
  elseif code >= 90 and code <= 97 then
    look.ink = palette[code - 82]
  elseif code >= 40 and code <= 47 then
    look.paper = palette[code - 40]
  elseif code >= 100 and code <= 107 then
    look.paper = palette[code - 92]
  elseif code == 39 then
    look.ink = nil
  elseif code == 49 then
    look.paper = nil
  elseif code == 22 then
    look.bold, look.dim = nil, nil
  elseif code == 27 then
    look.reverse = nil
  end
end

local function style(look)
  local ink, paper = look.ink or INK, look.paper or PAPER
  if look.reverse then
    ink, paper = paper, ink
  end
  local words = ("color:%s;background:%s"):format(ink, paper)
  return words .. (look.bold and ";font-weight:bold" or "") .. (look.dim and ";opacity:.65" or "")
end

--- The document of what Terminal:screen(true) returns.
function terminal_page.of(screen)
  local parts, look = { HEAD:format(PAPER, INK) }, {}
  local function add(text)
    if text ~= "" then
      parts[#parts + 1] = ('<span style="%s">%s</span>'):format(style(look), text:gsub("[&<]", escapes))
    end
  end
  local place = 1
  for from, codes, to in screen:gmatch "()\27%[([%d;]*)m()" do
    add(screen:sub(place, from - 1))
    for code in (codes == "" and "0" or codes):gmatch "%d+" do
      apply(look, tonumber(code))
    end
    place = to
  end
  add(screen:sub(place):gsub("\27.", ""))
  parts[#parts + 1] = "</pre>"
  return table.concat(parts)
end

return terminal_page
