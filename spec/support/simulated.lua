-- Processes that are functions (table_transport.lua) and do with the servers of backend app
-- as they are told.

local table_transport = require "spec.support.table_transport"

local simulated = {}

local statuses = { drain = "DRAIN", maint = "MAINT", ready = "no check" }

-- The header of `show stat` and the rows of the backend.
local function rows_of_backend()
  local rows = {}
  for line in io.lines "spec/fixtures/2.6/show-stat.txt" do
    if line:match "^#" or line:match "^app," then
      rows[#rows + 1] = line .. "\n"
    end
  end
  return table.concat(rows)
end

-- The text of `show stat` with other values for a server.
local function with(text, name, values)
  local header = {}
  for column in text:match("^# ([^\n]*)"):gmatch "([^,]*)," do
    header[#header + 1] = column
  end
  return (text:gsub("\n(app," .. name .. ",[^\n]*)", function(row)
    local place = 0
    return "\n" .. row:gsub("([^,]*),", function(value)
      place = place + 1
      return tostring(values[header[place]] or value) .. ","
    end)
  end))
end

--- A process of HAProxy 2.6. `servers`: by the name of a server of backend app, its columns
-- of `show stat`, which the process changes.
function simulated.process(servers)
  local text = rows_of_backend()
  local behave = table_transport.process "2.6"
  return function(command, request)
    local name, state = command:match "^set server app/(%w+) state (%l+)$"
    local ended = command:match "^shutdown sessions server app/(%w+)$"
    if name then
      servers[name].status = statuses[state]
      return ""
    elseif ended then
      servers[ended].scur = 0
      return ""
    elseif command:match "^show stat " then
      local all = text
      for each, values in pairs(servers) do
        all = with(all, each, values)
      end
      return table_transport.rows(all, command)
    end
    return behave(command, request)
  end
end

return simulated
