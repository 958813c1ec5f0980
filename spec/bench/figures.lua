-- figures.lua: how the report finds and writes its figures.

local figures = {}

--- The listing of that many servers and processes.
function figures.at(results, servers, processes)
  for _, entry in ipairs(results.listings) do
    if entry.servers == servers and entry.processes == processes then
      return entry
    end
  end
end

function figures.thousands(n)
  return (("%d"):format(n):reverse():gsub("(%d%d%d)(%d)", "%1,%2"):reverse())
end

function figures.mega(bytes)
  return ("%.1f"):format(bytes / 1e6)
end

function figures.seconds(s)
  return s < 0.001 and ("%.1f us"):format(s * 1e6) or s < 1 and ("%.1f ms"):format(s * 1e3) or ("%.2f s"):format(s)
end

return figures
