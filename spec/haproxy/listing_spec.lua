-- What the core writes of many objects says what each of them says.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local json = require "dkjson"
local metrics = require "haproxyadmin.base.metrics"

describe("objects in columns", function()
  local farm, snapshot

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], timeout = 10 }
    second:backend("app"):server("app2"):setstate "drain"
    second:backend("app"):server("app2"):setweight(7)
    second:close()
    local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    snapshot = hap:snapshot()
  end)

  teardown(function()
    farm:stop()
  end)

  local function listed(objects, columns, form, plain)
    local pieces = {}
    for piece in core.listing(objects, columns, form, plain) do
      pieces[#pieces + 1] = piece
    end
    return table.concat(pieces)
  end

  -- The columns of all metrics of a kind, by their own rules.
  local function columns_of(kind)
    local columns = { { key = "processes", what = "processes" } }
    for name, number in pairs(metrics.number[kind]) do
      columns[#columns + 1] = { key = name, what = "metric", metric = number }
    end
    return columns
  end

  local function each(list, index)
    local found = {}
    for i, entry in ipairs(list) do
      found[i] = entry[index] == nil and "" or entry[index]
    end
    return found
  end

  it("has every metric of every object", function()
    for kind, objects in pairs {
      frontend = snapshot:frontends(),
      backend = snapshot:backends(),
      server = snapshot:servers(),
    } do
      local columns = columns_of(kind)
      local records = json.decode("[" .. listed(objects, columns, "json") .. "]")
      assert.equal(#objects, #records)
      local values, differing = core.cells(objects, columns)
      for i, object in ipairs(objects) do
        assert.same(core.process_nb(object), records[i].processes)
        assert.same(core.process_nb(object), values[1][i])
        for place = 2, #columns do
          local column = columns[place]
          local value, differs = core.metric(object, column.metric)
          local told = records[i][column.key]
          local words = kind .. " " .. core.name(object) .. " " .. column.key
          assert.equal(value, told, words)
          assert.equal(value, values[place][i], words)
          if differs then
            assert.same(each(core.values(object, column.metric), 2), records[i].differs[column.key], words)
            assert.same(each(core.values(object, column.metric), 2), differing[place][i], words)
          else
            assert.is_nil(differing[place][i])
          end
        end
      end
    end
  end)

  it("names objects, in the order in which they are given", function()
    local backend = snapshot:backend "app"
    local servers = { backend:server "app3", backend:server "app1" }
    local columns = { { key = "backend", what = "proxy" }, { key = "server", what = "name" } }
    assert.equal("app\tapp3\napp\tapp1\n", listed(servers, columns, "tsv"))
    assert.equal("app,app3\r\napp,app1\r\n", listed(servers, columns, "csv", true))
    assert.equal(
      '{"backend":"app","server":"app3"}\n{"backend":"app","server":"app1"}\n',
      listed(servers, columns, "ndjson")
    )
    local rule = { key = "weight", what = "metric", metric = metrics.number.server.weight, rule = "same" }
    assert.equal("10|7\n", listed({ backend:server "app2" }, { rule }, "tsv"))
    local up = 0
    for _, server in ipairs(backend:servers()) do
      local status = server:get "status"
      up = up + ((status == "no check" or status and status:find "^UP") and 1 or 0)
    end
    local serving = { key = "up", what = "servers_up" }
    local values = core.cells({ backend }, { serving, columns[1], columns[2] })
    assert.same({ { up }, { "app" }, { "app" } }, values)
    assert.equal(("app\t%d\n"):format(up), listed({ backend }, { columns[1], serving }, "tsv"))
  end)

  it("is of some objects of one kind and reading", function()
    local columns = { { key = "backend", what = "proxy" } }
    local server, backend = snapshot:servers()[1], snapshot:backends()[1]
    for _, wrong in ipairs {
      { {}, columns, "tsv" },
      { { server, backend }, columns, "tsv" },
      { { 1 }, columns, "tsv" },
      { { server }, columns, "xml" },
      { { server }, { { key = "backend", what = "nothing" } }, "tsv" },
      { { server }, { { key = "scur", what = "metric" } }, "tsv" },
      { { server }, { 1 }, "tsv" },
    } do
      assert.is_false((pcall(core.listing, wrong[1], wrong[2], wrong[3])))
      assert.equal(wrong[3] == "xml", (pcall(core.cells, wrong[1], wrong[2])))
    end
  end)
end)
