local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

describe("totals", function()
  local farm, hap, totals

  -- Answers by itself: what it counts is what it was asked.
  local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request deny if { path /no }
  default_backend app
backend app
  server app1 127.0.0.1:9 disabled
]]

  -- Asks for one name, which nobody knows, a few times.
  local resolvers = [[
resolvers names
  nameserver one 127.0.0.1:9
  resolve_retries 4
  timeout retry 50ms
  timeout resolve 1h
  hold timeout 1h
  hold refused 1h
  hold other 1h
backend named
  server one name.invalid:9 resolvers names init-addr none
]]

  local function start(processes, more)
    farm = haproxy.start { processes = processes, origin = false, config = config .. (more or "") }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = 5, retry_interval = 0.1, timeout = 10 }
    totals = haproxyadmin.totals()
  end

  after_each(function()
    farm:stop()
  end)

  local function take()
    local snapshot = hap:snapshot { partial = true }
    assert.is_true(totals:take(snapshot))
    return snapshot
  end

  it("add up what processes count, over reloads, kills and cleared counters", function()
    start(2)
    farm:traffic(1, "www", 30)
    local snapshot = take()
    local www = snapshot:frontend "www"
    assert.equal(0, totals:metric(www, "req_tot"))
    assert.equal(30, www:metric "req_tot")
    farm:traffic(1, "www", 5)
    farm:traffic(2, "www", 4)
    farm:traffic(2, "www", 2, "/no")
    take()
    assert.equal(11, totals:metric(www, "req_tot"))
    assert.equal(2, totals:metric(www, "dreq"))
    assert.equal(9, totals:metric(snapshot:backend "app", "hrsp_5xx"))
    local connections = totals:metric(hap, "CumReq")
    assert.is_true(connections >= 11)

    farm:reload(1)
    farm:traffic(1, "www", 3)
    take()
    assert.equal(14, totals:metric(www, "req_tot"))
    assert.same({ 1, 0, 0 }, { totals:restarts(1), totals:restarts(2), totals:restarts(3) })
    hap:clearcounters(true)
    farm:traffic(1, "www", 1)
    take()
    assert.equal(15, totals:metric(www, "req_tot"))
    farm:kill(2)
    snapshot = take()
    assert.equal(1, #snapshot.failed)
    assert.equal(15, totals:metric(www, "req_tot"))
    farm:reload(2)
    farm:traffic(2, "www", 6)
    take()
    assert.equal(21, totals:metric(www, "req_tot"))
    assert.equal(1, totals:restarts(2))
    assert.is_true(totals:metric(snapshot, "CumReq") >= connections)
  end)

  it("begin at 0 where a process is not there at first", function()
    start(2)
    farm:traffic(1, "www", 7)
    farm:kill(2)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = 5, retry_interval = 0.1, timeout = 10 }
    local www = take():frontend "www"
    assert.equal(7, www:metric "req_tot")
    assert.equal(0, totals:metric(www, "req_tot"))
  end)

  it("of one process are its own numbers, and go on from bytes", function()
    start(1)
    farm:traffic(1, "www", 7)
    local www = take():frontend "www"
    assert.equal(7, totals:metric(www, "req_tot"))
    assert.equal(www:metric "stot", totals:metric(www, "stot"))
    local bytes = totals:dump()
    totals = haproxyadmin.totals(bytes)
    assert.equal(bytes, totals:dump())
    assert.equal(7, totals:metric(www, "req_tot"))
    farm:traffic(1, "www", 1)
    take()
    assert.equal(8, totals:metric(hap:frontend "www", "req_tot"))
    assert.matches("^haproxyadmin%.Totals %(objects: %d+%)$", tostring(totals))
  end)

  -- What the name server was sent, by the number of the process (`process = "*"`), or of all.
  local function sent(options)
    options.partial = true
    local found = {}
    for _, family in ipairs(hap:other_families("resolver", options)) do
      assert.equal("gauge", family.type)
      for _, sample in ipairs(family.name == "haproxy_resolver_sent" and family.samples or {}) do
        if sample.labels.nameserver == "one" then
          found[tonumber(sample.labels.process) or "all"] = sample.value
        end
      end
    end
    return found
  end

  local function of_all()
    take()
    return sent({ totals = totals }).all
  end

  -- What was sent by each process and, as `read` says, by all, at one time; once it is as
  -- `expected(each)` says.
  local function settle(expected, read)
    local each, all
    assertions.eventually(function()
      each, all = sent { process = "*" }, (read or of_all)()
      local again = sent { process = "*" }
      return each[1] == again[1] and each[2] == again[2] and expected(each) == all
    end)
    return each, all
  end

  it("add up what name servers are asked, whoever is replaced", function()
    start(2, resolvers)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
    assert.equal(0, of_all())
    local all
    local first, base = settle(function(each)
      return each[1] > 0 and each[2] > 0 and sent({ totals = totals }).all
    end)
    farm:kill(2)
    local function of_first(each)
      return base + each[1] - first[1]
    end
    settle(of_first)
    farm:reload(2)
    -- The last snapshot knows nothing of this process.
    settle(of_first, function()
      return sent({ totals = totals }).all
    end)
    local second
    second, all = settle(function(each)
      return each[2] > 0 and of_first(each) + each[2]
    end)
    assert.is_true(all > base)
    totals = haproxyadmin.totals(totals:dump())
    farm:kill(1)
    farm:reload(1)
    settle(function(each)
      return each[1] > 0 and all + each[1] + each[2] - second[2]
    end)
    -- What each counts is shown as it counts it.
    settle(function(each)
      return each[2]
    end, function()
      return sent({ process = 2, totals = totals }).all
    end)
  end)

  it("of one process have its own numbers of name servers", function()
    start(1, resolvers)
    local function own(each)
      return each[1] > 0 and each[1]
    end
    settle(own)
    farm:kill(1)
    farm:reload(1)
    settle(own)
  end)

  local function refuses(code, words, ...)
    assert.matches(words, raises("ValueError", code, ...).message, 1, true)
  end

  it("say what they cannot take", function()
    start(1)
    local closed = hap:snapshot()
    refuses("bad_argument", "a Snapshot", totals.take, totals, 3)
    refuses("bad_argument", "a Snapshot", totals.take, totals, hap)
    refuses("bad_argument", "got string", totals.metric, totals, "www", "stot")
    refuses("bad_argument", "a counter", totals.metric, totals, hap:frontend "www", "scur")
    refuses("bad_argument", "backend's metric", totals.metric, totals, hap:backend "app", "chkfail")
    refuses("bad_argument", "integer >= 0", totals.restarts, totals, -1)
    refuses("bad_argument", "totals", hap.other_families, hap, "resolver", { totals = 3 })
    refuses("bad_argument", "a Totals", hap.other_families, hap, "resolver", { totals = closed })
    refuses("foreign", "something else", haproxyadmin.totals, "haproxyadmin")
    refuses("truncated", "damaged", haproxyadmin.totals, totals:dump():sub(1, -2))
    refuses("bad_argument", "bytes that", haproxyadmin.totals, 3)
    refuses("bad_argument", "option", haproxyadmin.totals, nil, { dye = false })
    local made, err = haproxyadmin.totals("x", { die = false })
    assert.is_nil(made)
    assert.equal("foreign", err.code)
    made = haproxyadmin.totals(nil, { die = false })
    assert.is_nil((made:take(closed:frontend "www")))
    assert.is_true(made:take(closed))
    local meta = getmetatable(closed)
    if meta.__close then
      meta.__close(closed)
    end
    assert.is_nil((made:take(closed)))
    assert.is_nil((made:get "nothing"))
  end)
end)
