-- add_servers.lua FOLDER BACKEND COUNT lines|add|clean: adds so many servers to a backend and
-- prints the seconds that this took, and its processor seconds; or prints the lines that it
-- sends to each process, an empty line between two exchanges; or deletes them again.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local folder, name, count, what = arg[1], arg[2], tonumber(arg[3]), arg[4]

-- What one of the processes is sent.
local sent = {}
local recorder = setmetatable({}, { __index = native })
function recorder.exchange(_, requests, deadline)
  local line = requests[1].line:gsub("\n$", "")
  -- Whoever knows no prompt waits for the end of the stream.
  sent[#sent + 1] = line:find "^prompt\n" and line .. "\nquit" or line
  return native:exchange(requests, deadline)
end

local hap = haproxyadmin.HAProxy {
  socket_dir = folder,
  timeout = 120,
  transport = what == "lines" and recorder or nil,
}
local backend = hap:backend(name)

if what == "clean" then
  for i = 1, count do
    hap:command(("disable server %s/new%d;del server %s/new%d"):format(name, i, name, i))
  end
  assert(not backend:servers():get "new1")
  return
end

local list = {}
for i = 1, count do
  list[i] = { name = "new" .. i, address = "127.0.0.1", port = 8000 + i, weight = 10 }
end
sent = {}
local start, clock = core.now(), os.clock()
assert(#backend:add_servers(list) == count)
if what == "lines" then
  print(table.concat(sent, "\n\n"))
else
  print(("%.9f %.9f"):format(core.now() - start, os.clock() - clock))
end
