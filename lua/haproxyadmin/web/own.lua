-- What this program tells of itself, below the name haproxyadmin_*.

local release = require "haproxyadmin.base.release"

local own = {}

local function escape(value)
  return (tostring(value):gsub('[\\"\n]', { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }))
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function of_processes(snapshot)
  local up = { name = "haproxyadmin_process_up", type = "gauge", help = "Did the process answer this reading?" }
  for _, process in ipairs(snapshot:processes()) do
    up[#up + 1] = { { { "process", process.process_nb }, { "address", process.address } }, 1 }
  end
  for _, entry in ipairs(snapshot.failed) do
    up[#up + 1] = { { { "process", entry.process_nb }, { "address", entry[1] } }, 0 }
  end
  return up, {
    name = "haproxyadmin_processes",
    type = "gauge",
    help = "How many processes there are in each state.",
    { { { "state", "up" } }, #up - #snapshot.failed },
    { { { "state", "down" } }, #snapshot.failed },
  }
end

local function of_failures(failures)
  local errors = {
    name = "haproxyadmin_scrape_errors_total",
    type = "counter",
    help = "How often a process did not answer, and why; process 0 stands for all.",
  }
  for _, process in ipairs(sorted_keys(failures)) do
    for _, code in ipairs(sorted_keys(failures[process])) do
      errors[#errors + 1] = { { { "process", process }, { "code", code } }, failures[process][code] }
    end
  end
  return errors
end

--- Families of metrics, each `{ name =, type =, help =, {labels, value}, ... }` with labels as
-- a sequence of `{name, value}`.
function own.families(site, taken)
  local up, processes = of_processes(taken.snapshot)
  return {
    up,
    processes,
    of_failures(site.reading.failures),
    {
      name = "haproxyadmin_scrape_duration_seconds",
      type = "gauge",
      help = "How long the reading took.",
      { {}, taken.seconds },
    },
    {
      name = "haproxyadmin_build_info",
      type = "gauge",
      help = "What serves this.",
      { { { "version", release }, { "lua", rawget(_G, "jit") and "LuaJIT" or _VERSION } }, 1 },
    },
  }
end

local function number(value)
  return (("%.14g"):format(value):gsub("[^%de+-]", "."))
end

--- The families as Prometheus reads them.
function own.text(site, taken)
  local lines = {}
  for _, family in ipairs(own.families(site, taken)) do
    if #family > 0 then
      lines[#lines + 1] = ("# HELP %s %s"):format(family.name, family.help)
      lines[#lines + 1] = ("# TYPE %s %s"):format(family.name, family.type)
    end
    for _, sample in ipairs(family) do
      local labels = {}
      for i, label in ipairs(sample[1]) do
        labels[i] = ('%s="%s"'):format(label[1], escape(label[2]))
      end
      local shown = #labels > 0 and "{" .. table.concat(labels, ",") .. "}" or ""
      lines[#lines + 1] = ("%s%s %s"):format(family.name, shown, number(sample[2]))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return own
