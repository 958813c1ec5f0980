local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

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
      hap = haproxyadmin.HAProxy { sockets = sockets, timeout = 10 }
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
      local third = haproxyadmin.HAProxy { socket_file = sockets[2], timeout = 10 }
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

  describe("a master with two workers that serve", function()
    local m, own, hap

    before_each(function()
      m = master.start {
        global = "  nbproc 2\n"
          .. "  stats socket {dir}/process1.sock mode 600 level admin process 1\n"
          .. "  stats socket {dir}/process2.sock mode 600 level admin process 2\n",
      }
      own = haproxyadmin.Master { socket = m.socket, timeout = 10 }
      hap = own:haproxy { retry_interval = 0.05 }
    end)

    after_each(function()
      m:stop()
    end)

    -- The same processes by their own sockets.
    local function by_sockets()
      return haproxyadmin.HAProxy { sockets = { m.dir .. "/process1.sock", m.dir .. "/process2.sock" }, timeout = 10 }
    end

    local function weights()
      local found = {}
      for i, entry in ipairs(hap:command "get weight app/s1") do
        found[i] = tonumber(entry[2][1]:match "^%d+")
      end
      return found
    end

    it("is read and told in both of them", function()
      local list = hap:processes()
      assert.same({ 1, 2 }, { list[1].process_nb, list[2].process_nb })
      assert.same(by_sockets().processids, hap.processids)
      for _, process in ipairs(list) do
        assert.equal(process.process_nb, process:info().Process_num)
        assert.equal(0, process.generation)
      end
      local server = hap:backend("app"):server "s1"
      assert.is_true(server:setweight(33))
      assert.equal(33, by_sockets():backend("app"):server("s1").weight)
      list[2]:command "set weight app/s1 44"
      assert.same({ 33, 44 }, weights())
      assert.equal("inconsistent", select(2, server:get "weight").code)
      assert.same({ 1, 2 }, server.process_nb)
      assert.equal(by_sockets():metric "Maxconn", hap:metric "Maxconn")
      assert.equal(2, #own:workers())
      assert.is_true(own:workers()[2].current)
    end)

    it("finds both behind a reload, on a connection that is kept, too", function()
      local kept = own:haproxy { keep = true }
      local server, before = kept:backend("app"):server "s1", hap.processids
      for weight = 21, 25 do
        assert.is_true(server:setweight(weight))
        assert.equal(weight, server.weight)
      end
      assert.is_true(own:reload({ timeout = 60 }).success)
      assert.equal(10, server.weight)
      assert.is_true(server:setweight(26))
      assert.same({ 26, 26 }, weights())
      local now = by_sockets().processids
      assert.same(now, hap.processids)
      assert.same(now, kept.processids)
      assert.are_not.same(before, now)
      assert.same({ 1, 1 }, { kept:processes()[1].generation, kept:processes()[2].generation })
      kept:close()
    end)

    it("counts its old workers, and tells them nothing", function()
      local client = m:client()
      assertions.eventually(function()
        return hap:metric "CurrConns" > 0
      end)
      assert.is_true(own:reload({ timeout = 60 }).success)
      local all = own:haproxy { workers = "all" }
      assertions.eventually(function()
        return #all:processes() == 3
      end)
      assert.is_true(all:backend("app"):server("s1"):setweight(55))
      assert.same({ 55, 55 }, weights())
      local old = own:workers()[3]
      assert.is_false(old.current)
      assert.same({ "10 (initial 10)" }, old:command "get weight app/s1")
      client:close()
    end)

    it("keeps what was set in each of them", function()
      local step, plans = 0, {}
      hap:watch {
        interval = 0.05,
        keep_state = true,
        on_restore = function(plan)
          plans[#plans + 1] = plan
        end,
        on_snapshot = function()
          step = step + 1
          if step == 2 then
            hap:processes()[2]:command "set weight app/s1 66"
          elseif step == 4 then
            assert.is_true(own:reload({ timeout = 60 }).success)
          end
          return step < 6
        end,
      }
      assert.same({ 10, 66 }, weights())
      assert.same({ 1, 1, 2 }, { #plans, plans[1].commands, plans[1].processes[1].process_nb })
    end)
  end)
end
