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

--- The table of processes: columns and rows.
function processes.table(snapshot, rates)
  local names = json.list { "process", "name", "address", "error" }
  for _, field in ipairs(fields) do
    names[#names + 1] = field
  end
  names[#names + 1] = "CumReq_s"
  local rows, infos = json.list {}, snapshot:info()
  for i, process in ipairs(snapshot:processes()) do
    rows[#rows + 1] = row_of(infos[i], process, snapshot, rates)
  end
  for _, failure in ipairs(snapshot.failed) do
    local row = { failure.process_nb or json.null, json.null, failure[1], failure[2].message }
    while #row < #names do
      row[#row + 1] = json.null
    end
    rows[#rows + 1] = row
  end
  return { columns = names, rows = rows }
end

return processes
