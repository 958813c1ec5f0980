local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local farms = require "spec.support.transport_farms"
local haproxy = require "spec.support.haproxy"
local nginx = require "spec.support.nginx"
local suite = require "spec.support.transport_suite"

-- Blocks that run the shared suite in a phase, and print a line for each check.
local run_suite = [[
  local suite = require "spec.support.transport_suite"
  local core = require "haproxyadmin.core"
  local function run()
    local env = %s
    env.now = core.now
    local lines = {}
    for i, result in ipairs(suite.run(env)) do
      lines[i] = (result[2] and "ok " or "not ok ") .. result[1] .. " " .. (result[3] or "")
    end
    return table.concat(lines, "\n")
  end
]]

local server = [[
  location /content {
    content_by_lua_block {
      {suite}
      ngx.print(run())
    }
  }
  location /access {
    access_by_lua_block {
      {suite}
      ngx.ctx.text = run()
    }
    content_by_lua_block { ngx.print(ngx.ctx.text) }
  }
  location /timer {
    content_by_lua_block {
      {suite}
      local text
      ngx.timer.at(0, function()
        local ok, result = pcall(run)
        text = tostring(result)
      end)
      repeat ngx.sleep(0.01) until text
      ngx.print(text)
    }
  }
  location /built_in_init {
    content_by_lua_block { ngx.print(hap:frontend("www").name, #hap:processes()) }
  }
  location /idle { content_by_lua_block { ngx.print(ngx.shared.haproxy:get "stalling" or 0) } }
  location /opens {
    content_by_lua_block {
      local transport = require "haproxyadmin.transport.ngx"
      local opened = assert(transport:open("{live}", transport:now() + 20))
      package.loaded.opened = opened
      assert(opened:send("show", transport:now() + 20))
      ngx.sleep(1)
      local info = opened:send(" info\n", transport:now() + 20) and opened:receive(transport:now() + 20)
      ngx.print(tostring(info):sub(1, 5))
    }
  }
  location /uses {
    content_by_lua_block {
      local transport = require "haproxyadmin.transport.ngx"
      local core = require "haproxyadmin.core"
      local opened = package.loaded.opened
      if not opened then
        ngx.status = 503
        return ngx.print "not yet"
      end
      local deadline = transport:now() + 20
      local session = core.session("prompt", 1000)
      session:ask("show info", "info")
      local request = { address = "{live}", line = session:line(), reply = session, connection = opened }
      ngx.print(
        select(2, opened:send("show info", deadline)), " ",
        select(2, opened:receive(deadline)), " "
      )
      transport:exchange({ request }, deadline)
      ngx.print(request.code, " ", tostring(request.sent), " ")
      if ngx.var.arg_close then
        opened:close()
      end
      ngx.print((select(2, opened:send("x", deadline))))
    }
  }
  location /stall {
    content_by_lua_block {
      local hap = require("haproxyadmin").HAProxy {
        sockets = { "{live}", "{stalled}" }, timeout = 2, retry = false,
      }
      ngx.shared.haproxy:incr("stalling", 1, 0)
      local _, err = hap:frontends { die = false }
      ngx.shared.haproxy:incr("stalling", -1)
      ngx.print(err.name)
    }
  }
  location /backend {
    content_by_lua_block {
      local ok, result = pcall(function() return hap:backend("app").status end)
      ngx.print(tostring(result))
    }
  }
  location /metamethods {
    content_by_lua_block {
      local haproxyadmin = require "haproxyadmin"
      local native = require "haproxyadmin.transport.native"
      local transport = require "haproxyadmin.transport.ngx"
      local another = haproxyadmin.HAProxy { socket_dir = "{folder}", timeout = 10 }
      local batch
      hap:batch(function(b) batch = b end)
      local objects = {
        unasked, another, hap:snapshot(), hap:frontend "www", hap:backend "app", hap:server("app2")[1],
        hap:processes()[1], hap:servers(), batch, select(2, hap:frontend("nosuch", { die = false })),
      }
      local calls, kept = 0, {}
      for _, owner in ipairs { native, transport } do
        for _, name in ipairs { "exchange", "sleep" } do
          local original = owner[name]
          kept[#kept + 1] = function() owner[name] = original end
          owner[name] = function(...)
            calls = calls + 1
            return original(...)
          end
        end
      end
      local found = {}
      for _, object in ipairs(objects) do
        for name, metamethod in pairs(getmetatable(object)) do
          if type(metamethod) == "function" and name ~= "__index" and name ~= "__newindex" and name ~= "__gc" then
            found[name] = true
            if name == "__tostring" then
              tostring(object)
            else
              metamethod(object, object)
            end
          end
        end
      end
      objects, another, batch = nil, nil, nil
      collectgarbage()
      collectgarbage()
      for _, restore in ipairs(kept) do
        restore()
      end
      local names = {}
      for name in pairs(found) do
        names[#names + 1] = name
      end
      table.sort(names)
      ngx.print(calls, " ", table.concat(names, " "))
    }
  }
  location /clock {
    content_by_lua_block {
      local now, set_back = ngx.now, 0
      ngx.now = function()
        set_back = set_back + 100
        return now() - set_back
      end
      local hap = require("haproxyadmin").HAProxy {
        sockets = { "{live}", "{stalled}" }, timeout = 0.5, retry = false,
      }
      local _, err = hap:frontends { die = false }
      ngx.now = now
      ngx.print(err.name)
    }
  }
  location /no_resolver {
    content_by_lua_block {
      local _, err = require("haproxyadmin").HAProxy { socket_file = "tcp@nobody.invalid:1", die = false }
      ngx.print(tostring(err))
    }
  }
  location /no_receiveany {
    content_by_lua_block {
      local methods = getmetatable(ngx.socket.tcp()).__index
      local receiveany = methods.receiveany
      methods.receiveany = nil
      local _, err = require("haproxyadmin").HAProxy { socket_file = "{live}", die = false }
      local _, asked = hap:frontends { die = false }
      methods.receiveany = receiveany
      ngx.print(asked.name, " ", asked.code, " ", asked.message, "\n", tostring(err))
    }
  }
  location /abandoned {
    lua_check_client_abort on;
    content_by_lua_block {
      ngx.shared.haproxy:incr("begun", 1, 0)
      local hap = require("haproxyadmin").HAProxy {
        sockets = { "{live}", "{stalled}" }, timeout = 3, retry = false,
      }
      hap:frontends { die = false }
      ngx.shared.haproxy:incr("ended", 1, 0)
    }
  }
  location /set {
    set_by_lua_block $answer { return ask() }
    content_by_lua_block { ngx.print(ngx.var.answer) }
  }
  location /log {
    content_by_lua_block { ngx.print "logged" }
    log_by_lua_block { ngx.shared.haproxy:set("log", ask()) }
  }
  location /body_filter {
    content_by_lua_block { ngx.print "body" }
    body_filter_by_lua_block { ngx.arg[1] = ngx.arg[2] and ask() or nil }
  }
  location /balancer { proxy_pass http://balanced; }
  location /kept {
    content_by_lua_block { ngx.print(ngx.shared.haproxy:get(ngx.var.arg_key) or "nothing") }
  }
  location /filter {
    content_by_lua_block { ngx.print "body" }
    header_filter_by_lua_block {
      local _, err = hap:frontends { die = false }
      ngx.header["X-Error"] = err.name .. " " .. err.code .. " " .. err.message
      local native = require("haproxyadmin").HAProxy { socket_file = "{live}", transport = "native" }
      ngx.header["X-Native"] = native:frontend("www").name
    }
  }
]]

local http = [[
  init_by_lua_block {
    hap = require("haproxyadmin").HAProxy { socket_dir = "{folder}", timeout = 5 }
    unasked = require("haproxyadmin").HAProxy { socket_dir = "{folder}" }

    -- What a call gets here, from an object built here.
    function ask()
      local object = require("haproxyadmin").HAProxy { socket_dir = "{folder}" }
      local _, err = object:frontends { die = false }
      return err.code .. " " .. err.message
    end

    ngx.shared.haproxy:set("init", ask())
  }
  init_worker_by_lua_block { ngx.shared.haproxy:set("init_worker", ask()) }
  upstream balanced {
    server 0.0.0.1;
    balancer_by_lua_block {
      ngx.shared.haproxy:set("balancer", ask())
      ngx.exit(500)
    }
  }
]]

describe("in nginx", function()
  local started, web

  setup(function()
    started = farms.start()
    local env = started.env
    local values = { suite = run_suite:format(started:literal()) }
    for key, value in pairs(env) do
      values[key] = tostring(value)
    end
    local function fill(text)
      return (text:gsub("{(%w+)}", values))
    end
    web = nginx.start(fill(http), fill(server))
  end)

  teardown(function()
    if web then
      web:stop()
    end
    if started then
      started:stop()
    end
  end)

  for _, phase in ipairs { "content", "access", "timer" } do
    it("the transport passes what every transport must pass, in " .. phase, function()
      local _, text = web:get("/" .. phase)
      local count = 0
      for line in text:gmatch "[^\n]+" do
        assert.matches("^ok ", line)
        count = count + 1
      end
      assert.equal(suite.count(), count, text)
    end)
  end

  it("an object that init_by_lua built works in a request", function()
    local status, text = web:get "/built_in_init"
    assert.equal(200, status)
    assert.equal("www4", text)
  end)

  it("a kept connection is of no use to another request, and no harm", function()
    local owner = io.popen(("curl -s --unix-socket %s/http.sock http://nginx/opens"):format(web.dir))
    local text
    assertions.eventually(function()
      local status
      status, text = web:get "/uses"
      return status == 200
    end)
    assert.equal("closed closed closed false closed", text)
    assert.equal("Name:", owner:read "*a")
    owner:close()
    for _ = 1, 2 do
      text = select(2, web:get "/uses?close=1")
      assert.equal("closed closed closed false closed", text)
    end
  end)

  it("a phase without cosockets gets an error that says so, and native where asked for", function()
    local _, text = web:get("/filter", "-i")
    assert.matches("X%-Error: ValueError unsupported .*phase 'header_filter'", text)
    assert.matches("X%-Native: www", text)
  end)

  it("no phase without cosockets asks anybody", function()
    web:get "/log"
    web:get "/balancer"
    for _, phase in ipairs { "init", "init_worker", "log", "balancer" } do
      local _, text = web:get("/kept?key=" .. phase)
      assert.matches(("^unsupported .*phase '%s' has no cosockets: "):format(phase), text)
    end
    for _, phase in ipairs { "set", "body_filter" } do
      local _, text = web:get("/" .. phase)
      assert.matches(("^unsupported .*phase '%s' has no cosockets: "):format(phase), text)
    end
  end)

  it("metamethods ask nobody", function()
    local _, text = web:get "/metamethods"
    assert.equal("0 __close __eq __tostring", text)
  end)

  it("deadlines hold while the time of day is set", function()
    local start = core.now()
    local _, text = web:get "/clock"
    assert.equal("SocketTimeout", text)
    assert.is_true(core.now() - start < 60)
  end)

  it("a host name without a resolver is told as that", function()
    local _, text = web:get "/no_resolver"
    assert.matches("no resolver defined", text)
  end)

  it("cosockets that are too old are told as that", function()
    local _, text = web:get "/no_receiveany"
    local asked, built = text:match "^(.*)\n(.*)$"
    assert.matches("^ValueError unsupported .*'ngx' needs .*'receiveany': lua%-nginx%-module 0%.10%.14 or later", asked)
    assert.matches("ValueError: .*lua%-nginx%-module 0%.10%.14 or later", built)
    assert.equal("UP", (select(2, web:get "/backend")))
  end)

  local function median(list)
    table.sort(list)
    return list[math.floor(#list / 2) + 1]
  end

  -- Seconds that each of n requests took, in one client on one connection.
  local function times(n)
    local _, text = haproxy.shell(
      ("curl -s -w '%%{time_total}\\n' -o /dev/null --unix-socket %s/http.sock 'http://nginx/idle?[1-%d]'"):format(
        web.dir,
        n
      )
    )
    local list = {}
    for value in text:gmatch "[%d.]+" do
      list[#list + 1] = tonumber(value)
    end
    assert.equal(n, #list)
    return list
  end

  it("other requests are served while a process stalls", function()
    -- How many requests wait for it while this one is answered, by the same worker.
    local function stalling()
      return tonumber((select(2, web:get "/idle")))
    end
    local best = math.huge
    for _ = 1, 20 do
      local idle = median(times(400))
      -- Blocking would keep this one from being answered before they are.
      assertions.eventually(function()
        haproxy.shell(("curl -s --unix-socket %s/http.sock http://nginx/stall >/dev/null 2>&1 &"):format(web.dir))
        return stalling() >= 2
      end)
      best = math.min(best, median(times(400)) / idle)
      assertions.eventually(function()
        return stalling() == 0
      end)
      if best <= 1.1 then
        break
      end
    end
    assert.is_true(best <= 1.1, best)
    local _, text = web:get "/stall"
    assert.equal("SocketTimeout", text)
  end)

  -- Some time after the last request nginx holds no more descriptors than before.
  local function comes_back_to(before)
    assertions.eventually(function()
      return web:descriptors() <= before
    end)
  end

  it("a thousand requests at once each read a backend, and no descriptor is left", function()
    local before = web:descriptors()
    local _, text = haproxy.shell(
      ("curl -s --parallel --parallel-immediate --parallel-max 200 --unix-socket %s/http.sock "):format(web.dir)
        .. "'http://nginx/backend?[1-1000]' --max-time 60"
    )
    local _, count = text:gsub("UP", "")
    assert.equal(1000, count, text:sub(1, 2000))
    comes_back_to(before)
  end)

  it("a client that goes away in mid exchange leaves nothing behind", function()
    local before = web:descriptors()
    for _ = 1, 10 do
      haproxy.shell(("curl -s --max-time 0.1 --unix-socket %s/http.sock http://nginx/stall"):format(web.dir))
    end
    comes_back_to(before)
    local _, text = web:get "/backend"
    assert.equal("UP", text)
  end)

  it("a request that ends with its client takes its connections along", function()
    local before = web:descriptors()
    assertions.eventually(function()
      haproxy.shell(("curl -s --max-time 0.5 --unix-socket %s/http.sock http://nginx/abandoned"):format(web.dir))
      return (tonumber((select(2, web:get "/kept?key=begun"))) or 0) >= 5
    end)
    comes_back_to(before)
    core.sleep(3)
    assert.equal("nothing", (select(2, web:get "/kept?key=ended")))
    assert.equal("UP", (select(2, web:get "/backend")))
  end)

  it("a reload of nginx meanwhile disturbs no request", function()
    local file = web.dir .. "/meanwhile.txt"
    haproxy.shell(
      ("(curl -s --unix-socket %s/http.sock http://nginx/stall >%s) >/dev/null 2>&1 &"):format(web.dir, file)
    )
    core.sleep(0.3)
    web:reload()
    for _ = 1, 20 do
      local _, text = web:get "/backend"
      assert.equal("UP", text)
    end
    local deadline, text = core.now() + 30
    repeat
      core.sleep(0.1)
      text = select(2, haproxy.shell("cat " .. file))
    until text ~= "" or core.now() > deadline
    assert.equal("SocketTimeout", text)
  end)

  it("writes no error to nginx's log", function()
    assert.is_nil(web:log():match "lua entry thread aborted[^\n]*")
    assert.is_nil(web:log():match "%[alert%][^\n]*")
  end)
end)
