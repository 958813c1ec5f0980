-- The processes as the page lists them: those that answered, and those that did not.

local json = require "haproxyadmin.base.json_writer"
local metrics = require "haproxyadmin.base.metrics"

local processes = {}

-- Fields of `show info`, as they are.
local fields = {
  "Pid",
  "Version",
  "Uptime_sec",
  "CurrConns",
  "Maxconn",
  "ConnRate",
  "Idle_pct",
  "Run_queue",
  "Tasks",
  "Nbthread",
  "Memmax_MB",
  "Stopping",
  "node",
  "description",
}

local number = metrics.number.process

local function row_of(info, process, snapshot, rates)
  local row = { process.process_nb, process.name or json.null, process.address, json.null }
  for _, field in ipairs(fields) do
    local value = info[field]
    row[#row + 1] = value == nil and json.null or value
  end
  row[#row + 1] = rates:of_info(snapshot, number.CumReq, process.process_nb) or json.null
  return row
end

--- What the processes call themselves: the description of the first one that has one, or the
-- name of its host.
function processes.title(snapshot)
  local infos = snapshot:info()
  for _, field in ipairs { "description", "node" } do
    for _, info in ipairs(infos) do
      if info[field] then
        return tostring(info[field])
      end
    end
  end
  return "HAProxy"
end

-- One that does not answer.
local function silent_row(entry, width)
  local row = { entry.process_nb or json.null, json.null, entry[1], entry[2].message }
  while #row < width do
    row[#row + 1] = json.null
  end
  return row
end

--- The table of processes of a reading: columns and rows.
function processes.table(reading, rates)
  local snapshot = reading.snapshot
  local names = json.list { "process", "name", "address", "error" }
  for _, field in ipairs(fields) do
    names[#names + 1] = field
  end
  names[#names + 1] = "CumReq_s"
  local rows, infos = json.list {}, snapshot:info()
  for i, process in ipairs(snapshot:processes()) do
    rows[#rows + 1] = row_of(infos[i], process, snapshot, rates)
  end
  for _, list in ipairs { snapshot.failed, reading.missed } do
    for _, entry in ipairs(list) do
      rows[#rows + 1] = silent_row(entry, #names)
    end
  end
  return { columns = names, rows = rows }
end

return processes
