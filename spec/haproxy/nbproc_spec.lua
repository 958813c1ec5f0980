local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

-- `nbproc` went with HAProxy 2.5.
if haproxy.version() < 205 then
  describe("one HAProxy of four processes", function()
    local farm, hap, sockets

    setup(function()
      local global = "  nbproc 4\n"
      for n = 1, 4 do
        global = global .. ("  stats socket {dir}/process%d.sock mode 600 level admin process %d\n"):format(n, n)
      end
      farm = haproxy.start {
        processes = 1,
        origin = false,
        global = global,
        config = [[
frontend www
  bind unix@{dir}/www.sock process 3
  default_backend app
frontend second
  bind-process 2
  bind unix@{dir}/second.sock
backend app
  server app1 127.0.0.1:1 weight 10
]],
      }
      sockets = {}
      for n = 4, 1, -1 do
        sockets[#sockets + 1] = ("%s/process%d.sock"):format(farm.dir, n)
      end
      hap = haproxyadmin.HAProxy { sockets = sockets }
    end)

    teardown(function()
      farm:stop()
    end)

    it("numbers them as HAProxy does", function()
      local numbers = {}
      for i, process in ipairs(hap:processes()) do
        numbers[i] = process.process_nb
        assert.equal(process.process_nb, process:info().Process_num)
      end
      assert.same({ 4, 3, 2, 1 }, numbers)
      assert.equal(4, hap:metric "Process_num")
      assert.equal(4, hap:metric "Nbproc")
      local third = haproxyadmin.HAProxy { socket_file = sockets[2] }
      assert.equal(3, third:processes()[1].process_nb)
    end)

    it("knows which of them have a proxy", function()
      assert.same({ 2 }, hap:frontend("second").process_nb)
      assert.same({ 4, 3, 2, 1 }, hap:backend("app").process_nb)
      assert.equal("OPEN", hap:frontend("second").status)
      assert.is_true(hap:frontend("second"):setmaxconn(7))
      assert.equal(7, hap:frontend("second").maxconn)
    end)

    it("changes a server in all of them", function()
      local server = hap:server("app1")[1]
      assert.is_true(server:setweight(33))
      assert.same(assertions.times(4, 33), assertions.column(hap, "app", "app1", "weight"))
      assert.is_true(server:setstate "drain")
      assert.equal("DRAIN", server.status)
    end)

    it("sums over them", function()
      local snapshot = hap:snapshot()
      assert.equal(4 * 33, snapshot:sum("server", "weight"))
      assert.equal(4 * hap:info()[1].Maxconn, hap.maxconn)
      assert.equal(4, #hap.processids)
    end)
  end)
end
