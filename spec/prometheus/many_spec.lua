-- Ten thousand servers.

local haproxy = require "spec.support.haproxy"
local prometheus = require "spec.support.prometheus"
local serving = require "spec.support.serving"

describe("of 10,000 servers", function()
  local farm, served, watcher
  local COUNT = 10000

  setup(function()
    local proxies = { "frontend www\n  bind unix@{dir}/www{n}.sock\n  default_backend app1\n" }
    for i = 1, 100 do
      proxies[#proxies + 1] = ("backend app%d\n  server-template srv 100 127.0.0.1:9\n"):format(i)
    end
    farm = haproxy.start { processes = 2, origin = false, config = table.concat(proxies) }
    served = serving.start(farm:folder())
    watcher = prometheus.start {
      {
        name = "many",
        port = served.port,
        params = "{metrics: ['haproxy_server_status,haproxy_server_http_responses_total,haproxy_server_weight']}",
        interval = "10s",
      },
      { name = "few", port = served.port, params = "{scope: [global, frontend, backend]}", interval = "2s" },
    }
  end)

  teardown(function()
    for _, part in ipairs { watcher, served, farm } do
      part:stop()
    end
  end)

  it("all metrics of each are well-formed", function()
    local text = served:get "/metrics"
    local status, said = prometheus.promtool("check metrics", text)
    assert.is_true(status == 0 or status == 3, said:sub(1, 2000))
    local _, count = text:gsub('\nhaproxy_server_status{proxy="[^"]*",server="[^"]*",state="UP"} 1', "")
    assert.equal(COUNT, count)
  end)

  it("Prometheus takes what it is asked to take", function()
    watcher:becomes(1, 'up{job="few"}')
    watcher:becomes(100, 'count(haproxy_backend_status{job="few",state="UP"})')
    watcher:becomes(1, 'up{job="many"}')
    watcher:becomes(COUNT, 'sum(haproxy_server_status{job="many",state="UP"})')
    assert.equal(6 * COUNT, watcher:value 'count(haproxy_server_http_responses_total{job="many"})')
  end)
end)
