local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local function set(list)
  local found = {}
  for _, name in ipairs(list) do
    assert.is_nil(found[name], name .. " stands there twice")
    found[name] = true
  end
  return found
end

describe("haproxyadmin", function()
  it("has one constructor with two names", function()
    assert.equal("function", type(haproxyadmin.HAProxy))
    assert.equal(haproxyadmin.HAProxy, haproxyadmin.new)
  end)

  it("says its version", function()
    assert.matches("^haproxyadmin %d+%.%d+%.%d+$", haproxyadmin._VERSION)
  end)

  it("has the states", function()
    assert.same(
      { "enable", "disable", "ready", "drain", "maint" },
      {
        haproxyadmin.STATE_ENABLE,
        haproxyadmin.STATE_DISABLE,
        haproxyadmin.STATE_READY,
        haproxyadmin.STATE_DRAIN,
        haproxyadmin.STATE_MAINT,
      }
    )
    assert.same({ "enable", "disable", "ready", "drain", "maint" }, haproxyadmin.VALID_STATES)
  end)

  it("has its parts", function()
    assert.equal("table", type(haproxyadmin.errors))
    assert.equal("function", type(haproxyadmin.is_error))
    for _, name in ipairs {
      "converter",
      "calculate",
      "compare_values",
      "elements_of_list_same",
      "isint",
      "check_output",
      "check_command",
      "check_command_addr_port",
      "info2dict",
      "stat2dict",
      "is_unix_socket",
      "connected_socket",
    } do
      assert.equal("function", type(haproxyadmin.utils[name]), name)
    end
  end)

  it("sets no globals", function()
    local names = {}
    for name in pairs(_G) do
      names[name] = true
    end
    for name in pairs(package.loaded) do
      if name:match "^haproxyadmin" then
        package.loaded[name] = nil
      end
    end
    require "haproxyadmin"
    for name in pairs(_G) do
      assert.is_true(names[name], name)
    end
  end)
end)

describe("metric lists", function()
  local lists = {
    process = set(haproxyadmin.HAPROXY_METRICS),
    frontend = set(haproxyadmin.FRONTEND_METRICS),
    backend = set(haproxyadmin.BACKEND_METRICS),
    server = set(haproxyadmin.SERVER_METRICS),
  }
  local sums, averages = set(haproxyadmin.METRICS_SUM), set(haproxyadmin.METRICS_AVG)

  it("have what scripts ask for most", function()
    for kind, names in pairs {
      process = { "CumReq", "Uptime_sec", "Idle_pct", "ZlibMemUsage", "Process_num", "PoolUsed_bytes", "CurrStreams" },
      frontend = { "req_tot", "slim", "h1_total_connections", "quic_sent_pkt", "comp_in" },
      backend = { "stot", "act", "qtime", "agg_server_status", "h2_open_connections" },
      server = { "stot", "throttle", "qlimit", "slim", "uweight", "check_duration", "priv_idle_cur" },
    } do
      for _, name in ipairs(names) do
        assert.is_true(lists[kind][name], kind .. " " .. name)
      end
    end
  end)

  it("sum and average what they say", function()
    assert.is_true(sums.CumReq and sums.bin and sums.slim and sums.MaxConnRate)
    assert.is_true(averages.weight and averages.qtime and averages.Idle_pct and averages.SslFrontendSessionReuse_pct)
    assert.is_nil(sums.Idle_pct or sums.Process_num or averages.Process_num)
    local rules = core.metrics().rule
    for name in pairs(sums) do
      assert.equal("sum", rules[name])
    end
    for name in pairs(averages) do
      assert.equal("avg", rules[name])
    end
  end)

  it("hold numbers only", function()
    for _, names in pairs(lists) do
      for _, name in ipairs { "status", "mode", "check_code", "check_status", "iid", "Pid", "Version", "node" } do
        assert.is_nil(names[name])
      end
    end
  end)
end)
