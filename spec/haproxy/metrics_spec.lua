local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local metrics = require "haproxyadmin.base.metrics"

-- What HAProxy itself says of each field, in its typed output (management
-- guide, 9.2): format and origin, nature, scope.
describe("the metrics", function()
  local natures = { C = "sum", G = "sum", R = "sum", L = "sum", A = "min", a = "avg", D = "max", M = "max", m = "min" }

  -- Fields whose nature says nothing about several processes: numbers that are
  -- configured, and what names a thing.
  local own_rule = {
    Nbthread = "max",
    Nbproc = "max",
    NbThreadGroups = "max",
    Process_num = "max",
    check_rise = "max",
    check_fall = "max",
    check_health = "min",
    agent_rise = "max",
    agent_fall = "max",
    agent_health = "min",
    srid = "max",
    Idle_pct = "avg",
    SslFrontendSessionReuse_pct = "avg",
    Pid = "same",
    pid = "same",
    iid = "same",
    sid = "same",
    type = "same",
  }
  local in_lists = {}
  for _, name in ipairs(haproxyadmin.METRICS_SUM) do
    in_lists[name] = "sum"
  end
  for _, name in ipairs(haproxyadmin.METRICS_AVG) do
    in_lists[name] = in_lists[name] or "avg"
  end

  local function expected(name, nature, kind)
    if kind == "str" then
      return "same"
    end
    return own_rule[name] or in_lists[name] or natures[nature]
  end

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
    hap = haproxyadmin.HAProxy { socket_file = farm.sockets[1] }
  end)

  teardown(function()
    farm:stop()
  end)

  local kinds = { F = "frontend", B = "backend", S = "server" }

  it("of frontends, backends and servers have the rule of their nature", function()
    local count = 0
    for _, line in ipairs(hap:command("show stat typed")[1][2]) do
      local object, name, nature, kind = line:match "^(%u)%.%d+%.%d+%.%d+%.([^.]+)%.%d+:.(%a).%a?:(%w+):"
      if kinds[object] then
        count = count + 1
        assert.is_truthy(metrics.number[kinds[object]][name], object .. " " .. name)
        assert.equal(expected(name, nature, kind), metrics.rule[name], name)
      end
    end
    assert.is_true(count > 120, count)
  end)

  it("of processes have the rule of their nature", function()
    local count = 0
    for _, line in ipairs(hap:command("show info typed")[1][2]) do
      local name, nature, kind = line:match "^%d+%.([^.]+)%.%d+:.(%a).%a?:(%w+):"
      count = count + 1
      assert.is_truthy(metrics.number.process[name], name)
      assert.equal(expected(name, nature, kind), metrics.rule[name], name)
    end
    assert.is_true(count > 60)
  end)
end)
