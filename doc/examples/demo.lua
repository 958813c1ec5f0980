-- What the module is for, in one page: `make demo` runs this against four
-- HAProxy processes and a master with a worker. Arguments: the folder of their stats sockets,
-- the master's socket.

local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1] }

-- One object each, whatever number of processes serves it: numbers are sums.
local function listing()
  for _, frontend in ipairs(hap:frontends()) do
    print(frontend.name, frontend.requests, table.concat(frontend.process_nb, ","))
  end
  for _, backend in ipairs(hap:backends()) do
    print(backend.name, backend.requests, table.concat(backend.process_nb, ","))
    for _, server in ipairs(backend:servers()) do
      print("", server.name, server.requests)
    end
  end
end

print("HAProxy " .. hap.version .. ", processes " .. table.concat(hap.processids, " "))
listing()

-- A command goes to every process.
local server = hap:backend("app"):server "app2"
print("\ndraining " .. server.backendname .. "/" .. server.name)
server:setstate(haproxyadmin.STATE_DRAIN)

-- What each process itself says about it.
for _, entry in ipairs(server:stats_per_process()) do
  local process_nb, stats = entry[1], entry[2]
  print("process " .. process_nb, stats.status, "weight " .. stats.weight)
end

-- A master's socket reaches every worker, also one that a reload has replaced.
local master = haproxyadmin.Master { socket = arg[2], timeout = 5 }
master:haproxy():wait_until(function(snapshot)
  return snapshot:frontend("www").scur > 0
end, { interval = 0.02 })
print("\nreloading " .. master.version)
print("success: " .. tostring(master:reload({ interval = 0.02 }).success))
for _, worker in ipairs(master:workers()) do
  local state = worker.current and "serves" or "is old"
  print(("generation %d %s, %d connections"):format(worker.generation, state, worker:info().CurrConns))
end
