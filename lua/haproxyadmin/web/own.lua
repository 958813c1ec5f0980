-- What the program tells of itself, below the name haproxyadmin_*, beside what the snapshot
-- tells of the processes.

local release = require "haproxyadmin.base.release"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local own = {}

local function of_failures(failures)
  local samples = {}
  for _, process in ipairs(sorted_keys(failures)) do
    for _, code in ipairs(sorted_keys(failures[process])) do
      local labels = { process = ("%d"):format(process), code = code }
      samples[#samples + 1] = { labels = labels, value = failures[process][code] }
    end
  end
  return samples
end

--- Families for `Snapshot:exposition`.
function own.families(site, taken)
  local lua = rawget(_G, "jit") and "LuaJIT" or _VERSION
  return {
    {
      name = "haproxyadmin_scrape_errors_total",
      type = "counter",
      help = "How often a process did not answer, and why; process 0 stands for all of them.",
      samples = of_failures(site.reading.failures),
    },
    {
      name = "haproxyadmin_scrape_duration_seconds",
      type = "gauge",
      help = "How long it took to read all processes.",
      samples = { { value = taken.seconds } },
    },
    {
      name = "haproxyadmin_build_info",
      type = "gauge",
      help = "What serves this.",
      samples = { { labels = { version = release, lua = lua }, value = 1 } },
    },
  }
end

return own
