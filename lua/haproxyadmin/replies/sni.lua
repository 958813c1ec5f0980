-- The names for which HAProxy has certificates: rows of `show ssl sni`, between tabs.

local date = require "haproxyadmin.base.date"

local sni = {}

local function words(text)
  local found = {}
  for word in text:gmatch "%S+" do
    if word ~= "-" then
      found[#found + 1] = word
    end
  end
  return found
end

local function text(value)
  return value
end

-- By the column's name: what we call it, and how it is read.
local columns = {
  ["SNI"] = { "name", text },
  ["Negative Filter"] = { "filters", words },
  ["Type"] = { "type", text },
  ["Filename"] = { "file", text },
  ["NotAfter"] = { "not_after", date.of },
  ["NotBefore"] = { "not_before", date.of },
}

local function cells(line)
  local found = {}
  for cell in (line .. "\t"):gmatch "([^\t]*)\t" do
    found[#found + 1] = cell
  end
  return found
end

--- The rows, a sequence of records; `frontend` and `bind`, its line in HAProxy's
-- configuration, come from the first column.
function sni.rows(lines)
  local names = cells((lines[1] or ""):gsub("^# ", ""))
  local found = {}
  for i = 2, #lines do
    local record = {}
    for place, cell in ipairs(cells(lines[i])) do
      local column = columns[names[place]]
      if names[place] == "Frontend/Bind" then
        record.frontend, record.bind = cell:match "^([^/]*)/(.*)$"
      elseif column then
        record[column[1]] = column[2](cell)
      end
    end
    found[#found + 1] = record
  end
  return found
end

return sni
