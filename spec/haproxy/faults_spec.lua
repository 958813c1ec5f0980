-- Every public method and property against every fault of one process of
-- three. The objects are made while all is well; then the second process's
-- socket misbehaves.

local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

local FAKES = 3
local RETRY = 1

-- The first is meant to be too short for nothing but a machine that is busy;
-- then the next one is tried.
local timeouts = { 0.03, 0.5, 8 }

local MAX_REPLY = 300000

-- ---- what is called ----

-- The ACL and the map, once they are there.
local files = {}

local function given(argument)
  return files[argument] or argument
end

-- {kind =, name =, call = function(object)[, writes =]}: `writes` sends a command that
-- must not run twice.
local function read_cases()
  local cases = {}
  local function add(kind, name, call)
    cases[#cases + 1] = { kind = kind, name = name, call = call }
  end
  local function method(kind, name, ...)
    local a, b = ...
    add(kind, name, function(object)
      return object[name](object, given(a), given(b))
    end)
  end
  local function properties(kind, names)
    for _, name in ipairs(names) do
      add(kind, name, function(object)
        return object[name] or true -- nil where HAProxy says nothing
      end)
    end
  end

  properties("HAProxy", {
    "description",
    "nodename",
    "releasedate",
    "version",
    "uptime",
    "uptimesec",
    "maxconn",
    "ratelimitconn",
    "ratelimitsess",
    "ratelimitsslsess",
    "totalrequests",
    "requests",
    "processids",
  })
  method("HAProxy", "get", "version")
  method("HAProxy", "frontends")
  method("HAProxy", "frontends", "www")
  method("HAProxy", "frontend", "www")
  method("HAProxy", "backends")
  method("HAProxy", "backend", "app")
  method("HAProxy", "servers")
  method("HAProxy", "servers", "app")
  method("HAProxy", "server", "app1")
  method("HAProxy", "server", "app1", "app")
  method("HAProxy", "metric", "CumReq")
  method("HAProxy", "info")
  method("HAProxy", "processes")
  method("HAProxy", "certificates")
  method("HAProxy", "crt_lists")
  method("HAProxy", "tls_keys")
  method("HAProxy", "errors")
  method("HAProxy", "tables")
  method("HAProxy", "captures")
  method("HAProxy", "sessions")
  method("HAProxy", "activity")
  method("HAProxy", "resolvers")
  method("HAProxy", "other_families", "resolver")
  method("HAProxy", "traces")
  method("HAProxy", "rings")
  method("HAProxy", "errors", 2)
  method("HAProxy", "show_acl")
  method("HAProxy", "show_map")
  method("HAProxy", "show_acl", "ACL")
  method("HAProxy", "show_map", "MAP")
  method("HAProxy", "get_acl", "ACL", "/admin")
  method("HAProxy", "get_map", "MAP", "/one")
  method("HAProxy", "acls")
  method("HAProxy", "maps")
  method("HAProxy", "acl", "ACL")
  method("HAProxy", "map", "MAP")
  method("HAProxy", "snapshot")
  method("HAProxy", "servers_state")
  method("HAProxy", "servers_state", "app")

  for kind, names in pairs {
    Frontend = { "status", "requests", "maxconn", "bin" },
    Backend = { "status", "requests", "bin" },
    Server = {
      "status",
      "requests",
      "bin",
      "weight",
      "address",
      "port",
      "check_status",
      "check_code",
      "last_status",
      "last_agent_check",
      "maxconn",
      "admin_state",
    },
  } do
    properties(kind, names)
    method(kind, "metric", "bin")
    method(kind, "get", "status")
    method(kind, "refresh")
    method(kind, "requests_per_process")
    method(kind, "stats_per_process")
  end
  method("Backend", "servers")
  method("Backend", "servers", "app1")
  method("Backend", "server", "app1")
  method("Process", "info")
  method("Process", "stats")
  method("Process", "stats", 2, 1)
  return cases
end

local function write_cases()
  local cases = {}
  local function method(kind, name, ...)
    local arguments = { ... }
    cases[#cases + 1] = {
      kind = kind,
      name = name,
      writes = true,
      call = function(object)
        return object[name](object, given(arguments[1]), arguments[2], arguments[3])
      end,
    }
  end
  method("HAProxy", "command", "show version")
  method("Process", "command", "show version")
  method("HAProxy", "setmaxconn", 50)
  method("HAProxy", "setratelimitconn", 50)
  method("HAProxy", "setratelimitsess", 50)
  method("HAProxy", "setratelimitsslsess", 50)
  method("HAProxy", "clearcounters")
  method("HAProxy", "clearcounters", true)
  method("HAProxy", "add_acl", "ACL", "/new")
  method("HAProxy", "del_acl", "ACL", "/new")
  method("HAProxy", "clear_acl", "ACL")
  method("HAProxy", "add_map", "MAP", "/new", "value")
  method("HAProxy", "set_map", "MAP", "/new", "value")
  method("HAProxy", "del_map", "MAP", "/new")
  method("HAProxy", "clear_map", "MAP")
  method("Frontend", "enable")
  method("Frontend", "disable")
  method("Frontend", "shutdown")
  method("Frontend", "setmaxconn", 50)
  for _, state in ipairs(haproxyadmin.VALID_STATES) do
    method("Server", "setstate", state)
  end
  method("Server", "setweight", 20)
  method("Server", "setaddress", "127.0.0.9")
  method("Server", "setaddress", "127.0.0.9", 80)
  method("Server", "setport", 80)
  method("Server", "shutdown")
  method("Server", "enable_health")
  method("Server", "setmaxconn", 50)
  cases[#cases + 1] = {
    kind = "HAProxy",
    name = "batch",
    writes = true,
    call = function(hap)
      return hap:batch(function(b)
        b:clear_acl(given "ACL")
      end)
    end,
  }
  return cases
end

-- Methods and properties that ask nobody. (Sockets that were given are not looked for
-- again.)
local without_asking = {
  HAProxy = { "close", "passed_over", "rescan", "plan", "rehearse" },
  Frontend = { "name", "iid", "process_nb" },
  Backend = { "name", "iid", "process_nb" },
  Server = { "name", "iid", "sid", "process_nb", "backendname" },
  Process = {},
}

-- Methods and properties that take the very way of one that is tried.
local like_others = {
  -- spec/proof tries these at each of their steps.
  Backend = { "add_server", "add_servers", "del_server", "publish", "unpublish", "roll" },
  HAProxy = {
    "add_backend",
    "del_backend",
    "servers_connections",
    "table",
    -- spec/proof/certificates_spec.lua tries the steps of what changes.
    "certificate",
    "new_certificate",
    "ca_file",
    "ca_files",
    "new_ca_file",
    "crl_file",
    "crl_files",
    "new_crl_file",
    "crt_list",
    "sni",
    "ocsp_responses",
    "ocsp_updates",
    -- What lists and sections of lines bring.
    "pools",
    "threads",
    "libraries",
    "environment",
    "startup_logs",
    "cli_sockets",
    "profiling",
    "setprofiling",
    "peers",
    "get_var",
    "set_var",
    "events",
    "stop_traces",
    "shutdown_sessions",
    -- spec/proof/drain_spec.lua, roll_faults_spec.lua, state_spec.lua and watch_spec.lua.
    "drain",
    "wait_up",
    "roll",
    "apply",
    "save_state",
    "restore_state",
    "save_server_state",
    "wait_until",
    "watch",
  },
  Server = {
    -- spec/proof/drain_spec.lua, roll_faults_spec.lua and state_spec.lua.
    "drain",
    "wait_up",
    "ensure",
    "current_sessions",
    "operational_state",
    "initial_weight",
    "fqdn",
    "health_enabled",
    "agent_enabled",
    "sethealth",
    "setagent",
    "disable_health",
    "enable_agent",
    "disable_agent",
    "setcheckaddress",
    "setcheckport",
    "setagentaddress",
    "setagentport",
    "setagentsend",
    "setfqdn",
    "setssl",
  },
}

-- What a HAProxy answers to a command that changes something.
local written = {
  { "^del .*;%s*del ", "\nKey not found." },
  { "^del ", "" },
  -- What is to change is waited for, and these processes never show it.
  { "^set server %S+ addr", "no need to change the addr, no need to change the port, nothing changed" },
  { "^set ", "" },
  { "^add ", "" },
  { "^clear ", "" },
  { "^enable ", "" },
  { "^disable ", "" },
  { "^shutdown ", "" },
  { "^show version", "2.6.12" },
}

-- ---- the faults ----

local connection = { SocketConnectionError = { refused = true, not_found = true } }
local timeout = { SocketTimeout = { timeout = true } }
local transport = { SocketTransportError = { closed = true, truncated = true } }
local application = { SocketApplicationError = { failed = true } }

-- {behaviour, the errors that it makes[, but = methods that succeed][, only =
-- methods that fail, all others succeed]}
local faults = {
  { "refuse", connection },
  { "gone", connection },
  { "stall", timeout },
  { "silence", timeout },
  { { "drip", pause = 20 }, timeout },
  { "backlog", timeout },
  { "close", transport },
  { "reset", transport },
  -- The answer to an address is words, whose end is a line's end.
  { { "cut", at = -1 }, transport, but = { ["Server.setaddress"] = true } },
  { { "cut", at = -3 }, transport },
  { "garbage", transport },
  { { "endless" }, { SocketTransportError = { too_big = true } } },
  { "http", application },
  { "smtp", application },
  {
    "die",
    { SocketConnectionError = { refused = true }, SocketTransportError = { closed = true, truncated = true } },
    -- What asks once was answered; these ask a second time, or see the end.
    only = {
      ["HAProxy.command"] = true,
      ["HAProxy.other_families"] = true,
      ["HAProxy.resolvers"] = true,
      ["HAProxy.sessions"] = true,
      ["HAProxy.traces"] = true,
      ["Process.command"] = true,
      ["Server.setport"] = true,
    },
  },
}

local function fault_name(fault)
  local behaviour = fault[1]
  if type(behaviour) == "string" then
    return behaviour
  end
  return behaviour[1] .. (behaviour.at and " at " .. behaviour.at or "")
end

local function descriptors()
  collectgarbage()
  return #core.list "/proc/self/fd"
end

-- Kilobytes of memory that the process holds; nil under a tool that keeps what
-- was freed.
local function contents(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local function resident()
  local maps = contents "/proc/self/maps"
  if not maps:find "libasan" and not maps:find "valgrind" then
    return tonumber(contents("/proc/self/status"):match "VmRSS:%s+(%d+)")
  end
end

describe("faults", function()
  local fakes, addresses = {}, {}
  local objects = {} -- by timeout, by class
  local reads, writes = read_cases(), write_cases()
  local all = {}

  local function objects_of(hap)
    return {
      HAProxy = hap,
      Frontend = hap:frontend "www",
      Backend = hap:backend "app",
      Server = hap:backend("app"):server "app1",
      Process = hap:processes()[math.min(2, #hap:processes())],
    }
  end

  local function record()
    local farm = haproxy.start { processes = 1 }
    files.ACL, files.MAP = farm.dir .. "/blocked.acl", farm.dir .. "/sites.map"
    local recorder = testing.recorder()
    local ok, err = pcall(function()
      local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), transport = recorder, timeout = 10 }
      local real = objects_of(hap)
      for _, case in ipairs(reads) do
        case.call(real[case.kind])
      end
    end)
    farm:stop()
    assert(ok, err)
    return recorder.replies
  end

  setup(function()
    local replies = record()
    for i, entry in ipairs(written) do
      replies[i] = entry
    end
    for i = 1, FAKES do
      fakes[i] = testing.start { replies = replies }
      addresses[i] = fakes[i].address
    end
    for _, seconds in ipairs(timeouts) do
      local hap = haproxyadmin.HAProxy {
        sockets = addresses,
        timeout = 8,
        retry = RETRY,
        retry_interval = 0,
        max_reply = MAX_REPLY,
      }
      objects[seconds] = objects_of(hap)
      core.context(hap).timeout = seconds
    end
    for _, list in ipairs { reads, writes } do
      for _, case in ipairs(list) do
        all[#all + 1] = case
      end
    end
  end)

  teardown(function()
    for _, fake in ipairs(fakes) do
      fake:stop()
    end
  end)

  local function script(behaviour)
    for i, fake in ipairs(fakes) do
      fake:script { i == 2 and behaviour or "answer" }
    end
  end

  -- How often a process received each line.
  local function counts(fake)
    local found = {}
    for _, received in ipairs(fake:received()) do
      if received.command then
        found[received.command] = (found[received.command] or 0) + 1
      end
    end
    return found
  end

  local function is_write(line)
    return not line:match "^show [^v]" and not line:match "^get "
  end

  -- What is wrong with the outcome, or nil.
  local function wrong_error(err, expected, alone)
    if not haproxyadmin.is_error(err) then
      return "raised " .. tostring(err)
    elseif not (expected[err.name] and expected[err.name][err.code]) then
      return ("%s (%s): %s"):format(err.name, err.code, err.message)
    elseif err.socket_file ~= addresses[2] then
      return "names the socket " .. tostring(err.socket_file)
    elseif not err.results or #err.results ~= (alone and 1 or FAKES) then
      return "does not tell the results"
    end
    for i, result in ipairs(err.results) do
      local failed = alone or i == 2
      if result[1] ~= (alone and 2 or i) then
        return ("tells process %s at place %d"):format(tostring(result[1]), i)
      elseif failed and (result.ok or result.code ~= err.code or not haproxyadmin.is_error(result.err)) then
        return "does not tell the failed process"
      elseif not failed and not (result.ok and type(result[2]) == "string") then
        return ("has no result of process %d"):format(i)
      end
    end
  end

  local function fails(fault, case)
    local name = case.kind .. "." .. case.name
    if fault.only then
      return fault.only[name] ~= nil
    end
    return not (fault.but and fault.but[name])
  end

  -- Returns what is wrong, or nil; and whether it may be for lack of time only.
  -- Did any process fail for lack of time?
  local function is_late(err)
    if not haproxyadmin.is_error(err) then
      return false
    end
    for _, result in ipairs(err.results or {}) do
      if result.code == "timeout" then
        return true
      end
    end
    return err:is "SocketTimeout"
  end

  local function try(case, fault, seconds)
    script(fault[1])
    local before = core.now()
    local ok, value, err = pcall(case.call, objects[seconds][case.kind])
    local took = core.now() - before
    if ok and err then
      ok, value = false, err -- get() returns it
    end
    -- A method makes up to three exchanges, each may be tried again.
    if took > 3 * (RETRY + 1) * seconds + 5 then
      return ("took %.3f s"):format(took), true
    end
    for _, fake in ipairs(fakes) do
      for line, count in pairs(counts(fake)) do
        if is_write(line) and count > 1 then
          return ("%q was sent %d times"):format(line, count)
        end
      end
    end
    -- What was late is asked again, and may be refused then.
    local late = is_late(value) or took >= seconds
    if not ok and fails(fault, case) then
      return wrong_error(value, fault[2], case.kind == "Process"), late
    elseif not ok then
      return "failed: " .. tostring(value), late
    elseif fails(fault, case) then
      return "succeeded"
    elseif value == nil then
      return "returned nothing"
    end
  end

  -- A busy machine may be too slow for a short timeout: then a longer one is tried,
  -- and for nothing else.
  local function check(case, fault)
    for i, seconds in ipairs(timeouts) do
      local wrong, late = try(case, fault, seconds)
      if not wrong then
        return
      elseif not late or i == #timeouts then
        return ("%s.%s: %s"):format(case.kind, case.name, wrong)
      end
    end
  end

  it("are tried on every method and property", function()
    local tried = {}
    for _, case in ipairs(all) do
      tried[case.kind .. "." .. case.name] = true
    end
    for _, list in ipairs { without_asking, like_others } do
      for kind, names in pairs(list) do
        for _, name in ipairs(names) do
          tried[kind .. "." .. name] = true
        end
      end
    end
    local missing = {}
    for kind in pairs(without_asking) do
      local names = {}
      local definition = class.definitions[kind]
      local lists = definition and { definition.methods, definition.properties }
        or { getmetatable(objects[timeouts[1]][kind]).__index }
      for _, list in ipairs(lists) do
        for key in pairs(list) do
          names[key] = true
        end
      end
      assert.is_truthy(next(names), kind)
      for name in pairs(names) do
        if not tried[kind .. "." .. name] then
          missing[#missing + 1] = kind .. "." .. name
        end
      end
    end
    assert.same({}, missing)
  end)

  it("of nothing: all succeed", function()
    for _, case in ipairs(all) do
      script "answer"
      local value = case.call(objects[timeouts[#timeouts]][case.kind])
      assert.is_truthy(value, case.kind .. "." .. case.name)
    end
  end)

  for _, fault in ipairs(faults) do
    it(fault_name(fault), function()
      local before = descriptors()
      local wrong = {}
      for _, case in ipairs(all) do
        wrong[#wrong + 1] = check(case, fault)
      end
      assert.same({}, wrong)
      assert.equal(before, descriptors())
      script "answer"
      for _, case in ipairs(reads) do
        case.call(objects[timeouts[#timeouts]][case.kind])
      end
    end)
  end

  it("do not reach a snapshot that was taken", function()
    local snapshot = objects[timeouts[#timeouts]].HAProxy:snapshot()
    script "refuse"
    local frontend, backend = snapshot:frontend "www", snapshot:backend "app"
    local server = backend:server "app1"
    assert.equal("OPEN", frontend.status)
    assert.is_truthy(snapshot:metric "CumReq")
    assert.equal(FAKES, #snapshot:info())
    assert.equal(FAKES, #snapshot:processes())
    assert.equal(0, #snapshot.failed)
    assert.is_number(snapshot.time)
    assert.equal(FAKES * 10, server:metric "weight" * FAKES)
    assert.is_truthy(snapshot:servers "app")
    assert.is_truthy(snapshot:server "app1")
    assert.is_truthy(#snapshot:frontends() == 2 and #snapshot:backends() == 3)
    assert.same({ 1, 2, 3 }, backend.process_nb)
    for _, i in ipairs { 1, 3 } do
      assert.same({}, fakes[i]:received())
    end
  end)

  for _, fault in ipairs(faults) do
    if fault[1] ~= "die" then
      it("are told by a partial snapshot: " .. fault_name(fault), function()
        script(fault[1])
        local snapshot
        for _, seconds in ipairs(timeouts) do
          snapshot = objects[seconds].HAProxy:snapshot { partial = true }
          if #snapshot:info() == 2 and fault[2][snapshot.failed[1][2].name] then
            break
          end
        end
        assert.equal(1, #snapshot.failed)
        local address, err = snapshot.failed[1][1], snapshot.failed[1][2]
        assert.equal(addresses[2], address)
        assert.is_truthy(fault[2][err.name] and fault[2][err.name][err.code], tostring(err))
        assert.same({ 1, 3 }, snapshot:frontend("www").process_nb)
        assert.equal(2, #snapshot:processes())
      end)
    end
  end

  it("keep no memory", function()
    local hap = objects[timeouts[#timeouts]].HAProxy
    local server = objects[timeouts[#timeouts]].Server
    local function round()
      for _ = 1, 100 do
        hap:snapshot { die = false }
        hap:command("show version", { die = false })
        hap:show_map(files.MAP, { die = false })
        server:get "status"
      end
      collectgarbage()
      collectgarbage()
    end
    for _, behaviour in ipairs { "close", "garbage", "http", { "cut", at = -1 }, "refuse", "endless" } do
      script(behaviour)
      round()
      local lua, system = collectgarbage "count", resident()
      round()
      round()
      assert.is_true(collectgarbage "count" - lua < 200, "kilobytes in Lua")
      if system then
        assert.is_true(resident() - system < 8192, "kilobytes of the process")
      end
    end
  end)
end)
