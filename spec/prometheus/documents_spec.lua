-- What doc/monitoring has, with a real Prometheus and promtool.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local json = require "dkjson"
local prometheus = require "spec.support.prometheus"
local public = require "spec.prometheus.public_expressions"
local serving = require "spec.support.serving"

local FOLDER = "doc/monitoring/"

local function lines_with(text, pattern)
  local found = {}
  for word in text:gmatch(pattern) do
    found[#found + 1] = word
  end
  return found
end

-- HAProxy's own exporter has these names, too.
local names_of_haproxy = {
  haproxy_process_failed_resolutions = true,
  haproxy_process_total_warnings = true,
  haproxy_process_patterns_added_total = true,
  haproxy_process_patterns_freed_total = true,
}

describe("monitoring", function()
  local farm, served, watcher

  -- Of each way to go wrong one backend: refused connections, answers that are errors, answers that
  -- break off, a server that is down. `bad` is where these come from.
  local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request track-sc0 path table app
  use_backend broken if { path /broken }
  use_backend failing if { path_beg /fail }
  use_backend cut if { path_beg /cut }
  default_backend app
frontend shut
  bind unix@{dir}/shut{n}.sock
  tcp-request connection reject
frontend bad
  bind unix@{dir}/bad{n}.sock
  http-request return status 404 if { path /fail4 }
  http-request reject if { path /cut }
  http-request return status 200 if { path /cut-not }
  http-request return status 500
backend app
  stick-table type string size 1k expire 5m
  option httpchk
  compression algo gzip
  server app1 {origin}:8001 check inter 500ms maxconn 100
  server app2 127.0.0.1:9 check inter 500ms
  server app3 127.0.0.1:9 disabled
backend broken
  timeout connect 100ms
  retries 1
  server refuses 127.0.0.1:9
backend failing
  server fails unix@{dir}/bad{n}.sock
backend cut
  server cuts unix@{dir}/bad{n}.sock
backend dead
  server flaps 127.0.0.1:9 check inter 500ms
]]

  local COUNTS = { process = 1, frontend = 3, backend = 5, server = 7, checked = 3, table = 1 }

  setup(function()
    farm = haproxy.start { processes = 2, config = config }
    served = serving.start(farm:folder())
    local relabel = serving.read(FOLDER .. "exporter_names.yml"):gsub("\n([^\n])", "\n  %1")
    watcher = prometheus.start({
      { name = "haproxy", port = served.port, params = "{scope: ['*']}" },
      { name = "old", host = "127.0.0.1", port = served.port, more = "  metric_relabel_configs:\n  " .. relabel },
    }, FOLDER .. "alerts.yml")
  end)

  teardown(function()
    for _, part in ipairs { watcher, served, farm } do
      part:stop()
    end
  end)

  it("has alerts that are raised when they should be", function()
    local status, said = prometheus.promtool("test rules " .. FOLDER .. "alerts_test.yml")
    assert.equal(0, status, said)
    -- Each of them is tested with what raises it and with what does not.
    local tests = serving.read(FOLDER .. "alerts_test.yml")
    local alerts = lines_with(serving.read(FOLDER .. "alerts.yml"), "%- alert: (%w+)")
    assert.is_true(#alerts >= 10)
    for _, alert in ipairs(alerts) do
      assert.equal(2, #lines_with(tests, "alertname: (" .. alert .. ")\n"), alert)
    end
    assert.equal(2 * #alerts, #lines_with(tests, "alertname: (%w+)"))
  end)

  it("serves what promtool has nothing to say against but HAProxy's own names", function()
    for _, path in ipairs { "/metrics", "/metrics?process=*", "/metrics?process=1" } do
      local text = served:get(path)
      assert.matches("\nhaproxy_server_status{", text, 1, true)
      local status, said = prometheus.promtool("check metrics", text)
      assert.is_true(status == 0 or status == 3, said)
      for line in said:gmatch "[^\n]+" do
        assert.is_true(names_of_haproxy[line:match "^[%w_]+"], line)
      end
    end
  end)

  it("answers every expression of public dashboards and alerts as it should", function()
    local host, HAProxy = "localhost:" .. served.port, haproxyadmin.HAProxy
    -- Rates are of what comes behind the first samples.
    watcher:becomes(1, 'count_over_time(up{job="haproxy"}[1m]) > bool 3')
    for n = 1, 2 do
      farm:traffic(n, "www", 20)
      for _, path in ipairs { "/broken", "/fail4", "/fail5", "/cut", "/cut-not" } do
        farm:traffic(n, "www", 2, path)
      end
      haproxy.shell(("curl -s --unix-socket %s/shut%d.sock http://x/ || true"):format(farm.dir, n))
      -- Up, until its check says again what is so.
      HAProxy({ socket_file = farm.sockets[n], timeout = 10 }):server("flaps", "dead")[1]:sethealth "up"
    end
    watcher:becomes(1, 'haproxy_frontend_http_requests_total{job="haproxy",proxy="www"} >= bool 60')
    watcher:becomes(1, 'increase(haproxy_server_check_up_down_total{job="haproxy",server="flaps"}[5m]) > bool 0')
    watcher:becomes(1, 'haproxy_backend_status{job="haproxy",proxy="dead",state="DOWN"}')

    local rows = public.dashboards(host, "haproxy", haproxy.version())
    assert.is_true(#rows > 200)
    local texts, wrong = {}, {}
    for i, row in ipairs(rows) do
      texts[i] = row[1]
    end
    for i, found in ipairs(watcher:queries(texts)) do
      local row = rows[i]
      local count = COUNTS[row[2]] * row.count
      -- HAProxy says nothing of zlib where it was built with another library.
      if #found ~= count and not (#found == 0 and row.name and row.name:find "_zlib_memory$") then
        wrong[#wrong + 1] = ("%d of %d: %s"):format(#found, count, row[1])
      end
      for _, series in ipairs(found) do
        assert.is_true(series[2] == series[2] and series[2] > -math.huge and series[2] < math.huge, row[1])
      end
    end
    assert.equal("", table.concat(wrong, "\n"))
  end)

  it("raises the alerts of others where they should be raised", function()
    local texts = {}
    for i, alert in ipairs(public.alerts) do
      texts[2 * i - 1] = alert[1]:gsub("LIMIT", tostring(alert.limit))
      texts[2 * i] = type(alert[3]) == "table" and alert[1]:gsub("LIMIT", "0") or alert[1]:gsub(" > LIMIT", "")
    end
    local found = watcher:queries(texts)
    for i, alert in ipairs(public.alerts) do
      local raised = found[2 * i]
      if type(alert[3]) == "table" then
        -- Of each of the two jobs.
        local expected, names = {}, {}
        for _, name in ipairs(alert[3]) do
          expected[name] = true
        end
        for _, series in ipairs(raised) do
          names[series[1][alert[2]]] = true
        end
        assert.same(expected, names, texts[2 * i])
      else
        assert.is_true(#raised >= COUNTS[alert[3]], texts[2 * i])
      end
      assert.is_true(#found[2 * i - 1] <= #raised)
    end
  end)

  it("has a dashboard of which each panel shows something", function()
    local dashboard = assert(json.decode(serving.read(FOLDER .. "dashboard.json")))
    watcher:becomes(1, "max(haproxy_server_status{job='haproxy',server='app2',state='DOWN'})")
    -- Processes that disagree: in one of them a server is ready, and has another weight.
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], timeout = 10 }
    local server = second:server("app3", "app")[1]
    server:setstate "ready"
    server:setweight(0)
    watcher:becomes(2, 'count(haproxyadmin_disagreements{job="haproxy",server="app3"})')
    -- A rate needs two samples of each.
    watcher:becomes(1, 'count_over_time(up{job="haproxy"}[1m]) > bool 3')
    local panels, targets = 0, 0
    for _, panel in ipairs(dashboard.panels) do
      panels = panels + 1
      assert.is_true(#panel.targets >= 1, panel.title)
      for _, target in ipairs(panel.targets) do
        targets = targets + 1
        local expression = target.expr:gsub("%$__rate_interval", "1m"):gsub("%$instance", ".*"):gsub("%$proxy", ".*")
        assert.is_nil(expression:find("$", 1, true), target.expr)
        assert.is_true(#watcher:query(expression) >= 1, panel.title .. ": " .. expression)
      end
    end
    assert.is_true(panels >= 15 and targets > panels)
    for _, variable in ipairs(dashboard.templating.list) do
      local selector, label = tostring(variable.definition):match "^label_values%((.*), (%w+)%)$"
      if selector then
        local found = watcher:ask(("/api/v1/label/%s/values"):format(label), {
          ["match[]"] = selector:gsub("%$instance", ".*"),
        })
        assert.is_true(#found.data >= 1, variable.name)
      end
    end
  end)

  it("has the names of haproxy_exporter", function()
    watcher:becomes(1, 'up{job="old"}')
    watcher:becomes(0, 'haproxy_server_up{backend="app",server="app2"}')
    for _, expression in ipairs {
      'haproxy_backend_up{backend="app"} == 1',
      'haproxy_server_up{backend="app",server="app1"} == 1',
      'haproxy_frontend_bytes_in_total{job="old",frontend="www"}',
      'haproxy_backend_current_server{backend="app"}',
      'haproxy_server_server_selected_total{backend="app",server="app1"}',
      'haproxy_backend_http_response_time_average_seconds{backend="app"}',
      'haproxy_frontend_compressor_bytes_in_total{frontend="www"}',
      'haproxy_backend_http_responses_compressed_total{backend="app"}',
      'haproxy_server_http_responses_total{job="old",backend="app",server="app1",code="2xx"}',
    } do
      assert.equal(1, #watcher:query(expression), expression)
    end
  end)

  it("writes textfiles, whole or not at all", function()
    local folder = haproxy.temporary_folder()
    local file = folder .. "/haproxy.prom"
    local function write()
      local program = os.getenv "PROGRAM"
      return haproxy.shell(
        ("PATH=%s:$PATH %stextfile.sh %s --socket-dir %s --state %s/state"):format(
          program:match "^(.*)/",
          FOLDER,
          file,
          farm:folder(),
          folder
        )
      )
    end
    local requests = '\nhaproxy_frontend_http_requests_total{proxy="www"} (%d+)\n'
    assert.is_true(write())
    assert.equal("0", serving.read(file):match(requests))
    farm:traffic(2, "www", 4)
    assert.is_true(write())
    local text = serving.read(file)
    assert.equal("4", text:match(requests))
    haproxy.write(folder .. "/state", "something else")
    assert.is_false(write())
    assert.equal(text, serving.read(file))
    local _, names = haproxy.shell("ls " .. folder)
    assert.equal("haproxy.prom\nstate\nstate.lock\n", names)
    haproxy.shell("rm -r " .. folder)
  end)

  it("has a unit that systemd takes, and finds well closed", function()
    local folder = haproxy.temporary_folder()
    local unit = serving.read(FOLDER .. "haproxyadmin-serve.service")
    haproxy.write(folder .. "/haproxyadmin-serve.service", (unit:gsub("/usr/local/bin/haproxyadmin", "/bin/true")))
    local ok, said = haproxy.shell(("systemd-analyze verify %s/haproxyadmin-serve.service"):format(folder))
    assert.is_true(ok, said)
    ok, said = haproxy.shell(
      ("systemd-analyze security --offline=true --threshold=20 --no-pager %s/haproxyadmin-serve.service"):format(folder)
    )
    assert.is_true(ok, said)
    haproxy.shell("rm -r " .. folder)
  end)
end)
