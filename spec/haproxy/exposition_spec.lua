local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local json = require "haproxyadmin.base.json"

local raises = assertions.raises

local CONFIG = [[
resolvers names
  nameserver one 127.0.0.1:9
  nameserver two 127.0.0.1:9
peers friends
  peer me 127.0.0.1:1
frontend www
  option socket-stats
  stick-table type string len 10 size 1000 expire 10m store http_req_cnt peers friends
  http-request track-sc0 path
  bind unix@{dir}/www{n}.sock name door
  bind unix@{dir}/side{n}.sock
  default_backend app
frontend plain
  mode tcp
  option socket-stats
  bind unix@{dir}/plain{n}.sock name door
  default_backend other
frontend prom
  bind unix@{dir}/prom{n}.sock
  http-request use-service prometheus-exporter
backend app
  stick-table type ip size 500 expire 10m store http_req_cnt
  http-request track-sc1 src
  http-request return status 200 content-type text/plain string hello if { path /hello }
  server app1 {origin}:9 weight 10
  server app2 {origin}:9 weight 20 disabled
  server app3 {origin}:9 check inter 100ms fall 1
backend other
  mode tcp
  server app1 {origin}:9 maxconn 7 backup
]]

local function text_of(pieces)
  local list = {}
  for piece in pieces do
    list[#list + 1] = piece
  end
  return table.concat(list)
end

-- The order of a series' labels says nothing.
local function in_order(series)
  local name, labels = series:match "^([^{]+){(.*)}$"
  if not name or not name:find "^haproxy_resolver_" then
    return series
  end
  local list = {}
  for label in labels:gmatch '[^,]+="[^"]*"' do
    list[#list + 1] = label
  end
  table.sort(list)
  return name .. "{" .. table.concat(list, ",") .. "}"
end

-- Samples by name and labels, types by name, and the names in order.
local function parse(text)
  local samples, types, names = {}, {}, {}
  for line in text:gmatch "[^\n]+" do
    local name, kind = line:match "^# TYPE (%S+) (%S+)$"
    if name then
      assert.is_nil(types[name], name)
      types[name], names[#names + 1] = kind, name
    elseif line:sub(1, 1) ~= "#" then
      local series, value = line:match "^(.-) (%S+)$"
      series = in_order(series)
      assert.is_nil(samples[series], series)
      samples[series] = value
    end
  end
  return samples, types, names
end

describe("the exposition", function()
  local farm, hap, version, has_exporter

  setup(function()
    version = haproxy.version()
    local _, features = haproxy.shell(haproxy.program() .. " -vv")
    has_exporter = features:find("prometheus%-exporter") ~= nil
    farm = haproxy.start { processes = 2, origin = false, global = "  localpeer me\n", config = CONFIG }
    farm:traffic(1, "www", 3, "/hello")
    farm:traffic(2, "www", 2, "/hello")
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
    assertions.eventually(function()
      return hap:server("app3", "app")[1].status:find "DOWN" ~= nil
    end)
  end)

  teardown(function()
    farm:stop()
  end)

  local function exporters(process)
    local command = "curl -s --max-time 30 --unix-socket %s/prom%d.sock http://site/metrics"
    local _, text = haproxy.shell(command:format(farm.dir, process))
    return parse(text)
  end

  local function ours(options)
    return parse(text_of(hap:snapshot():exposition(options)))
  end

  -- With the scopes that are none of the statistics.
  local function with_others(options)
    options.own = {}
    for _, scope in ipairs { "sticktable", "resolver" } do
      for _, family in ipairs(hap:other_families(scope, { process = options.process })) do
        table.insert(options.own, family)
      end
    end
    return ours(options)
  end

  -- What prometheus-exporter lacks in older versions, and where it says another type.
  local NEW = {
    haproxy_frontend_current_session_rate = 302,
    haproxy_backend_current_session_rate = 302,
    haproxy_server_current_session_rate = 302,
    haproxy_server_http_requests_total = 302,
    haproxy_server_active = 300,
    haproxy_server_backup = 300,
    haproxy_listener_connections_total = 302,
    haproxy_process_node = 302,
    haproxy_process_description = 302,
    haproxy_process_total_warnings = 302,
    haproxy_process_nb_thread_groups = 304,
    haproxy_sticktable_local_updates = 304,
  }

  it("says what HAProxy's own exporter says of one process", function()
    if version < 204 then
      return -- its exporter shows states as numbers
    end
    assert.is_true(has_exporter)
    local before = with_others { process = 1 }
    local theirs, their_types = exporters(1)
    local after, types = with_others { process = 1 }
    for series, value in pairs(theirs) do
      local name = series:match "^[^{]+"
      if value ~= "NaN" then
        assert.is_truthy(after[series], series)
        local is_busy = series:find('proxy="prom"', 1, true) or name:find "^haproxy_process_"
        if before[series] == after[series] and not is_busy then
          assert.equal(tonumber(value), tonumber(after[series]), series)
        end
      end
    end
    for series in pairs(after) do
      local name = series:match "^[^{]+"
      if version >= (NEW[name] or name:find "^haproxy_resolver_" and 300 or 0) then
        assert.is_truthy(theirs[series], series)
      end
    end
    for name, kind in pairs(types) do
      if their_types[name] and not name:find "^haproxy_server_.*_total$" then
        assert.equal(their_types[name], kind, name)
      end
    end
  end)

  it("says what modules count", function()
    local samples = ours { extra_counters = true, process = 1 }
    local name = 'haproxy_frontend_h2_total_connections{proxy="www",mod="h2"}'
    assert.equal(version >= 204 and "0" or nil, samples[name])
    assert.is_nil(ours()[name])
    if version < 300 then
      return -- its exporter does not
    end
    local command = "curl -s --max-time 30 --unix-socket %s/prom1.sock 'http://site/metrics?extra-counters'"
    local _, text = haproxy.shell(command:format(farm.dir))
    local missing = {}
    for series in pairs(parse(text)) do
      if series:find('proxy="www".*mod="') and not samples[series] then
        missing[#missing + 1] = series
      end
    end
    assert.same({}, missing)
  end)

  it("makes one of several processes", function()
    local both = ours()
    local each = ours { process = "*" }
    assert.equal("5", both['haproxy_frontend_http_responses_total{proxy="www",code="2xx"}'])
    assert.equal("3", each['haproxy_frontend_http_responses_total{proxy="www",process="1",code="2xx"}'])
    assert.equal("2", each['haproxy_frontend_http_responses_total{proxy="www",process="2",code="2xx"}'])
    -- The requests came by one connection to each.
    assert.equal("2", both['haproxy_listener_sessions_total{proxy="www",listener="door"}'])
    assert.equal("0", both['haproxy_listener_sessions_total{proxy="www",listener="sock-2"}'])
    assert.equal("0", both['haproxy_listener_sessions_total{proxy="plain",listener="door"}'])
    assert.equal("1", each['haproxy_listener_sessions_total{proxy="www",listener="door",process="2"}'])
    assert.equal("1", both['haproxy_listener_status{proxy="www",listener="door",state="OPEN"}'])
    assert.equal("2", both.haproxy_process_nbproc)
    -- HAProxy 2.2 says it in MB.
    assert.equal("0", both.haproxy_process_max_memory_bytes)
    assert.equal("1", both['haproxy_server_status{proxy="app",server="app3",state="DOWN"}'])
    assert.equal("0", both['haproxy_server_status{proxy="app",server="app3",state="UP"}'])
    assert.equal("10", both['haproxy_server_weight{proxy="app",server="app1"}'])
    assert.equal("1", both['haproxy_backend_agg_server_status{proxy="app",state="MAINT"}'])
    assert.equal("2", both['haproxyadmin_processes{state="up"}'])
    local up = ('haproxyadmin_process_up{address="%s",process="2"}'):format(farm.sockets[2])
    assert.equal("1", both[up])
    assert.is_nil(ours({ process = 2 })[up])
  end)

  it("sums what HAProxy's own exporters say of each", function()
    if version < 204 then
      return -- its exporter shows states as numbers
    end
    local rules = {}
    for _, family in ipairs(haproxyadmin.families()) do
      rules[family.name] = family.rule
    end
    local before = ours()
    local first, second = exporters(1), exporters(2)
    local after = ours()
    local compared = 0
    for series, value in pairs(after) do
      local is_busy = series:find('proxy="prom"', 1, true) or series:find "^haproxy_process_"
      local one, other = tonumber(first[series]), tonumber(second[series])
      if rules[series:match "^[^{]+"] == "sum" and one and other and before[series] == value and not is_busy then
        assert.equal(one + other, tonumber(value), series)
        compared = compared + 1
      end
    end
    assert.is_true(compared > 100)
  end)

  it("shows stick tables and name servers of all, of each and of one", function()
    local both, each, second = with_others {}, with_others { process = "*" }, with_others { process = 2 }
    local size, used = "haproxy_sticktable_size", "haproxy_sticktable_used"
    -- One path each in a table of peers, and nobody's address through a socket of the system's.
    assert.equal("1000", both[size .. '{name="www",type="string"}'])
    assert.equal("1", both[used .. '{name="www",type="string"}'])
    assert.equal("500", both[size .. '{name="app",type="ip"}'])
    assert.equal("0", both[used .. '{name="app",type="ip"}'])
    assert.equal("1", each[used .. '{name="www",process="2",type="string"}'])
    assert.equal("1", second[used .. '{name="www",type="string"}'])
    local updates = "haproxy_sticktable_local_updates"
    local first = tonumber(each[updates .. '{name="www",process="1",type="string"}'])
    local other = tonumber(each[updates .. '{name="www",process="2",type="string"}'])
    assert.is_true(first > 0 and other > 0)
    assert.equal(first + other, tonumber(both[updates .. '{name="www",type="string"}']))
    assert.equal("0", both[updates .. '{name="app",type="ip"}'])
    assert.is_truthy(both['haproxy_resolver_send_error{nameserver="two",resolver="names"}'])
    assert.is_truthy(each['haproxy_resolver_sent{nameserver="one",process="1",resolver="names"}'])
    raises("ValueError", "bad_argument", hap.other_families, hap, "listener")
    raises("ValueError", "bad_argument", hap.other_families, hap, "resolver", { process = 0 })
    raises("ValueError", "bad_argument", hap.other_families, hap, "resolver", { timeout = 0 })
  end)

  it("shows the worst where processes disagree", function()
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], retry = false, timeout = 10 }
    second:server("app1", "app")[1]:setweight(30)
    local both = ours()
    assert.equal("1", both['haproxyadmin_disagreements{proxy="app",server="app1",field="weight"}'])
    assert.equal("20", both['haproxy_server_weight{proxy="app",server="app1"}'])
    second:server("app1", "app")[1]:setstate "maint"
    both = ours()
    assert.equal("1", both['haproxy_server_status{proxy="app",server="app1",state="MAINT"}'])
    assert.equal("1", both['haproxyadmin_server_processes{proxy="app",server="app1",state="MAINT"}'])
    assert.equal("1", both['haproxyadmin_server_processes{proxy="app",server="app1",state="UP"}'])
    assert.equal("1", both['haproxyadmin_disagreements{proxy="app",server="app1",field="status"}'])
    assert.is_nil(both['haproxyadmin_disagreements{proxy="app",server="app2",field="status"}'])
    local busy = ours { no_maint = true }
    assert.is_truthy(busy['haproxy_server_weight{proxy="app",server="app1"}'])
    assert.is_nil(busy['haproxy_server_weight{proxy="app",server="app2"}'])
    second:server("app1", "app")[1]:setstate "ready"
    second:server("app1", "app")[1]:setweight(10)
  end)

  it("shows what is asked for", function()
    local _, _, names = ours { scope = "backend", metrics = "haproxy_backend_status,haproxy_backend_weight" }
    assert.same({ "haproxy_backend_status", "haproxy_backend_weight" }, names)
    local _, types = ours { scope = { "global", "frontend" }, metrics = "-haproxy_process_jobs" }
    assert.is_nil(types.haproxy_process_jobs)
    assert.equal("gauge", types.haproxy_process_idle_time_percent)
    assert.equal("counter", types.haproxy_frontend_sessions_total)
    assert.is_nil(types.haproxy_backend_status)
    local own = { { name = "haproxyadmin_x", type = "counter", help = "a\nb", samples = {} } }
    own[1].samples[1] = { labels = { code = 'a"\\\n\255' }, value = 2 ^ 40 }
    own[1].samples[2] = { value = 0.5 }
    local samples = ours { scope = "", metrics = "haproxyadmin_x", own = own }
    assert.equal("0.5", samples.haproxyadmin_x)
    assert.equal("1099511627776", samples['haproxyadmin_x{code="a\\"\\\\\\n\239\191\189"}'])
  end)

  it("counts as totals do", function()
    local totals = haproxyadmin.totals()
    totals:take(hap:snapshot())
    farm:traffic(1, "www", 4, "/hello")
    local snapshot = hap:snapshot()
    totals:take(snapshot)
    local samples = parse(text_of(snapshot:exposition { totals = totals }))
    assert.equal("4", samples['haproxy_frontend_http_requests_total{proxy="www"}'])
    assert.equal("4", samples['haproxy_frontend_http_responses_total{proxy="www",code="2xx"}'])
    assert.equal("10", samples['haproxy_server_weight{proxy="app",server="app1"}'])
    assert.equal("1", samples['haproxy_listener_sessions_total{proxy="www",listener="door"}'])
    local columns = { "req_tot", "slim" }
    local document = text_of(snapshot:json { kind = "frontend", columns = columns, totals = totals })
    local rows = json.decode("text", document).rows
    assert.equal(4, rows[1][1])
    assert.equal(snapshot:frontend("www"):metric "slim", rows[1][2])
    local one = parse(text_of(snapshot:exposition { totals = totals, process = 1 }))
    assert.equal("7", one['haproxy_frontend_http_requests_total{proxy="www"}'])
    raises("ValueError", "bad_argument", snapshot.exposition, snapshot, { totals = snapshot })
  end)

  it("refuses what it cannot show", function()
    local snapshot = hap:snapshot()
    raises("ValueError", "bad_argument", snapshot.exposition, snapshot, { scope = "sticktables" })
    raises("ValueError", "bad_argument", snapshot.exposition, snapshot, { process = 0 })
    raises("ValueError", "bad_argument", snapshot.exposition, snapshot, { metrics = 1 })
    raises("ValueError", "not_found", snapshot.exposition, snapshot, { process = 3 })
    raises("ValueError", "bad_argument", snapshot.json, snapshot, { kind = "map" })
    raises("ValueError", "bad_argument", snapshot.json, snapshot, { kind = "server", form = "rows" })
    raises("ValueError", "bad_argument", snapshot.csv, snapshot, { kind = "server", columns = { "a,b" } })
    raises("ValueError", "not_found", snapshot.csv, snapshot, { kind = "server", process = 9 })
  end)

  it("writes JSON", function()
    local snapshot = hap:snapshot()
    local document = json.decode("text", text_of(snapshot:json { kind = "server" }))
    local place = {}
    for i, name in ipairs(document.columns) do
      place[name] = i
    end
    assert.equal(4, #document.rows)
    assert.equal("app", document.rows[1][place.pxname])
    assert.equal("app1", document.rows[1][place.svname])
    assert.equal(10, document.rows[1][place.weight])
    assert.same({ 1, 2 }, document.rows[1][place.processes])
    local records = json.decode("text", text_of(snapshot:json { kind = "process", form = "records", process = "*" }))
    assert.equal(2, #records)
    assert.equal(1, records[1].process)
    assert.equal(snapshot:info()[1].Pid, records[1].Pid)
    assert.equal(snapshot:info()[2].Uptime, records[2].Uptime)
    local few = { "svname", "differs", "nosuch" }
    document = json.decode("text", text_of(snapshot:json { kind = "backend", columns = few }))
    assert.same(few, document.columns)
    assert.equal("BACKEND", document.rows[1][1])
  end)

  it("writes CSV", function()
    local columns = { "pxname", "svname", "weight", "processes" }
    local text = text_of(hap:snapshot():csv { kind = "server", columns = columns })
    local rows = { "app,app1,10,1 2", "app,app2,20,1 2", "app,app3,1,1 2", "other,app1,1,1 2", "" }
    assert.equal("pxname,svname,weight,processes\n" .. table.concat(rows, "\n"), text)
    text = text_of(hap:snapshot():csv { kind = "listener", columns = { "pxname", "svname", "status" } })
    assert.equal("pxname,svname,status\nwww,door,OPEN\nwww,sock-2,OPEN\nplain,door,OPEN\n", text)
  end)

  it("goes without a process that does not answer", function()
    farm:kill(2)
    raises("SocketConnectionError", nil, hap.other_families, hap, "resolver")
    local left = hap:other_families("resolver", { partial = true, process = "*", timeout = 10 })
    for _, sample in ipairs(left[1].samples) do
      assert.equal("1", sample.labels.process)
    end
    assert.is_true(#left[1].samples > 0)
  end)
end)
