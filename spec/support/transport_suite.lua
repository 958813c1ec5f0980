-- What every transport must pass: the whole API against real processes, and
-- the faults that a transport meets. It needs no test runner, so that it runs
-- inside any host: `run(env)` returns a sequence of {name, ok, message}.
--
-- env: transport (for HAProxy{...}); folder (of four processes of the sample
-- configuration), map, acl (its files); stalled, slow, full, cut, refused
-- (addresses that never answer, answer byte by byte without end, never accept,
-- close at once, have nobody); reset, reset_tcp (that break off behind a whole line
-- where they are asked "set x"); live (one that answers); big and big_tcp (a unix
-- and a TCP address with big_servers servers); many (a folder of sixteen
-- processes); now (a clock).

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"
local native_transport = require "haproxyadmin.transport.native"
local transport_of = require "haproxyadmin.transport"

local suite = {}

local checks = {}

local function check(name, fn)
  checks[#checks + 1] = { name, fn }
end

local function same(expected, got, what)
  if expected ~= got then
    error(("%s: %s expected, got %s"):format(what or "value", tostring(expected), tostring(got)), 2)
  end
end

local function fails(name, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok or not haproxyadmin.is_error(err, name) then
    error(("%s expected, got %s"):format(name, tostring(err)), 2)
  end
  return err
end

-- A value as text, so that tables compare.
local function flat(value)
  if type(value) ~= "table" then
    return tostring(value)
  end
  local keys, parts = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = tostring(key)
  end
  table.sort(keys)
  for i, key in ipairs(keys) do
    parts[i] = key .. "=" .. flat(value[tonumber(key) or key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function column(hap, name)
  local found = {}
  for i, process in ipairs(hap:processes()) do
    found[i] = tostring(process:stats(4, 4, 2)[1][name])
  end
  return table.concat(found, " ")
end

local function names(list)
  local found = {}
  for i, object in ipairs(list) do
    found[i] = object.name
  end
  return table.concat(found, " ")
end

check("lists what the native transport lists", function(_, hap, native)
  for _, method in ipairs { "frontends", "backends", "servers" } do
    same(names(native[method](native)), names(hap[method](hap)), method)
  end
  same(names(native:backend("app"):servers()), names(hap:backend("app"):servers()))
  same("api", hap:frontend("api").name)
  same(2, #hap:server "app1")
  fails("ValueError", hap.frontend, hap, "nosuch")
  fails("ValueError", hap.backend, hap, "nosuch")
end)

check("reads what the native transport reads", function(_, hap, native)
  for _, key in ipairs { "version", "nodename", "releasedate", "maxconn", "ratelimitconn", "requests" } do
    same(native[key], hap[key], key)
  end
  same(flat(native.processids), flat(hap.processids))
  same("number", type(hap.uptimesec))
  same("string", type(hap.uptime))
  same("number", type(hap.totalrequests))
  same(4, #hap:info())
  for _, name in ipairs(haproxyadmin.FRONTEND_METRICS) do
    same("number", type(hap:frontend("www"):metric(name)), name)
  end
  local server, other = hap:server("app2")[1], native:server("app2")[1]
  for _, key in ipairs { "name", "backendname", "iid", "sid", "status", "weight", "address", "port", "requests" } do
    same(other[key], server[key], key)
  end
  same(flat(other.process_nb), flat(server.process_nb))
  same(flat(other:requests_per_process()), flat(server:requests_per_process()))
  same(#other:stats_per_process(), #server:stats_per_process())
  same(true, server == other, "equality")
  same(nil, server:get "check_status")
  same(true, server:refresh())
end)

check("changes servers and frontends in every process", function(_, hap)
  local server, frontend = hap:server("app2")[1], hap:frontend "api"
  same(true, server:setweight(33))
  same("33 33 33 33", column(hap, "weight"))
  same(true, server:setstate "drain")
  same("DRAIN", server.status)
  same(true, server:setstate "ready")
  local address = server.address
  same(true, server:setaddress("127.0.0.9", 99))
  server.port = 98
  same("127.0.0.9:98 127.0.0.9:98 127.0.0.9:98 127.0.0.9:98", column(hap, "addr"))
  server.address = address
  same(true, server:setport(8001))
  same(true, server:shutdown())
  same(true, server:setweight(10))
  same(true, frontend:disable())
  same(true, frontend:enable())
  same("OPEN", frontend.status)
  same(true, frontend:setmaxconn(90))
  same(360, frontend.maxconn)
  fails("ValueError", server.setweight, server, 257)
end)

check("changes processes", function(_, hap)
  same(true, hap:setmaxconn(1000))
  same(4000, hap.maxconn)
  same(true, hap:setratelimitconn(5))
  same(true, hap:setratelimitsess(5))
  same(true, hap:setratelimitsslsess(5))
  same(20, hap.ratelimitsess)
  same(true, hap:setratelimitconn(0))
  same(true, hap:clearcounters())
  fails("CommandFailed", hap.setmaxconn, hap, 10000000)
  same("Total", hap:errors()[1][2][1]:match "^%a+")
  same(4, #hap:command "show info")
  local process = hap:processes()[3]
  same(3, process.process_nb)
  same(process.pid, process:info().Pid)
  same(1, #process:stats(2, 1))
  same("10 (initial 10)", process:command("get weight app/app2")[1])
end)

check("reads and changes ACLs and maps", function(env, hap)
  same(true, hap:clear_map(env.map))
  same(true, hap:add_map(env.map, "key", "a;b c"))
  same(true, hap:set_map(env.map, "key", "d"))
  same("key d", hap:show_map(env.map)[1]:gsub("^0x%x+ ", ""))
  same(true, hap:set_map(env.map, hap:show_map(env.map)[1]:match "^0x%x+", "e"))
  same(true, hap:get_map(env.map, "key"):match 'value="e"' ~= nil)
  same(true, hap:del_map(env.map, "key"))
  same(0, #hap:show_map(env.map))
  same(true, hap:add_acl(env.acl, "/x"))
  same(true, hap:get_acl(env.acl, "/x"):match "match=yes" ~= nil)
  same(true, hap:del_acl(env.acl, "/x"))
  same("# id", hap:show_acl()[1]:sub(1, 4))
  same("# id", hap:show_map()[1]:sub(1, 4))
  same(true, hap:clear_acl(env.acl))
end)

check("fills maps and ACLs, and makes them equal", function(env, hap)
  local map, acl = hap:map(env.map), hap:acl(env.acl)
  local before, patterns = {}, acl:totable()
  for key, value in map:entries() do
    before[#before + 1] = { key, value }
  end
  local modes = tonumber((hap.version:gsub("^(%d+)%.(%d+).*$", "%1%2"))) >= 24 and { "replace", "diff" } or { "diff" }
  for i, mode in ipairs(modes) do
    -- Many, so that others may run while they are compared; then some.
    local count = i == 1 and 30000 or 1500
    local wanted, keys = {}, {}
    for k = 1, count do
      wanted[k] = { ("/key;%d"):format(k), k % 5000 == 7 and " leading blank" or "a value of some forty bytes: " .. k }
      keys[k] = k <= 1500 and wanted[k][1] or nil
    end
    map:sync(wanted, { mode = mode })
    acl:sync(keys, { mode = mode })
    same(count, map.count, "entries")
    same(" leading blank", map:lookup("/key;7").value)
    same(#map.process_nb * count, map:sync(wanted).kept, "entries that are kept")
    same(#acl.process_nb * #keys, acl:sync(keys).kept, "patterns that are kept")
    map:sync(before, { mode = mode })
    acl:sync(patterns, { mode = mode })
  end
  same(#before, map.count)
  same(flat(patterns), flat((acl:totable())))
end)

check("makes and replaces certificates", function(env, hap)
  local file = assert(io.open(env.pem))
  local pem = file:read "*a"
  file:close()
  local certificate = hap:new_certificate("site;1.pem", pem)
  same("/CN=example.com", certificate.subject)
  same(true, certificate:update(pem))
  same("example.com www.example.com", table.concat(certificate.names, " "))
  same(true, certificate:del())
end)

check("sends batches", function(_, hap)
  local servers = hap:servers "app"
  same(
    true,
    hap:batch(function(b)
      for _ = 1, 400 do
        for i, server in ipairs(servers) do
          b:setweight(server, i)
        end
      end
    end)
  )
  same(2, servers[2].weight)
  same(true, servers[2]:setweight(10))
end)

check("takes batches back", function(_, hap)
  local server, sites = hap:servers("app")[1], hap:maps()[1]
  local weight = server.weight
  local ok, err = hap:batch(function(b)
    b:setweight(server, 33)
    b:add_map(sites.file, "/back", "x")
    b:add_map("nosuch.map", "k", "v")
  end, { rollback = true, die = false })
  same(nil, ok)
  same(0, #err.rollback.not_restored)
  same(weight, server.weight)
  same(nil, sites:lookup "/back")
end)

check("takes snapshots", function(_, hap, native)
  local snapshot = hap:snapshot()
  same(names(native:servers()), names(snapshot:servers()))
  same(4, #snapshot:info())
  same(native:frontend("www").requests, snapshot:frontend("www").requests)
  same(native:snapshot():sum("server", "weight"), snapshot:sum("server", "weight"))
  local server = snapshot:server("app2")[1]
  same(true, server:setweight(12))
  same(10, server.weight)
  same(true, server:refresh())
  same(12, server.weight)
  same(true, server:setweight(10))
end)

check("waits for what holds later, and for sessions", function(_, hap)
  local looks = 0
  local found = hap:wait_until(function(snapshot)
    looks = looks + 1
    return looks == 3 and snapshot:backend("app").name
  end, { interval = 0.02 })
  same("app", found)
  local server = hap:server("app2")[1]
  local drained = server:drain { interval = 0.02 }
  same(0, drained.left)
  same("DRAIN", server:get "status")
  local err = fails("WaitTimeout", server.wait_up, server, { timeout = 0.2, interval = 0.02 })
  same("timeout", err.code)
  same(true, server:setstate "ready")
  same("number", type(server:wait_up()))
end)

-- A request to a frontend of each process, which is an event there.
local function request_all(env)
  local deadline = native_transport:now() + 20
  for n = 1, 4 do
    local address = env.folder:gsub("stats/*$", "") .. ("www%d.sock"):format(n)
    local connection = assert(native_transport:open(address, deadline))
    assert(connection:send("GET / HTTP/1.0\r\n\r\n", deadline))
    connection:receive(deadline)
    connection:close()
  end
end

check("follows events of every process, and lets go of them", function(env, hap)
  local trace = hap:traces():get "h1"
  same(true, trace:set { sink = "buf0", level = "developer", event = "+any", start = "now" })
  local events = hap:events("buf0", { follow = true })
  local old
  repeat
    old = events:next(0.05)
  until not old
  request_all(env)
  local seen, count = {}, 0
  while count < 4 do
    local event = events:next(10)
    same("table", type(event))
    if not seen[event.process_nb] then
      seen[event.process_nb], count = true, count + 1
    end
  end
  same(true, hap:stop_traces())
  same(true, events:close())
  same(nil, events:next(0.05))
  fails("CommandFailed", hap.events, hap, "none")
end)

local function with(env, address, options)
  local settings = { sockets = { env.live, address }, transport = env.transport, retry = false, timeout = 0.5 }
  for key, value in pairs(options or {}) do
    settings[key] = value
  end
  return haproxyadmin.HAProxy(settings)
end

-- Calls `fn(seconds)`, whose calls have so many seconds as their time limit, all of which one
-- process uses up, and which others have to keep: with few, and with more while it returns that these
-- were too late, because the machine does other work.
local function in_limit(fn)
  for _, seconds in ipairs { 0.5, 5, 25 } do
    if not fn(seconds) then
      return
    end
  end
  error("those that answer are late", 2)
end

-- Is this a timeout of the process that answers?
local function is_late(env, err)
  local live = err and err.results and err.results[1]
  return err and err.code == "timeout" and (not err.socket_file or err.socket_file == env.live)
    or live and live.code == "timeout"
end

for _, entry in ipairs {
  { "stalled", "SocketTimeout" },
  { "slow", "SocketTimeout" },
  { "full", "SocketTimeout" },
  { "cut", "SocketTransportError" },
  { "refused", "SocketConnectionError" },
} do
  local fault, class = entry[1], entry[2]
  check("tells a process that is " .. fault, function(env)
    in_limit(function(seconds)
      local hap, refused = with(env, env[fault], { timeout = seconds, die = false })
      if is_late(env, refused) then
        return true
      end
      local start = env.now()
      local _, read = hap:frontends()
      local _, err = hap:setmaxconn(900)
      local partial, none = hap:snapshot { partial = true }
      local missed = partial and partial.failed[1] or {}
      if is_late(env, read) or is_late(env, err) or is_late(env, none or missed[2]) then
        return true
      end
      same(true, haproxyadmin.is_error(read, class), tostring(read))
      same(env[fault], read.socket_file)
      same(true, haproxyadmin.is_error(err, class), tostring(err))
      same(true, err.results[1].ok)
      same(false, err.results[2].ok)
      same(1, #partial.failed)
      same(true, partial.failed[1][2]:is(class))
      same(true, #partial:servers() > 0)
      same(true, env.now() - start < 30 + 3 * seconds, "end by the deadline")
    end)
  end)
end

check("tries again as often as it is told", function(env)
  local hap = with(env, env.refused, { retry = 2, retry_interval = 0.2 })
  local start = env.now()
  fails("SocketConnectionError", hap.frontends, hap)
  local took = env.now() - start
  same(true, took >= 0.35 and took < 20, "two pauses of 0.2 s")
end)

check("says why nobody is there", function(env)
  local options = { socket_file = env.refused, transport = env.transport }
  fails("ValueError", haproxyadmin.HAProxy, options)
  options.socket_file = env.refused .. ".nosuch"
  same("not_found", fails("ValueError", haproxyadmin.HAProxy, options).code)
end)

check("reads ten megabytes", function(env)
  for _, address in ipairs { env.big, env.big_tcp } do
    local hap = haproxyadmin.HAProxy { socket_file = address, transport = env.transport, timeout = 60 }
    local snapshot = hap:snapshot()
    same(env.big_servers, snapshot:sum("server", "act"))
  end
  local small = haproxyadmin.HAProxy {
    socket_file = env.big,
    transport = env.transport,
    timeout = 60,
    max_reply = 1000000,
  }
  same("too_big", fails("SocketTransportError", small.snapshot, small).code)
end)

check("asks sixteen processes", function(env)
  local hap = haproxyadmin.HAProxy { socket_dir = env.many, transport = env.transport, timeout = 20 }
  same(16, #hap:frontend("www").process_nb)
  same(true, hap:frontend("www"):setmaxconn(10))
  same(160, hap:frontend("www").maxconn)
end)

-- ---- connections that are kept ----

local MAX = 2 ^ 20

local function opened(env, address)
  local transport = transport_of(env.transport)
  local connection, code, words = transport:open(address, transport:now() + 20)
  if not connection then
    error(("open %s: %s, %s"):format(address, tostring(code), tostring(words)), 2)
  end
  return connection, transport
end

-- A request that asks {command, frame}, ... on a connection.
local function kept_request(address, connection, fresh, asked)
  local session = core.session("prompt", MAX, fresh)
  for _, entry in ipairs(asked) do
    assert(session:ask(entry[1], entry[2]))
  end
  return { address = address, connection = connection, reply = session, line = session:line() }
end

local function receive_all(connection, deadline)
  local parts = {}
  while true do
    local bytes, code = connection:receive(deadline)
    if not bytes then
      return table.concat(parts), code
    end
    same(true, #bytes > 0, "a byte at least")
    parts[#parts + 1] = bytes
  end
end

check("opens a connection, sends, receives and closes", function(env)
  local connection, transport = opened(env, env.live)
  local deadline = transport:now() + 20
  same(true, connection:send("show info\n", deadline))
  local text, code = receive_all(connection, deadline)
  same("Name: HAProxy", text:match "^[^\n]*")
  same("closed", code)
  connection:close()
  connection:close()
  same("closed", select(2, connection:send("show info\n", deadline)))
  same("closed", select(2, connection:receive(deadline)))
end)

check("exchanges on kept connections, many at once, again and again", function(env)
  local addresses, connections = {}, {}
  local transport
  for i, name in ipairs(core.list(env.many)) do
    local path = env.many .. "/" .. name
    addresses[i] = core.path(path).socket and path or env.live
    connections[i], transport = opened(env, addresses[i])
  end
  for round = 1, 3 do
    local requests = {}
    for i, address in ipairs(addresses) do
      requests[i] = kept_request(address, connections[i], round == 1, {
        { "set maxconn frontend www 55", "text" },
        { "show info", "info" },
        { "show stat -1 4 -1", "stat" },
        { "set maxconn frontend nosuch 1", "text" },
      })
    end
    transport:exchange(requests, transport:now() + 20)
    for _, request in ipairs(requests) do
      same(nil, request.code, "code")
      same(4, request.reply:count())
      same("", request.reply:text(1))
      same("number", type(core.info(request.reply:text(2)).Pid))
      same(true, request.reply:shaped(3))
      same("No such frontend.", request.reply:text(4))
    end
  end
  for _, connection in ipairs(connections) do
    connection:close()
  end
end)

check("exchanges on kept connections beside others", function(env)
  local connection, transport = opened(env, env.live)
  local once = core.session("once", MAX)
  once:ask("show info", "info")
  local requests = {
    { address = env.live, line = once:line(), reply = once },
    kept_request(env.live, connection, true, { { "show info", "info" } }),
  }
  transport:exchange(requests, transport:now() + 20)
  same("nil nil", tostring(requests[1].code) .. " " .. tostring(requests[2].code))
  same(requests[1].reply:text():match "Pid: %d+", requests[2].reply:text():match "Pid: %d+")
  connection:close()
end)

check("gives up a kept connection that does not answer in time", function(env)
  in_limit(function(seconds)
    local connection, transport = opened(env, env.slow)
    local live = opened(env, env.live)
    local start = transport:now()
    local first = true
    local function ask()
      local requests = {
        kept_request(env.slow, connection, false, { { "show info", "text" } }),
        kept_request(env.live, live, first, { { "show info", "info" } }),
      }
      first = false
      transport:exchange(requests, transport:now() + 2 * seconds)
      return requests[1], requests[2]
    end
    local slow, answered = ask()
    if answered.code == "timeout" then
      connection:close()
      live:close()
      return true
    end
    same("timeout", slow.code)
    same(true, slow.sent)
    same(nil, answered.code)
    same(true, transport:now() - start < 20 + 2 * seconds, "end by the deadline")
    -- What it answers later must not be taken for the next answer.
    slow, answered = ask()
    same("closed", slow.code)
    same(false, slow.sent)
    same(nil, answered.code)
    connection:close()
    live:close()
  end)
end)

check("tells that the other end of a kept connection was closed", function(env)
  local connection, transport = opened(env, env.cut)
  local request = kept_request(env.cut, connection, true, { { "show info", "info" } })
  transport:exchange({ request }, transport:now() + 20)
  same("closed", request.code)
  connection:close()
  request = kept_request(env.cut, connection, false, { { "show info", "info" } })
  transport:exchange({ request }, transport:now() + 20)
  same("closed", request.code)
  same(false, request.sent)
end)

check("does not wait for a kept connection's bytes for ever", function(env)
  local connection, transport = opened(env, env.live)
  local start = transport:now()
  same("timeout", select(2, connection:receive(start + 0.3)))
  local took = transport:now() - start
  same(true, took >= 0.25 and took < 20, "the time until the deadline")
  connection:close()
end)

-- Sockets whose host makes no difference between the two have nothing to tell.
check("takes no reset for the end of a stream", function(env)
  local transport = transport_of(env.transport)
  if transport.hides_resets then
    return
  end
  for _, address in ipairs { env.reset, env.reset_tcp } do
    local session = core.session("once", MAX)
    session:ask("set x", "text")
    local request = { address = address, line = session:line(), reply = session }
    transport:exchange({ request }, transport:now() + 20)
    same("closed", request.code, address)
    same(true, request.sent)
    local connection = opened(env, address)
    local deadline = transport:now() + 20
    same(true, connection:send("set x\n", deadline))
    local _, code = receive_all(connection, deadline)
    same("reset", code, address)
    connection:close()
  end
end)

check("says why it cannot open a connection", function(env)
  local transport = transport_of(env.transport)
  for address, expected in pairs { [env.refused] = "refused", [env.refused .. ".nosuch"] = "not_found" } do
    local connection, code = transport:open(address, transport:now() + 20)
    same(nil, connection)
    same(expected, code)
  end
end)

check("serves an object that keeps its connections", function(env)
  local hap = haproxyadmin.HAProxy {
    socket_dir = env.folder,
    transport = env.transport,
    timeout = 20,
    keep = true,
  }
  local transport = transport_of(env.transport)
  local server = hap:backend("app"):server "app2"
  for round = 1, 3 do
    for i = 1, 10 do
      same(true, server:setweight(10 * round + i))
      same(10 * round + i, server.weight)
    end
    same(true, hap:batch(function(batch)
      for i = 1, 20 do
        batch:setweight(server, i)
      end
    end))
    same("20 20 20 20", column(hap, "weight"))
    for _, process in ipairs(core.context(hap).processes) do
      same(true, process.kept ~= nil, "a kept connection")
    end
    -- Longer than a connection is trusted.
    transport:sleep(0.03)
  end
  same(4, #hap:snapshot():frontend("www").process_nb)
  same(4, #hap:command "show version")
  same(true, server:setweight(10))
  hap:close()
  for _, process in ipairs(core.context(hap).processes) do
    same(nil, process.kept)
  end
end)

function suite.run(env)
  local hap = haproxyadmin.HAProxy { socket_dir = env.folder, transport = env.transport, timeout = 20 }
  local native = haproxyadmin.HAProxy { socket_dir = env.folder, transport = "native", timeout = 20 }
  local results = {}
  for i, entry in ipairs(checks) do
    local ok, message = pcall(entry[2], env, hap, native)
    results[i] = { entry[1], ok, not ok and tostring(message) or nil }
  end
  return results
end

--- How many checks there are.
function suite.count()
  return #checks
end

return suite
