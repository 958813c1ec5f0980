-- reading.lua SERVERS: prints what `show info;show stat` answers, or nearly: the
-- same bytes each time, of a process with so many servers, ten to a backend.
-- Values are made up by a generator whose numbers are exact in every Lua.

local seed = 1

local function random(most)
  seed = (seed * 16807) % 2147483647
  return seed % (most + 1)
end

local columns = {}
for name in
  ([[pxname svname qcur qmax scur smax slim stot bin bout dreq dresp ereq econ
  eresp wretr wredis status weight act bck chkfail chkdown lastchg downtime
  qlimit pid iid sid throttle lbtot tracked type rate rate_lim rate_max
  check_status check_code check_duration hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx
  hrsp_5xx hrsp_other hanafail req_rate req_rate_max req_tot cli_abrt srv_abrt
  comp_in comp_out comp_byp comp_rsp lastsess last_chk last_agt qtime ctime
  rtime ttime agent_status agent_code agent_duration check_desc agent_desc
  check_rise check_fall check_health agent_rise agent_fall agent_health addr
  cookie mode algo conn_rate conn_rate_max conn_tot intercepted dcon dses wrew
  connect reuse]]):gmatch "%S+"
do
  columns[#columns + 1] = name
end

-- What each type leaves empty; of the rest, what is not a number.
local words = { mode = "http", algo = "roundrobin", status = "UP" }
local empty = {}
for name in
  ("qlimit slim throttle tracked rate_lim check_desc agent_status agent_code agent_duration "
    .. "agent_desc agent_rise agent_fall agent_health cookie last_agt intercepted dcon dses"):gmatch "%S+"
do
  empty[name] = true
end

local function print_row(values)
  local row = {}
  for i, name in ipairs(columns) do
    local value = values[name] or words[name]
    if not value then
      value = empty[name] and "" or tostring(random(10 ^ random(6)))
    end
    row[i] = value:gsub("%.0$", "")
  end
  io.write(table.concat(row, ","), ",\n")
end

local function id(n)
  return ("%d"):format(n)
end

io.write("Name: HAProxy\nVersion: 2.6.12\nPid: 4711\nProcess_num: 1\nUptime_sec: 86400\n\n")
io.write("# ", table.concat(columns, ","), ",\n")
print_row { pxname = "www", svname = "FRONTEND", type = "0", iid = "2", sid = "0", status = "OPEN" }
for backend = 1, tonumber(arg[1]) / 10 do
  local name = "backend" .. id(backend)
  for server = 1, 10 do
    print_row {
      pxname = name,
      svname = "server" .. id(server),
      type = "2",
      iid = id(backend + 2),
      sid = id(server),
      addr = ("10.0.%d.%d:80"):format(backend % 256, server),
      -- A hundredth of the rows needs quotes.
      last_chk = server == 1 and backend % 10 == 0 and '"Layer4 check, ""passed"""' or "Layer4 check passed",
      check_status = "L4OK",
    }
  end
  print_row { pxname = name, svname = "BACKEND", type = "1", iid = id(backend + 2), sid = "0" }
end
io.write "\n"
