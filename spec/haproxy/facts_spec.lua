-- What HAProxy tells of itself, held against what else says so: the configuration, the
-- system, other commands.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local raises = assertions.raises

local config = [[
resolvers names
  nameserver one 127.0.0.1:{port}
  nameserver two 127.0.0.1:1
  hold valid 1s
  timeout resolve 1s
resolvers others
  nameserver one 127.0.0.1:1
peers friends
  peer me 127.0.0.1:{mine}
  peer you 127.0.0.1:1
peers strangers
  peer me 127.0.0.1:{mineb}
ring lines
  description "lines of a log"
  format raw
  maxlen 1200
  size 32764
frontend www
  bind unix@{dir}/www{n}.sock
  log ring@lines local0
  log-format "path %HP"
  http-request return status 200
  stick-table type ip size 100 peers friends
backend b
  server named named.example:80 resolvers names init-addr none check inter 50ms
  stick-table type ip size 100 peers strangers
]]

local function ports(text)
  return (text:gsub("{(%a+)}", function(name)
    if name == "port" or name == "mine" or name == "mineb" then
      return tostring(haproxy.free_port())
    end
  end))
end

-- The field of each record, in their order.
local function each(field, records)
  local found = {}
  for i, record in ipairs(records) do
    found[i] = record[field]
  end
  return found
end

