-- What the page asks for, and what may be changed by it, on real processes.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local dkjson = require "dkjson"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local new_site = require("haproxyadmin.web.site").new
local transport = require "haproxyadmin.transport.native"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request return status 200 if { path /fine }
  http-request return status 500 if { path /broken }
  default_backend app
backend app
  server app1 127.0.0.1:1 weight 10
  server app2 127.0.0.1:2 weight 20 disabled
  server app3 127.0.0.1:3 weight 30 disabled
backend other
  server only 127.0.0.1:4
]]

describe("the page's api", function()
  local farm, hap, handle, site, logged

  local TOKEN = "a-secret-of-this-spec"

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  local function make(options)
    logged = {}
    options.transport = transport
    options.log = function(words)
      table.insert(logged, words)
    end
    options.open = options.open
      or function(numbers)
        local found = { socket_dir = farm:folder(), process_nb = numbers, retry = false, die = false }
        return numbers and haproxyadmin.HAProxy(found) or hap
      end
    handle, site = new_site(options)
  end

  before_each(function()
    make { admin = { token = TOKEN } }
  end)

  local function get(target, headers)
    local path, query = target:match "^([^?]*)%??(.*)$"
    local code, told, body = handle { method = "GET", path = path, query = query, headers = headers or {} }
    return dkjson.decode(body, 1, dkjson.null), code, told, body
  end

  -- Another reading, however short the time since the last one.
  local function again()
    site.reading.last.ended = site.reading.last.ended - 1
  end

  local function records(found)
    local list = {}
    for i, row in ipairs(found.rows) do
      list[i] = {}
      for place, name in ipairs(found.columns) do
        list[i][name] = row[place]
      end
    end
    return list
  end

  local function names(found)
    local list = {}
    for i, record in ipairs(records(found)) do
      list[i] = (record.backend and record.backend .. "/" or "") .. record.name
    end
    return list
  end

  it("tells processes, problems, frontends and backends, and no server that nobody asked for", function()
    local state, code, headers = get "/api/state"
    assert.equal(200, code)
    assert.equal("application/json", headers["content-type"])
    assert.same({ "www" }, names(state.frontends))
    assert.same({ "app", "other" }, names(state.backends))
    assert.same({}, state.servers.rows)
    local app = records(state.backends)[1]
    assert.same({ 1, 0, 0, 2 }, { app.up, app.down, app.drain, app.maint })
    assert.same({ up = 2, down = 0, drain = 0, maint = 2 }, state.servers_by_state)
    assert.equal(2, state.problems.count)
    assert.equal("app2", state.problems.list[1].server)
    assert.equal("MAINT", state.problems.list[1].value)
    local processes = records(state.processes)
    for nb, info in ipairs(hap:info()) do
      assert.same({ nb, info.Pid, info.Version }, { processes[nb].process, processes[nb].Pid, processes[nb].Version })
      assert.equal(dkjson.null, processes[nb].error)
    end
    assert.is_true(state.admin)
    assert.is_false(state.trusted)
  end)

  it("tells the servers of backends that are open, with the columns that were chosen", function()
    local state = get "/api/state?open=app&columns=server:weight,stot,addr&columns=backend:stot"
    assert.same({ "app/app1", "app/app2", "app/app3" }, names(state.servers))
    assert.same({ "backend", "name", "weight", "stot", "addr" }, state.servers.columns)
    for _, record in ipairs(records(state.servers)) do
      local server = hap:server(record.name, "app")[1]
      assert.equal(server.weight, record.weight)
      assert.equal(server:metric "stot", record.stot)
      assert.equal(server:metric "addr", record.addr)
    end
    assert.equal(4, #get("/api/state?open=*").servers.rows)
    local few = get("/api/state?open=*&limit=2").servers
    assert.equal(2, #few.rows)
    assert.equal(4, few.matching)
  end)

  it("searches", function()
    local function found(query)
      local state = get("/api/state?" .. query)
      return names(state.servers), names(state.backends)
    end
    assert.same({ "app/app3" }, (found "q=APP3"))
    assert.same({ "app/app2", "app/app3" }, (found "q=backend:app+status:maint"))
    assert.same({ "other/only" }, (found "q=127.0.0.1:4"))
    local servers, backends = found "q=nothing"
    assert.same({ {}, {} }, { servers, backends })
    assert.same({ "app/app2", "app/app3" }, (found "only=bad"))
    assert.same({}, (found "only=busy"))
    assert.same({}, (found "q=only&process=3"))
  end)

  it("tells the values of one process, and of each", function()
    farm:traffic(2, "www", 3, "/fine")
    local function requests(query)
      return records(get("/api/state?columns=frontend:req_tot" .. query).frontends)[1].req_tot
    end
    assert.equal(3, requests "&process=2")
    assert.equal(0, requests "&q=process:1")
    assert.equal(3, requests "")
    local details = "detail=frontend/www&detail=server/app/app1"
    local state = get("/api/state?columns=frontend:req_tot&columns=server:weight&" .. details)
    assert.same({ { 1, 0 }, { 2, 3 } }, state.details[1].rows)
    assert.same({ { 1, 10 }, { 2, 10 } }, state.details[2].rows)
    assert.same({}, get("/api/state?detail=server/app/gone").details)
  end)

  it("tells what counters grew by a second, and nothing of a process that is another one", function()
    local query = "/api/state?columns=req_tot_s,hrsp_5xx_s"
    assert.same({ "www", dkjson.null, dkjson.null }, get(query).frontends.rows[1])
    local before = site.reading.last
    farm:traffic(1, "www", 6, "/broken")
    -- As if two seconds had gone by.
    before.ended = before.ended - 2
    local state = get(query)
    local seconds = site.reading.last.ended - before.ended
    local row = state.frontends.rows[1]
    assert.is_true(math.abs(row[2] - 6 / seconds) < 0.01, row[2])
    assert.is_true(math.abs(row[3] - 6 / seconds) < 0.01, row[3])
    assert.is_true(math.abs(state.head.errors - 6 / seconds) < 0.01)
    local pids = hap:info()
    farm:reload(1)
    farm:reload(2)
    -- Whatever a reading falls between: nothing is counted that was not so.
    assertions.eventually(function()
      again()
      local found, code = get(query)
      if code ~= 200 then
        return false
      end
      local rate = found.frontends.rows[1][2]
      assert.is_true(rate == dkjson.null or rate == 0, tostring(rate))
      local now = records(found.processes)
      return rate == 0 and now[1].Pid ~= pids[1].Pid and now[2].Pid ~= pids[2].Pid
    end)
  end)

  it("knows what was asked for already", function()
    local _, _, headers, body = get "/api/state"
    assert.equal(('"%s"'):format(core.sha1(body)), headers.etag)
    local _, code, _, empty = get("/api/state", { ["if-none-match"] = headers.etag })
    assert.same({ 304, "" }, { code, empty })
  end)

  it("is CSV, too", function()
    local _, code, headers, body = get "/api/state.csv?open=app&columns=weight"
    assert.equal(200, code)
    assert.equal("text/csv; charset=utf-8", headers["content-type"])
    assert.is_truthy(body:find("\r\nserver,app,app1,,,,,10\r\n", 1, true), body)
  end)

  it("refuses what it does not know", function()
    for _, query in ipairs {
      "columns=nothing",
      "columns=proxy:weight",
      "only=some",
      "process=x",
      "process=1234567890",
      "limit=-1",
      "detail=server/app",
      "detail=app",
      "detail=frontend/a/b",
      "what=1",
      "q=%zz",
    } do
      local told, code = get("/api/state?" .. query)
      assert.equal(400, code, query)
      assert.is_truthy(told.error.message)
    end
    assert.equal(404, (select(2, get "/api/nothing")))
  end)

  it("names a process that does not answer, and says so when none does", function()
    farm:signal(2, "STOP")
    site.reading.timeout = 1
    local processes = assertions.eventually(function()
      local state, code = get "/api/state"
      return code == 200 and records(state.processes)
    end)
    farm:signal(2, "CONT")
    assert.equal(2, #processes)
    assert.same({ 2, hap:processes()[2].address }, { processes[2].process, processes[2].address })
    assert.is_string(processes[2].error)
    local nobody = new_site {
      transport = transport,
      open = function()
        return haproxyadmin.HAProxy { socket_file = farm.dir .. "/gone.sock", retry = false, die = false, timeout = 10 }
      end,
    }
    for path, query in pairs { ["/api/state"] = "", ["/"] = "plain" } do
      local number, _, told = nobody { method = "GET", path = path, query = query, headers = {} }
      assert.equal(503, number)
      assert.is_truthy(told:find("gone.sock", 1, true))
    end
  end)

  it("is a plain table, too", function()
    local code, headers, body = handle { method = "GET", path = "/", query = "plain", headers = {} }
    assert.equal(200, code)
    assert.equal("text/html; charset=utf-8", headers["content-type"])
    assert.is_truthy(body:find("<td>server</td><td>app</td><td>app2</td><td>MAINT</td><td>20</td>", 1, true), body)
  end)

  -- ---- changing things ----

  local function post(target, body, headers)
    local all = {
      host = "localhost:9101",
      ["content-type"] = "application/json",
      authorization = "Bearer " .. TOKEN,
      ["sec-fetch-site"] = "same-origin",
    }
    for name, value in pairs(headers or {}) do
      all[name] = value or nil
    end
    local code, told, text = handle {
      method = "POST",
      path = target,
      headers = all,
      body = type(body) == "table" and dkjson.encode(body) or body,
      remote = "192.0.2.1",
    }
    return code, dkjson.decode(text), told
  end

  local function state_of(name)
    return hap:server(name, "app")[1].status
  end

  it("drains a server and puts it back, in every process, and tells what each says", function()
    hap:server("app2", "app")[1]:setstate "ready"
    local code, told = post("/api/servers/app/app2", { state = "drain", processes = "all", expect = "no check" })
    assert.equal(200, code)
    assert.equal(2, #told.results)
    for nb, result in ipairs(told.results) do
      assert.same(
        { nb, true, "no check", "DRAIN" },
        { result.process, result.ok, result.before.status, result.after.status }
      )
    end
    assert.equal("DRAIN", state_of "app2")
    assert.equal('"192.0.2.1" "app/app2" state=drain before=1:no check,2:no check after=1:DRAIN,2:DRAIN', logged[1])
    assert.equal(200, (post("/api/servers/app/app2", { state = "ready" })))
    assert.equal("no check", state_of "app2")
    assert.equal(200, (post("/api/servers/app/app2", { weight = 7, expect = 20 })))
    assert.equal(7, hap:server("app2", "app")[1].weight)
    assert.equal(200, (post("/api/servers/app/app2", { weight = 20, expect = 7 })))
    assert.equal(200, (post("/api/servers/app/app2", { state = "maint" })))
  end)

  it("changes the processes that are named, and tells what each of them says", function()
    local function in_processes(target, body)
      local code, told = post(target, body)
      assert.equal(200, code, told.error and told.error.message)
      local found = {}
      for _, result in ipairs(told.results) do
        assert.is_true(result.ok)
        local weight = body.weight and "weight" or "status"
        found[#found + 1] = ("%d: %s, %s"):format(result.process, result.before[weight], result.after[weight])
      end
      return table.concat(found, "; ")
    end
    local app1, by_process = "/api/servers/app/app1", {}
    for i, path in ipairs(farm.sockets) do
      by_process[i] = haproxyadmin.HAProxy { socket_file = path, retry = false, timeout = 10 }
    end
    assert.equal("2: 10, 4", in_processes(app1, { weight = 4, processes = 2, expect = 10 }))
    assert.equal(10, by_process[1]:server("app1", "app")[1].weight)
    assert.equal(4, by_process[2]:server("app1", "app")[1].weight)
    assert.equal('"192.0.2.1" "app/app1" weight=4 before=2:10 after=2:4', logged[1])
    assert.equal("1: 10, 10; 2: 4, 10", in_processes(app1, { weight = 10, processes = { 2, 1, 2 } }))
    assert.equal("1: MAINT, no check", in_processes("/api/servers/app/app2", { state = "ready", processes = { 1 } }))
    -- In process 1 another one takes sessions now, in process 2 none does.
    local code, told = post(app1, { state = "drain", processes = 2 })
    assert.same({ 409, "confirm" }, { code, told.error.code })
    assert.equal("1: no check, DRAIN", in_processes(app1, { state = "drain", processes = 1 }))
    -- What is expected is expected of those that are named.
    code, told = post(app1, { state = "ready", expect = "DRAIN" })
    assert.same({ 409, "changed" }, { code, told.error.code })
    assert.equal("1: DRAIN, no check", in_processes(app1, { state = "ready", expect = "DRAIN", processes = 1 }))
    assert.equal("2: OPEN, PAUSED", (in_processes("/api/frontends/www", {
      state = "disabled",
      confirm = "www",
      processes = { 2 },
    }):gsub("STOP", "PAUSED")))
    assert.equal("OPEN", by_process[1]:frontend("www").status)
    assert.equal(200, (post("/api/frontends/www", { state = "enabled" })))
    assert.equal(200, (post("/api/servers/app/app2", { state = "maint" })))
    code, told = post(app1, { state = "drain", processes = 3 })
    assert.same({ 404, "not_found" }, { code, told.error.code })
    -- A number that is another process's since it was told is none of those that were meant.
    make {
      admin = { token = TOKEN },
      open = function(numbers)
        return numbers and haproxyadmin.HAProxy { socket_file = farm.sockets[2], retry = false, timeout = 10 } or hap
      end,
    }
    code, told = post(app1, { state = "drain", processes = 1 })
    assert.same({ 409, "changed" }, { code, told.error.code })
    assert.equal("no check", state_of "app1")
  end)

  it("changes a process while another one does not answer", function()
    farm:kill(2)
    make { admin = { token = TOKEN } }
    local code, told = post("/api/servers/app/app1", { weight = 9, processes = 1 })
    assert.same({ 200, 1 }, { code, told.results and #told.results })
    assert.not_equal(200, (post("/api/servers/app/app1", { weight = 9, processes = 2 })))
    farm:reload(2)
    local weights = {}
    for i, entry in ipairs(hap:server("app1", "app")[1]:stats_per_process()) do
      weights[i] = entry[2].weight
    end
    assert.same({ 9, 10 }, weights)
    assert.equal(200, (post("/api/servers/app/app1", { weight = 10 })))
  end)

  it("does nothing where something else is so by now", function()
    local code, told = post("/api/servers/app/app1", { state = "drain", expect = "DOWN" })
    assert.same({ 409, "changed" }, { code, told.error.code })
    assert.equal("no check", told.results[1].before.status)
    code, told = post("/api/servers/app/app1", { weight = 5, expect = 11 })
    assert.same({ 409, "changed" }, { code, told.error.code })
    assert.equal("no check", state_of "app1")
    assert.equal(10, hap:server("app1", "app")[1].weight)
    assert.same({}, logged)
  end)

  it("takes the last server out only where the backend is named", function()
    local bodies = { { state = "drain" }, { state = "maint", confirm = "other" }, { weight = 0, confirm = "" } }
    for _, body in ipairs(bodies) do
      local code, told = post("/api/servers/app/app1", body)
      assert.same({ 409, "confirm" }, { code, told.error.code })
    end
    assert.equal("no check", state_of "app1")
    assert.equal(200, (post("/api/servers/app/app1", { state = "drain", confirm = "app" })))
    assert.equal(200, (post("/api/servers/app/app1", { state = "ready" })))
    -- In one process alone it is the last one, too.
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[1], retry = false, timeout = 10 }
    second:server("app2", "app")[1]:setstate "ready"
    local code, told = post("/api/servers/app/app1", { state = "drain" })
    assert.same({ 409, "confirm" }, { code, told.error.code })
    second:server("app2", "app")[1]:setstate "maint"
  end)

  it("disables a frontend that is named, and enables it", function()
    assert.equal(409, (post("/api/frontends/www", { state = "disabled" })))
    assert.equal(200, (post("/api/frontends/www", { state = "disabled", confirm = "www" })))
    assert.not_equal("OPEN", hap:frontend("www").status)
    assert.equal(200, (post("/api/frontends/www", { state = "enabled" })))
    assert.equal("OPEN", hap:frontend("www").status)
  end)

  it("refuses whoever may not, and does nothing then", function()
    local target, body = "/api/servers/app/app1", { state = "drain", confirm = "app" }
    local function refused(code, word, headers)
      local number, told = post(target, body, headers)
      assert.same({ code, word }, { number, told.error.code })
    end
    refused(401, "no_token", { authorization = false })
    refused(401, "no_token", { authorization = TOKEN })
    refused(401, "no_token", { authorization = "Basic " .. TOKEN })
    refused(403, "foreign_origin", { ["sec-fetch-site"] = "cross-site" })
    refused(403, "foreign_origin", { ["sec-fetch-site"] = "same-site" })
    refused(403, "foreign_origin", { ["sec-fetch-site"] = "none" })
    refused(403, "foreign_origin", { ["sec-fetch-site"] = false, origin = "http://evil.example" })
    refused(403, "foreign_origin", { ["sec-fetch-site"] = false, origin = "null" })
    refused(421, "foreign_host", { host = "evil.example" })
    refused(421, "foreign_host", { host = "localhost.evil.example:9101" })
    refused(421, "foreign_host", { host = false })
    refused(415, "not_json", { ["content-type"] = "text/plain" })
    refused(415, "not_json", { ["content-type"] = false })
    assert.equal("no check", state_of "app1")
    assert.equal(200, (post(target, body, { ["sec-fetch-site"] = false, origin = "http://localhost:9101" })))
    assert.equal(200, (post(target, { state = "ready" }, { ["sec-fetch-site"] = false })))
  end)

  it("does not listen to whoever was wrong five times in a minute, also not to the right token", function()
    for _ = 1, 5 do
      local code = post("/api/servers/app/app1", { state = "drain" }, { authorization = "Bearer wrong" })
      assert.equal(401, code)
    end
    local code, told, headers = post("/api/servers/app/app1", { state = "drain", confirm = "app" })
    assert.same({ 429, "too_many" }, { code, told.error.code })
    assert.is_true(tonumber(headers["retry-after"]) <= 60)
    assert.equal("no check", state_of "app1")
    for _, words in ipairs(logged) do
      assert.is_nil(words:find("wrong ", 1, true) and words:find(TOKEN, 1, true))
    end
  end)

  it("refuses what cannot be right", function()
    for body, target in pairs {
      [{}] = "/api/servers/app/app1",
      [{ state = "kill" }] = "/api/servers/app/app1",
      [{ state = "drain", weight = 1 }] = "/api/servers/app/app1",
      [{ weight = 257 }] = "/api/servers/app/app1",
      [{ weight = -1 }] = "/api/servers/app/app1",
      [{ weight = "1" }] = "/api/servers/app/app1",
      [{ state = "drain", processes = "1" }] = "/api/servers/app/app1",
      [{ state = "drain", processes = 0 }] = "/api/servers/app/app1",
      [{ state = "drain", processes = false }] = "/api/servers/app/app1",
      [{ state = "drain", processes = { "all" } }] = "/api/servers/app/app1",
      [{ state = "drain", processes = { { 1 } } }] = "/api/servers/app/app1",
      [{ state = "drain", expect = { 1 } }] = "/api/servers/app/app1",
      [{ state = "drain", more = 1 }] = "/api/servers/app/app1",
      [{ weight = 1 }] = "/api/frontends/www",
      [{ state = "drain" }] = "/api/frontends/www",
    } do
      local code, told = post(target, body)
      assert.same({ 400, "bad_argument" }, { code, told.error.code }, dkjson.encode(body))
    end
    assert.equal(400, (post("/api/servers/app/app1", "state=drain")))
    assert.equal(404, (post("/api/servers/app/gone", { state = "ready" })))
    assert.equal(404, (post("/api/servers/gone/app1", { state = "ready" })))
    assert.equal(404, (post("/api/servers/app", { state = "ready" })))
    assert.equal(404, (post("/api/servers/app/app1/more", { state = "ready" })))
    assert.equal(404, (post("/api/servers/app/app1;shutdown", { state = "ready" })))
  end)

  it("changes nothing where nobody said so, and asks no token where the host did", function()
    make {}
    local code, told = post("/api/servers/app/app1", { state = "drain" })
    assert.same({ 403, "read_only" }, { code, told.error.code })
    assert.is_false(get("/api/state").admin)
    make { admin = { trusted = true } }
    assert.is_true(get("/api/state").trusted)
    assert.equal(200, (post("/api/servers/app/app1", { weight = 11 }, { authorization = false })))
    assert.equal(200, (post("/api/servers/app/app1", { weight = 10 }, { authorization = false })))
    assert.equal(403, (post("/api/servers/app/app1", { weight = 9 }, { ["sec-fetch-site"] = "cross-site" })))
  end)
end)

describe("the page's problems", function()
  local farm, hap, site, handle

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = function(n)
        return ([[
frontend busy
  bind unix@{dir}/busy{n}.sock
  maxconn 4
  default_backend queue
frontend slow
  bind unix@{dir}/slow{n}.sock
  timeout tarpit 60s
  http-request tarpit
backend queue
  timeout server 60s
  timeout queue 60s
  server only unix@{dir}/slow{n}.sock maxconn 1
backend part
  server first 127.0.0.1:1
]] .. (n == 1 and "  server second 127.0.0.1:2\n" or "")) .. (n == 1 and "backend own\n  server a 127.0.0.1:1\n" or "")
      end,
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
    handle, site = new_site {
      transport = transport,
      open = function()
        return hap
      end,
    }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Problems by what they are and where, as of a reading of now.
  local function problems()
    if site.reading.last then
      site.reading.last.ended = site.reading.last.ended - 1
    end
    local _, _, body = handle { method = "GET", path = "/api/state", query = "", headers = {} }
    local found = {}
    for _, problem in ipairs(dkjson.decode(body).problems.list) do
      found[("%s %s%s"):format(problem.what, problem.proxy, problem.server and "/" .. problem.server or "")] = problem
    end
    return found
  end

  it("are servers that a process lacks which has their backend", function()
    local found = problems()
    assert.same({ 2 }, found["absent part/second"].processes)
    found["absent part/second"] = nil
    assert.same({}, found)
  end)

  it("bring the servers that they are of, where their backend is not closed", function()
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], retry = false, timeout = 10 }
    local function told(query)
      if site.reading.last then
        site.reading.last.ended = site.reading.last.ended - 1
      end
      local _, _, body = handle { method = "GET", path = "/api/state", query = query, headers = {} }
      local servers, names = dkjson.decode(body).servers, {}
      assert.equal(#servers.rows, servers.matching)
      for i, row in ipairs(servers.rows) do
        names[i] = row[1] .. "/" .. row[2]
      end
      return table.concat(names, " ")
    end
    assert.equal("part/second", told "")
    -- What was set in every process is no disagreement, and what it was set to no fault.
    hap:server("first", "part")[1]:setstate "maint"
    assert.equal("part/second", told "")
    second:server("first", "part")[1]:setstate "drain"
    assert.equal("part/first part/second", told "")
    assert.equal("", told "closed=part")
    assert.equal("part/first part/second", told "open=part")
    assert.equal("", told "open=part&closed=part")
    assert.equal("queue/only own/a", told "open=*&closed=part")
    assert.equal("part/first", told "q=first&closed=part")
    hap:server("first", "part")[1]:setstate "ready"
  end)

  it("are states and weights that are not the same everywhere", function()
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], retry = false, timeout = 10 }
    second:server("first", "part")[1]:setstate "maint"
    second:server("first", "part")[1]:setweight "50%"
    local found = problems()
    assert.same({ MAINT = { 2 }, ["no check"] = { 1 } }, found["status part/first"].value)
    assert.is_number(found["status part/first"].since)
    assert.is_nil(found["status own/a"])
    second:server("first", "part")[1]:setstate "ready"
  end)

  it("are frontends that are nearly full in one process, and queues", function()
    local curl = "curl -s -o /dev/null --max-time 60 --unix-socket %s/busy2.sock http://x/ & echo $!"
    local pids = {}
    for i = 1, 4 do
      local pipe = assert(io.popen("exec 3>&1; (" .. curl:format(farm.dir) .. ") >&3 2>/dev/null"))
      pids[i] = pipe:read "*l"
    end
    local found = assertions.eventually(function()
      local all = problems()
      return all["full busy"] and all["queue queue"] and all["queue queue"].value == 3 and all
    end)
    assert.same({ 2 }, found["full busy"].processes)
    assert.same({ 4, 4 }, { found["full busy"].value, found["full busy"].limit })
    assert.equal("queue", found["queue queue"].what)
    for _, pid in ipairs(pids) do
      haproxy.shell("kill " .. pid)
    end
  end)

  it("are frontends that do not accept connections", function()
    hap:frontend("slow"):disable()
    local found = problems()
    assert.is_string(found["status slow"].value)
    hap:frontend("slow"):enable()
    assert.is_nil(problems()["status slow"])
  end)
end)
