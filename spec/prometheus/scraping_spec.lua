-- A real Prometheus scrapes `haproxyadmin serve` over reloads, kills and hostile texts.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local prometheus = require "spec.support.prometheus"
local serving = require "spec.support.serving"

describe("Prometheus", function()
  local farm, hostile, served, other, watcher

  local config = [[
frontend www
  option socket-stats
  bind unix@{dir}/www{n}.sock name door
  default_backend app
backend app
  stick-table type ip size 500 expire 10m
  option httpchk
  server app1 127.0.0.1:9 check inter 500ms
  server app2 127.0.0.1:9 disabled
]]

  -- What nobody would write, in every place where HAProxy takes a text as it is.
  local hostile_global = [[
  description "a \"quoted\" text, with a \\ and a {brace=\"x\"} and ]] .. "\195\188 \255" .. [["
]]

  setup(function()
    farm = haproxy.start { processes = 4, origin = false, config = config }
    hostile = haproxy.start {
      processes = 1,
      origin = false,
      global = hostile_global,
      config = "frontend a.b:c-d_e\n  bind unix@{dir}/odd{n}.sock\nbackend x:y\n  server 1.2:3-_ 127.0.0.1:9\n",
    }
    -- Much was counted before anybody looked: where sums of raw numbers fall, that is what comes back.
    for n = 1, 4 do
      farm:traffic(n, "www", 3000)
    end
    served, other = serving.start(farm:folder()), serving.start(hostile:folder())
    watcher = prometheus.start {
      { name = "all", port = served.port },
      { name = "each", port = served.port, params = '{process: ["*"], scope: [frontend]}' },
      { name = "second", port = served.port, params = '{process: ["2"]}' },
      { name = "some", port = served.port, params = "{scope: [frontend, backend], no-maint: ['1']}" },
      { name = "others", port = served.port, params = '{scope: [listener, sticktable, resolver]}' },
      { name = "hostile", port = other.port },
    }
  end)

  teardown(function()
    for _, part in ipairs { watcher, served, other, farm, hostile } do
      part:stop()
    end
  end)

  local requests = 'haproxy_frontend_http_requests_total{job="all",proxy="www"}'

  it("takes every view, whatever names and texts there are", function()
    for _, job in ipairs { "all", "each", "second", "some", "others", "hostile" } do
      watcher:becomes(1, ('up{job="%s"}'):format(job))
      assert.equal("", watcher:targets()[job].lastError)
    end
    watcher:becomes(0, requests)
    assert.is_true(watcher:value 'haproxy_frontend_http_requests_total{job="second",proxy="www"}' >= 3000)
    assert.equal(4, #watcher:query 'haproxy_frontend_http_requests_total{job="each",proxy="www"}')
    assert.equal(0, #watcher:query '{job="some",__name__=~"haproxy_server_.*"}')
    assert.equal(500, watcher:value 'haproxy_sticktable_size{job="others",name="app",type="ip"}')
    assert.equal(1, watcher:value 'haproxy_listener_status{job="others",listener="door",state="OPEN"}')
    assert.equal(0, #watcher:query '{job="others",__name__=~"haproxy_frontend_.*"}')
    assert.equal(1, #watcher:query 'haproxy_server_status{job="hostile",server="1.2:3-_",state="UP"}')
    assert.equal(1, #watcher:query 'haproxy_frontend_status{job="hostile",proxy="a.b:c-d_e",state="UP"} == 1')
    local found = watcher:query 'haproxy_process_description{job="hostile"}'
    assert.equal('a "quoted" text, with a \\ and a {brace="x"} and \195\188 \239\191\189', found[1][1].desc)
  end)

  it("sees each request once, over reloads, kills and cleared counters", function()
    local truth = 0
    local function traffic(n, count)
      farm:traffic(n, "www", count)
      truth = truth + count
    end
    local function settles()
      watcher:becomes(truth, requests)
    end
    local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    for n = 1, 4 do
      traffic(n, 100 * n)
    end
    settles()
    farm:reload(1)
    traffic(1, 50)
    traffic(2, 70)
    settles()
    farm:kill(3)
    watcher:becomes(3, 'sum(haproxyadmin_process_up{job="all"})')
    watcher:becomes(1, 'up{job="all"}')
    traffic(4, 80)
    settles()
    farm:reload(3)
    traffic(3, 40)
    settles()
    hap:clearcounters(true)
    traffic(2, 30)
    settles()
    for n = 1, 4 do
      farm:reload(n)
    end
    for n = 1, 4 do
      traffic(n, 10 * n)
    end
    settles()
    watcher:becomes(6, 'sum(haproxyadmin_process_restarts_total{job="all"})')

    assert.equal(0, watcher:value(("resets(%s[10m])"):format(requests)))
    -- At the time of the last sample nothing is added for what may have come behind it.
    local time = ("%.3f"):format(watcher:value(("timestamp(%s)"):format(requests)))
    local seen = watcher:value(("increase(%s[10m])"):format(requests), time)
    assert.is_true(math.abs(seen - truth) <= truth / 100, ("%s instead of %d"):format(seen, truth))
    -- No rate that was not there: the most in five seconds was less than all of it.
    local peak = watcher:value(("max_over_time(rate(%s[5s])[10m:1s])"):format(requests))
    assert.is_true(peak > 0 and peak <= truth / 4, tostring(peak))
  end)

  it("is told when nobody answers", function()
    for n = 1, 4 do
      farm:kill(n)
    end
    watcher:becomes(0, 'up{job="all"}')
    assert.matches("503", watcher:targets().all.lastError)
    farm:reload(4)
    watcher:becomes(1, 'up{job="all"}')
    watcher:becomes(1, 'sum(haproxyadmin_process_up{job="all"})')
  end)
end)