local function of_process(records, number)
  local found = {}
  for _, record in ipairs(records) do
    if record.process_nb == number then
      found[#found + 1] = record
    end
  end
  return found
end

describe("What HAProxy tells of itself", function()
  local farm, hap
  local version = haproxy.version()

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      global = "  localpeer me\n  setenv HADM_TEST two\\ words\n  nbthread 2\n",
      config = ports(config),
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  it("is what each process does, and each thread", function()
    local list = hap:activity()
    assert.same({ 1, 2 }, each("process_nb", list))
    for _, own in ipairs(list) do
      assert.is_true(own.loops > 0)
      assert.equal(2, #own.threads.loops)
      assert.equal(own.loops, own.threads.loops[1] + own.threads.loops[2])
    end
  end)

  it("is its memory", function()
    local pools = of_process(hap:pools(), 2)
    assert.is_true(#pools > 5)
    for _, pool in ipairs(pools) do
      assert.is_true(pool.size > 0)
      assert.equal("number", type(pool.allocated_bytes))
      assert.is_true(pool.used <= pool.allocated)
      assert.is_true(pool.users >= 1)
      assert.is_boolean(pool.shared)
      assert.equal("number", type(pool.failures))
    end
  end)

  it("is its threads", function()
    local threads = hap:threads()
    assert.same({ 1, 2, 1, 2 }, each("thread", threads))
    assert.same({ 1, 1, 2, 2 }, each("process_nb", threads))
    for _, thread in ipairs(threads) do
      assert.matches("^0x%x+$", thread.id)
      assert.equal(0, thread.stuck)
      assert.is_true(#thread.lines >= 2)
    end
  end)

  it("is its program and its libraries", function()
    if version < 206 then
      raises("CommandFailed", "unsupported", hap.libraries, hap)
      return
    end
    local paths = table.concat(each("path", of_process(hap:libraries(), 1)), "\n")
    assert.matches("haproxy", paths)
    assert.matches("/libc[.-]", paths)
  end)

  it("is its environment", function()
    for number, own in ipairs(hap:environment()) do
      assert.equal(number, own.process_nb)
      assert.equal("two words", own.variables.HADM_TEST)
    end
    assert.same({ HADM_TEST = "two words" }, hap:environment("HADM_TEST")[2].variables)
    raises("CommandFailed", "not_found", hap.environment, hap, "HADM_NONE")
    raises("ValueError", "bad_argument", hap.environment, hap, "")
  end)

  it("is what it said when it started, and where it can be asked", function()
    for number, own in ipairs(hap:startup_logs()) do
      assert.equal(number, own.process_nb)
      for _, line in ipairs(own.lines) do
        assert.matches("%S", line)
      end
    end
    local sockets = hap:cli_sockets()
    assert.same({ "admin", "admin" }, each("level", sockets))
    assert.same({ "unix@" .. farm.sockets[1], "unix@" .. farm.sockets[2] }, each("socket", sockets))
    assert.same({ "all", "all" }, each("processes", sockets))
  end)

  it("is profiled when it is told so", function()
    assert.is_true(hap:setprofiling("tasks", "on"))
    assert.same({ "on", "on" }, each("tasks", hap:profiling()))
    assert.is_true(hap:setprofiling("tasks", "off"))
    assert.same({ "off", "off" }, each("tasks", hap:profiling()))
    raises("ValueError", "bad_argument", hap.setprofiling, hap, "sleep", "on")
    raises("ValueError", "bad_argument", hap.setprofiling, hap, "memory", "auto")
  end)

  it("has variables", function()
    if version < 206 then
      raises("CommandFailed", "unsupported", hap.get_var, hap, "proc.a")
      raises("CommandFailed", "unsupported", hap.set_var, hap, "proc.a", 1)
      return
    end
    for _, value in ipairs { 7, -7, "word", "two words; 100% \\ <<", "\"'#" } do
      assert.is_true(hap:set_var("proc.a", value))
      assert.equal(value, hap:get_var "proc.a")
    end
    raises("CommandFailed", "not_found", hap.get_var, hap, "proc.none")
    raises("ValueError", "bad_argument", hap.get_var, hap, "txn.a")
    raises("ValueError", "bad_argument", hap.set_var, hap, "proc.a b", 1)
    raises("ValueError", "bad_argument", hap.set_var, hap, "proc.a", true)
    hap:processes()[2]:command "experimental-mode on;set var proc.a expr int(5)"
    raises("InconsistentData", "inconsistent", hap.get_var, hap, "proc.a")
  end)

  it("asks name servers, and counts", function()
    local list = hap:resolvers "names"
    assert.same({ "one", "two" }, each("nameserver", list))
    assert.same({ "names", "names" }, each("section", list))
    local both = assertions.eventually(function()
      local one = hap:resolvers("names")[1]
      return one.processes[1].sent > 0 and one.processes[2].sent > 0 and one
    end)
    assert.equal(both.processes[1].sent + both.processes[2].sent, both.sent)
    assert.same({ 1, 2 }, each("process_nb", both.processes))
    local all = each("section", hap:resolvers())
    assert.matches("names,names,others", table.concat(all, ","))
    raises("CommandFailed", "not_found", hap.resolvers, hap, "none")
  end)

  it("counts what name servers answer", function()
    local socket = require "socket"
    local server = assert(socket.udp())
    assert(server:setsockname("127.0.0.1", 0))
    server:settimeout(0.05)
    local _, port = server:getsockname()
    local own = haproxy.start {
      processes = 2,
      origin = false,
      config = ([[
resolvers names
  nameserver here 127.0.0.1:%s
  timeout resolve 1s
backend b
  server s1 one.example:80 resolvers names init-addr none check inter 100ms
  server s2 none.example:80 resolvers names init-addr none check inter 100ms
]]):format(port),
    }
    local asking = haproxyadmin.HAProxy { socket_dir = own:folder(), timeout = 10 }
    -- As a name server: one name is known, all others are not.
    local function answer(query)
      local question = query:match "^............(.-%z....)"
      if question:find("\3one\7example", 1, true) and question:byte(-3) == 1 then
        local flags = "\129\128\0\1\0\1\0\0\0\0"
        return query:sub(1, 2) .. flags .. question .. "\192\12\0\1\0\1\0\0\0\60\0\4\127\0\0\9"
      end
      return query:sub(1, 2) .. "\129\131\0\1\0\0\0\0\0\0" .. question
    end
    local found = assertions.eventually(function()
      local query, from, from_port = server:receivefrom()
      if query then
        server:sendto(answer(query), from, from_port)
      end
      local here = asking:resolvers("names")[1]
      local one, two = here.processes[1], here.processes[2]
      return one.valid > 0 and two.valid > 0 and one.nx > 0 and two.nx > 0 and here
    end, 60)
    assert.equal("here", found.nameserver)
    assert.equal(found.processes[1].valid + found.processes[2].valid, found.valid)
    assert.equal(found.processes[1].nx + found.processes[2].nx, found.nx)
    assert.is_true(found.sent >= found.valid + found.nx)
    server:close()
    own:stop()
  end)

  it("has peers that talk to each other", function()
    local ports_of = { haproxy.free_port(), haproxy.free_port() }
    local own = haproxy.start {
      processes = 2,
      origin = false,
      global = "  localpeer p{n}\n",
      config = ([[
peers friends
  peer p1 127.0.0.1:%d
  peer p2 127.0.0.1:%d
backend b
  stick-table type string size 100 expire 1h peers friends store gpc0
]]):format(ports_of[1], ports_of[2]),
    }
    local both = haproxyadmin.HAProxy { socket_dir = own:folder(), timeout = 10 }
    assert.is_true(both:table("b"):set("key", { gpc0 = 7 }))
    local remote = assertions.eventually(function()
      local section = both:peers("friends")[1]
      for _, peer in ipairs(section.peers) do
        if peer.kind == "remote" and peer.last_status == "ESTA" and peer.tables[1].last_pushed > 0 then
          return peer
        end
      end
    end, 60)
    assert.equal("p2", remote.id)
    assert.equal("127.0.0.1:" .. ports_of[2], remote.addr)
    assert.is_true(remote.active)
    assert.equal("b", remote.last_local_table)
    assert.same({ "b" }, each("id", remote.tables))
    own:stop()
  end)

  it("has peers, in sections", function()
    local sections = of_process(hap:peers(), 2)
    local ids = each("id", sections)
    table.sort(ids)
    assert.same({ "friends", "strangers" }, ids)
    local friends = hap:peers "friends"
    assert.same({ 1, 2 }, each("process_nb", friends))
    for _, section in ipairs(friends) do
      local by_id = {}
      for _, peer in ipairs(section.peers) do
        by_id[peer.id] = peer
      end
      assert.equal("remote", by_id.you.kind)
      assert.equal("127.0.0.1:1", by_id.you.addr)
      assert.equal("number", type(by_id.you.new_conn))
      assert.same({ "www" }, each("id", by_id.you.tables))
    end
    raises("CommandFailed", "not_found", hap.peers, hap, "none")
  end)

  it("needs a level", function()
    local low = haproxy.start { processes = 1, origin = false, level = "user", config = ports(config) }
    local user = haproxyadmin.HAProxy { socket_dir = low:folder(), timeout = 10 }
    for _, method in ipairs { "environment", "startup_logs" } do
      local err = raises("CommandFailed", "permission", user[method], user)
      assert.matches("level operator", err.message)
    end
    assert.is_true(#user:rings() > 0)
    low:stop()
  end)

  it("comes through a master, too", function()
    local sections = "resolvers names\n  nameserver one 127.0.0.1:1\nring lines\n  format raw\n  size 32764\n"
    local own = master.start { config = master.config .. sections }
    local through = haproxyadmin.HAProxy { master = own.socket, timeout = 10 }
    assert.equal("one", through:resolvers("names")[1].nameserver)
    assert.is_true(through:activity()[1].loops > 0)
    assert.is_truthy(through:rings():get "lines")
    assert.equal(1, #through:environment "HAPROXY_CLI")
    if version >= 206 then
      local err = raises("CommandFailed", "unsupported", through.set_var, through, "proc.a", 5)
      assert.matches("the worker's own socket", err.message)
    end
    local events = through:events("none", { follow = true })
    raises("CommandFailed", "not_found", events.next, events, 20)
    events = through:events("lines", { follow = true })
    events:next(0.1)
    events:close()
    own:stop()
  end)
end)
