-- What HAProxy says of its OCSP responses.

local date = require "haproxyadmin.base.date"

local ocsp = {}

local listed = {
  ["Certificate path"] = "file",
  ["Issuer Name Hash"] = "issuer_name_hash",
  ["Issuer Key Hash"] = "issuer_key_hash",
  ["Serial Number"] = "serial",
}

--- The responses of the lines of `show ssl ocsp-response`: a sequence of {id =, file =, serial =,
-- issuer_name_hash =, issuer_key_hash =}.
function ocsp.list(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local key, value = line:match "^%s*(.-)%s*:%s*(.*)$"
    if key == "Certificate ID key" then
      found[#found + 1] = { id = value }
    elseif listed[key] and found[1] then
      found[#found][listed[key]] = value
    end
  end
  return found
end

local detailed = {
  ["OCSP Response Status"] = { "response_status", tostring },
  ["Cert Status"] = { "cert_status", tostring },
  ["Produced At"] = { "produced_at", date.of },
  ["This Update"] = { "this_update", date.of },
  ["Next Update"] = { "next_update", date.of },
}

--- What is said of one response: a record. Behind it come the certificates of who signed it.
function ocsp.details(lines)
  local record = {}
  for _, line in ipairs(lines) do
    if line:find "^Certificate:" then
      break
    end
    local key, value = line:match "^%s*(.-)%s*:%s*(.*)$"
    local field = detailed[key]
    if field and record[field[1]] == nil then
      record[field[1]] = field[2](value)
    end
  end
  return record
end

-- By the column's name: what we call it, and whether it is a number or a date.
local columns = {
  ["OCSP Certid"] = { "id" },
  ["Path"] = { "file" },
  ["Next Update"] = { "next_update", "date" },
  ["Last Update"] = { "last_update", "date" },
  ["Successes"] = { "successes", "number" },
  ["Failures"] = { "failures", "number" },
  ["Last Update Status"] = { "status", "number" },
  ["Last Update Status (str)"] = { "status_text" },
}

local function cells(line)
  local found = {}
  for cell in (line .. " | "):gmatch "(.-) | " do
    found[#found + 1] = cell
  end
  return found
end

local readers = { number = tonumber, date = date.of }

--- The rows of `show ssl ocsp-updates`, a sequence of records. A date that is none is nil.
function ocsp.updates(lines)
  local names = cells(lines[1] or "")
  local found = {}
  for i = 2, #lines do
    local record = {}
    for place, cell in ipairs(cells(lines[i])) do
      local column = columns[names[place]]
      if column then
        local read = readers[column[2]]
        record[column[1]] = read and read(cell) or not read and cell or nil
      end
    end
    found[#found + 1] = record
  end
  return found
end

return ocsp
