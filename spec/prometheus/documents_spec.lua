-- What doc/monitoring has, with a real Prometheus and promtool.

local haproxy = require "spec.support.haproxy"
local json = require "dkjson"
local known = require "spec.prometheus.known_metrics"
local prometheus = require "spec.support.prometheus"
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

  local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  option httpchk
  compression algo gzip
  server app1 {origin}:8001 check inter 500ms maxconn 100
  server app2 127.0.0.1:9 check inter 500ms
]]

  setup(function()
    farm = haproxy.start { processes = 2, config = config }
    served = serving.start(farm:folder())
    local relabel = serving.read(FOLDER .. "exporter_names.yml"):gsub("\n([^\n])", "\n  %1")
    watcher = prometheus.start({
      { name = "haproxy", port = served.port },
      { name = "old", port = served.port, more = "  metric_relabel_configs:\n  " .. relabel },
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

  it("serves every metric that public dashboards and alerts ask for", function()
    -- HAProxy says nothing of zlib where it was built with another library.
    local others = { haproxy_process_current_zlib_memory = true, haproxy_process_max_zlib_memory = true }
    watcher:becomes(1, 'up{job="haproxy"}')
    farm:traffic(1, "www", 5)
    local have = {}
    for _, name in ipairs(watcher:ask("/api/v1/label/__name__/values", { ["match[]"] = '{job="haproxy"}' }).data) do
      have[name] = true
    end
    for _, row in ipairs(known) do
      local major, minor = row[3]:match "^(%d+)%.(%d+)$"
      if tonumber(major) * 100 + tonumber(minor) <= haproxy.version() and not others[row[1]] then
        assert.is_true(have[row[1]], row[1])
      end
    end
  end)

  it("has a dashboard of which each panel shows something", function()
    local dashboard = assert(json.decode(serving.read(FOLDER .. "dashboard.json")))
    watcher:becomes(1, "max(haproxy_server_status{job='haproxy',server='app2',state='DOWN'})")
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
