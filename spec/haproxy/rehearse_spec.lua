-- HAProxy:rehearse: what it says would be sent is what is sent, and nothing is, until then.

local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local config = [[
frontend www
  bind unix@{dir}/tls{n}.sock ssl crt-list {dir}/list.txt
  stick-table type string size 1k expire 1h store gpc0
  http-request deny if { path -f {dir}/blocked.acl }
  http-request return status 200 hdr x-site %[path,map({dir}/sites.map,none)]
backend app
  balance roundrobin
  server web1 127.0.0.1:81 weight 10
  server web2 127.0.0.1:82 weight 10
]]

-- The commands of what fills a map: lines, or one with its payload.
local function commands_of(window)
  local head = window:gsub("^prompt\n", ""):gsub("@%d+ ", "@<ver> ")
  local lines = {}
  for line in head:gmatch "[^\n]+" do
    lines[#lines + 1] = line
    if line:find(" <<%S*$") then
      break
    end
  end
  return lines
end

-- A transport that writes down the commands that change something: {process's address = {line, ...}}.
local function recorder()
  -- Each of the windows that fill a map is an exchange.
  local transport = setmetatable({ sent = {}, goes_on = false, exchanges = 0 }, { __index = native })
  function transport:exchange(requests, deadline)
    local found = false
    for _, request in ipairs(requests) do
      local commands = request.job and commands_of(request.line) or not request.safe and request.commands
      if commands then
        local lines = self.sent[request.address] or {}
        self.sent[request.address], found = lines, true
        for _, command in ipairs(commands) do
          lines[#lines + 1] = command:match("^[^\n]*"):gsub(" <<%S*$", " <<"):gsub("^(commit map )@%d+", "%1@<ver>")
        end
      end
    end
    self.exchanges = self.exchanges + (found and 1 or 0)
    native:exchange(requests, deadline)
  end
  return transport
end

describe("HAProxy:rehearse", function()
  local dir, farm, hap, transport, pem

  setup(function()
    dir = haproxy.temporary_folder()
    certificates.site(dir, "site")
    certificates.site(dir, "other")
    local file = assert(io.open(dir .. "/other.pem"))
    pem = file:read "*a"
    file:close()
    haproxy.write(dir .. "/list.txt", dir .. "/site.pem\n")
    haproxy.write(dir .. "/sites.map", "/one first\n")
    haproxy.write(dir .. "/blocked.acl", "/blocked\n/admin\n")
    farm = haproxy.start {
      processes = 2,
      origin = false,
      global = "  nbthread 1\n",
      config = config:gsub("{dir}/list.txt", dir .. "/list.txt"):gsub("{dir}/(%l+%.%l%l%l)", dir .. "/%1"),
    }
    transport = recorder()
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, retry = false, transport = transport }
  end)

  teardown(function()
    hap:close()
    farm:stop()
    haproxy.shell("rm -rf " .. dir)
  end)

  local function lines_of(plan)
    local lines = {}
    for i, process in ipairs(plan.processes) do
      lines[i] = process.commands
    end
    return lines
  end

  local function sent_lines()
    local lines = {}
    for _, address in ipairs(farm.sockets) do
      lines[#lines + 1] = transport.sent[address]
    end
    return lines
  end

  -- Rehearses, sees that nothing was sent, does it, and compares.
  local function holds(fn)
    transport.sent = {}
    local plan = hap:rehearse(fn)
    assert.same({}, transport.sent)
    assert.is_true(#plan.processes > 0)
    fn()
    assert.same(sent_lines(), lines_of(plan))
    return plan
  end

  it("says what stick tables, maps and servers are sent", function()
    local plan = holds(function()
      hap:table("www"):set("/a", { gpc0 = 7 })
    end)
    assert.equal(
      "2 commands in 1 exchange\nprocesses 1, 2:\n  set table www key /a data.gpc0 7",
      tostring(plan)
    )
    holds(function()
      return hap:table("www"):clear { "gpc0", "gt", 6 }
    end)
    holds(function()
      hap:map(dir .. "/sites.map"):add("/two", "a b")
    end)
    holds(function()
      hap:map(dir .. "/sites.map"):clear()
    end)
    local web1 = hap:server("web1", "app")[1]
    holds(function()
      web1:setaddress("127.0.0.1", 83)
      return web1:setweight(3)
    end)
    holds(function()
      return hap:batch(function(batch)
        batch:setweight(web1, 7)
        batch:setmaxconn(web1, 9)
      end)
    end)
    holds(function()
      hap:clearcounters(true)
    end)
    assert.equal(7, web1.weight)
  end)

  it("says what syncs are sent, however many lines that is", function()
    local map = hap:map(dir .. "/sites.map")
    map:sync { { "/one", "first" }, { "/two", "second" } }
    hap:processes()[2]:command(("set map %s/sites.map /two 2nd"):format(dir))
    local wanted = { { "/two", "2nd" }, { "/a;b", "c << d" }, { "/c", "<<d" } }
    local plan = holds(function()
      map:sync(wanted, { mode = "diff" })
    end)
    local path = dir .. "/sites.map"
    assert.equal(("set map %s /two 2nd"):format(path), plan.processes[1].commands[#plan.processes[1].commands - 1])
    assert.equal(("del map %s /one"):format(path), plan.processes[2].commands[#plan.processes[2].commands])
    assert.equal(#plan.processes[1].commands - 1, #plan.processes[2].commands)
    -- Nothing is left to do.
    assert.same({}, hap:rehearse(function()
      map:sync(wanted)
    end).processes)
    for i = 1, 800 do
      wanted[#wanted + 1] = { ("/some/longer/key/%d"):format(i), "value" }
    end
    transport.exchanges = 0
    plan = holds(function()
      map:sync(wanted, { mode = "diff" })
    end)
    assert.is_true(#plan.processes[1].commands >= 2)
    assert.equal(transport.exchanges, plan.exchanges)
    assert.equal(803, map:get "count" or 803)
    if haproxy.version() >= 204 then
      plan = holds(function()
        map:sync({ { "/one", "first" }, { "/three", "x y" } }, { mode = "replace" })
      end)
      assert.same({
        ("prepare map %s"):format(path),
        ("add map @<ver> %s <<"):format(path),
        ("commit map @<ver> %s"):format(path),
      }, plan.processes[1].commands)
    end
    local acl = hap:acl(dir .. "/blocked.acl")
    holds(function()
      acl:sync { "/blocked", "/private" }
    end)
  end)

  it("says what certificates and lists are sent, but no key", function()
    local certificate = hap:certificate(dir .. "/site.pem")
    local before = certificate.fingerprint
    local plan = hap:rehearse(function()
      return certificate:update(pem, { save = dir .. "/site.pem" })
    end)
    assert.equal(before, certificate.fingerprint)
    assert.is_nil(tostring(plan):find("PRIVATE", 1, true))
    assert.matches("\n  set ssl cert [^\n]*site.pem <<\n  commit ssl cert [^\n]*site.pem$", tostring(plan))
    holds(function()
      return certificate:update(pem)
    end)
    holds(function()
      hap:new_certificate(dir .. "/new.pem", pem)
    end)
    holds(function()
      hap:crt_list(dir .. "/list.txt"):add(dir .. "/new.pem", { filters = { "n.test" } })
    end)
    holds(function()
      hap:crt_list(dir .. "/list.txt"):del(dir .. "/new.pem")
    end)
    holds(function()
      hap:certificate(dir .. "/new.pem"):del()
    end)
  end)

  if haproxy.version() >= 206 then
    it("says what servers are sent that come and go", function()
      local backend = hap:backend "app"
      local plan = holds(function()
        backend:add_server { name = "web9", address = "127.0.0.1", port = 99, weight = 33, check = true, inter = "10s" }
      end)
      assert.same({
        "add server app/web9 127.0.0.1:99 check inter 10s weight 33",
        "enable health app/web9",
        "enable server app/web9",
      }, plan.processes[2].commands)
      plan = hap:rehearse(function()
        backend:del_server("web9", { drain = 1, on_timeout = "kill" })
      end)
      assert.same({
        "set server app/web9 state drain",
        "set server app/web9 state maint",
        "shutdown sessions server app/web9",
        "disable server app/web9",
        "del server app/web9",
      }, plan.processes[1].commands)
      assert.is_truthy(hap:server("web9", "app"))
      backend:del_server "web9"
    end)
  end

  it("says of raw commands what would be sent, but no payload", function()
    local path, lines = dir .. "/sites.map"
    local plan = hap:rehearse(function()
      lines = hap:command("set weight app/web2 9")
      hap:processes()[2]:command(("add map %s <<\n/raw secret\n"):format(path))
      return lines
    end)
    assert.same({ { 1, {} }, { 2, {} } }, lines)
    assert.same({
      { process_nb = 1, commands = { "set weight app/web2 9" } },
      { process_nb = 2, commands = { "set weight app/web2 9", ("add map %s <<"):format(path) } },
    }, plan.processes)
  end)

  it("fails as what is rehearsed does, and ends", function()
    local plan, err = hap:rehearse(function()
      return hap:certificate "nothing"
    end, { die = false })
    assert.is_nil(plan)
    assert.equal("not_found", err.code)
    assert.has_error(function()
      hap:rehearse(function()
        error("mine", 0)
      end)
    end, "mine")
    assert.equal("bad_argument", select(2, hap:rehearse("no function", { die = false })).code)
    hap:rehearse(function()
      err = select(2, hap:rehearse(function() end, { die = false }))
    end)
    assert.equal("in_use", err.code)
    -- It is over: what is done now is done.
    hap:server("web2", "app")[1]:setweight(77)
    assert.equal(77, hap:server("web2", "app")[1].weight)
  end)

  it("is for the coroutine that asks for it", function()
    local web2 = hap:server("web2", "app")[1]
    local plan = hap:rehearse(function()
      coroutine.wrap(function()
        web2:setweight(55)
      end)()
      return web2:setweight(44)
    end)
    assert.equal(55, web2.weight)
    assert.same({ "set weight app/web2 44" }, plan.processes[1].commands)
  end)
end)
