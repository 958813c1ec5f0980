local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local metrics = require "haproxyadmin.base.metrics"

-- HAProxy's typed output names every field that it has. That each has the rule of
-- its nature, but for those that doc/metrics.md lists, is held by the document's spec.
describe("the metrics", function()
  local farm, hap

  setup(function()
    farm = haproxy.start {
      processes = 1,
      origin = false,
      config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  compression algo gzip
  cookie C insert
  server app1 127.0.0.1:1 cookie a check agent-check agent-port 99 maxconn 5
]],
    }
    hap = haproxyadmin.HAProxy { socket_file = farm.sockets[1], timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  local kinds = { F = "frontend", B = "backend", S = "server" }

  it("of frontends, backends and servers are known, and words are never reckoned with", function()
    local count = 0
    for _, line in ipairs(hap:command("show stat typed")[1][2]) do
      local object, name, kind = line:match "^(%u)%.%d+%.%d+%.%d+%.([^.]+)%.%d+:%a+:(%w+):"
      if kinds[object] then
        count = count + 1
        assert.is_truthy(metrics.number[kinds[object]][name], object .. " " .. name)
        assert.is_true(kind ~= "str" or metrics.rule[name] == "same", name)
      end
    end
    assert.is_true(count > 120, count)
  end)

  it("of processes are known, and words are never reckoned with", function()
    local count = 0
    for _, line in ipairs(hap:command("show info typed")[1][2]) do
      local name, kind = line:match "^%d+%.([^.]+)%.%d+:%a+:(%w+):"
      count = count + 1
      assert.is_truthy(metrics.number.process[name], name)
      assert.is_true(kind ~= "str" or metrics.rule[name] == "same", name)
    end
    assert.is_true(count > 60)
  end)
end)
