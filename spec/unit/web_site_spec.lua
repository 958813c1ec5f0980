local errors = require "haproxyadmin.errors"
local gzip = require "haproxyadmin.web.gzip"
local reading = require "haproxyadmin.web.reading"
local new_site = require("haproxyadmin.web.site").new

-- A clock that goes on while somebody sleeps, and coroutines that sleep.
local function simulated()
  local transport = { time = 1000 }
  function transport:now()
    return self.time
  end
  function transport:sleep(seconds)
    if self.side_by_side then
      coroutine.yield(self.time + seconds)
    else
      self.time = self.time + seconds
    end
  end
  -- Runs functions side by side until all have ended.
  function transport:run(...)
    self.side_by_side = true
    local tasks = {}
    for i, fn in ipairs { ... } do
      tasks[i] = { routine = coroutine.create(fn), at = self.time, order = i }
    end
    while #tasks > 0 do
      table.sort(tasks, function(a, b)
        return a.at < b.at or (a.at == b.at and a.order < b.order)
      end)
      local task = table.remove(tasks, 1)
      self.time = math.max(self.time, task.at)
      local ok, at = coroutine.resume(task.routine)
      assert(ok, at)
      if coroutine.status(task.routine) ~= "dead" then
        task.at = at
        tasks[#tasks + 1] = task
      end
    end
    self.side_by_side = false
  end
  return transport
end

-- A HAProxy whose snapshots take `seconds`, and are what `answers` says.
local function fake(transport, answers)
  local hap = { taken = 0, seconds = 0, others = {}, looks = {}, passed_over = {} }
  function hap:rescan(options)
    assert(options.keep and options.die == false)
    table.insert(self.looks, { at = transport.time, timeout = options.timeout })
    if self.closed_folder then
      return nil, errors.new("ValueError", "permission", "the folder is closed")
    end
    return 0
  end
  function hap:other_families(scope, options)
    assert(options.partial and options.die == false)
    table.insert(self.others, scope .. " " .. tostring(options.process))
    self.asked_with = options
    if self.seconds > 0 then
      transport:sleep(math.min(self.seconds, options.timeout))
    end
    if self.silent then
      return nil, errors.new("SocketTimeout", "timeout", "no answer")
    end
    return { { name = "haproxy_" .. scope } }
  end
  function hap:snapshot(options)
    assert(options.partial and options.die == false)
    self.asked = options.timeout
    self.taken = self.taken + 1
    local number = self.taken
    if self.seconds > 0 then
      transport:sleep(math.min(self.seconds, options.timeout))
    end
    local answered = answers and answers(number)
    if answered == nil then
      answered = { "/1", "/2" }
    elseif not answered then
      return nil, errors.new("SocketConnectionError", "refused", "nobody is there")
    end
    local snapshot = { number = number, failed = answered.failed or {} }
    function snapshot:exposition(asked) -- luacheck: no self
      assert(asked.die == false)
      hap.exposition = asked
      if asked.process == 9 then
        return nil, errors.new("ValueError", "not_found", "no such process")
      end
      local pieces = { "one\n", "two\n" }
      return function()
        return table.remove(pieces, 1)
      end
    end
    function snapshot:processes() -- luacheck: no self
      local list = {}
      for i, address in ipairs(answered) do
        list[i] = { address = address, process_nb = i }
      end
      return list
    end
    return snapshot
  end
  return hap
end

local function failed(address, code)
  return { address, errors.new("SocketConnectionError", code, code), process_nb = 2 }
end

describe("a reading", function()
  local transport, hap, shared

  local function start(answers, more)
    transport = simulated()
    hap = fake(transport, answers)
    local options = {
      transport = transport,
      open = function()
        return hap
      end,
    }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    shared = reading.new(options)
  end

  it("serves for a second", function()
    start()
    local first = assert(shared:get(transport:now() + 5))
    transport.time = transport.time + 0.9
    assert.equal(first, shared:get(transport:now() + 5))
    transport.time = transport.time + 0.2
    assert.is_not.equal(first, shared:get(transport:now() + 5))
    assert.equal(2, hap.taken)
  end)

  it("that is under way is waited for, by all", function()
    start()
    hap.seconds = 3
    local found = {}
    local tasks = {}
    for i = 1, 50 do
      tasks[i] = function()
        found[i] = shared:get(transport:now() + 5)
      end
    end
    transport:run((table.unpack or unpack)(tasks)) -- luacheck: compat
    assert.equal(1, hap.taken)
    for i = 1, 50 do
      assert.equal(1, found[i].number)
    end
  end)

  it("is not waited for longer than asked", function()
    start()
    hap.seconds = 4
    local err, at
    transport:run(function()
      shared:get(transport:now() + 5)
    end, function()
      local _
      _, err = shared:get(transport:now() + 1)
      at = transport.time
    end)
    assert.equal("timeout", err.code)
    assert.is_true(at >= 1001 and at < 1001.1, at)
  end)

  it("takes no longer than asked, nor than allowed", function()
    start()
    shared:get(transport:now() + 2)
    assert.equal(2, hap.asked)
    transport.time = transport.time + 2
    shared:get(transport:now() + 200)
    assert.equal(reading.TIMEOUT, hap.asked)
  end)

  it("that failed serves as long", function()
    start(function()
      return false
    end)
    for _ = 1, 10 do
      local taken, err = shared:get(transport:now() + 5)
      assert.is_nil(taken)
      assert.equal("refused", err.code)
    end
    assert.equal(1, hap.taken)
    assert.same({ [0] = { refused = 1 } }, shared.failures)
  end)

  it("is tried again at once where a process has just gone", function()
    start(function(number)
      return number == 2 and { "/1", failed = { failed("/2", "refused") } } or nil
    end)
    shared:get(transport:now() + 5)
    transport.time = transport.time + 2
    assert.same({}, shared:get(transport:now() + 5).snapshot.failed)
    assert.equal(3, hap.taken)
    assert.same({}, shared.failures)
  end)

  it("is not tried again where a process was gone before, or is slow", function()
    for _, code in ipairs { "refused", "timeout" } do
      start(function(number)
        return number > 1 and { "/1", failed = { failed("/2", code) } } or nil
      end)
      for _ = 1, 4 do
        shared:get(transport:now() + 5)
        transport.time = transport.time + 2
      end
      assert.equal(code == "refused" and 5 or 4, hap.taken)
      assert.same({ [2] = { [code] = 3 } }, shared.failures)
    end
  end)

  it("tells who goes and who is back, once", function()
    local logged = {}
    local states = { nil, { "/1", failed = { failed("/2", "timeout") } }, nil, false }
    start(function(number)
      return states[math.ceil(number / 2)]
    end, {
      log = function(words)
        logged[#logged + 1] = words
      end,
    })
    for _ = 1, 8 do
      shared:get(transport:now() + 5)
      transport.time = transport.time + 2
    end
    assert.same({ "timeout", "socket /2 answers again", "nobody is there" }, logged)
  end)

  it("looks for processes that come later, now and then, and says once why it cannot", function()
    local logged = {}
    start(nil, {
      log = function(words)
        logged[#logged + 1] = words
      end,
    })
    hap.closed_folder = true
    for _ = 1, 23 do
      assert.truthy(shared:get(transport:now() + 5))
      transport.time = transport.time + 1
    end
    assert.same({ { at = 1010, timeout = 1 }, { at = 1020, timeout = 1 } }, hap.looks)
    assert.same({ "the folder is closed" }, logged)
    -- A look leaves time for the reading.
    transport.time = transport.time + 10
    assert.truthy(shared:get(transport:now() + 1))
    assert.equal(0.5, hap.looks[3].timeout)
  end)

  it("tells where a process should answer that never has, and nothing of other sockets", function()
    start()
    local silent = { "/3", errors.new("SocketTimeout", "timeout", "no answer") }
    hap.passed_over = {
      { "/2", errors.new("ValueError", "exists", "another one of /1") },
      silent,
      { "/4", errors.new("SocketApplicationError", "failed", "something else") },
    }
    assert.same({ silent }, shared:get(transport:now() + 5).missed)
  end)

  it("looks for HAProxy until it is there", function()
    local tries = 0
    start(nil, {
      open = function()
        tries = tries + 1
        if tries == 1 then
          return nil, errors.new("ValueError", "not_found", "no socket")
        end
        return hap
      end,
    })
    assert.equal("not_found", (select(2, shared:get(transport:now() + 5))).code)
    transport.time = transport.time + 2
    assert.truthy(shared:get(transport:now() + 5))
  end)

  it("feeds the totals, in order and once each", function()
    local fed, totals = {}, {}
    start(nil, {
      accumulate = function(snapshot)
        fed[#fed + 1] = snapshot.number
        return totals
      end,
    })
    for _ = 1, 3 do
      assert.equal(totals, shared:get(transport:now() + 5).totals)
      shared:get(transport:now() + 5)
      transport.time = transport.time + 2
    end
    assert.same({ 1, 2, 3 }, fed)
  end)

  it("whose end is never told is taken by another", function()
    start()
    local routine = coroutine.create(function()
      shared:get(transport:now() + 100)
    end)
    hap.seconds = 3
    transport.side_by_side = true
    coroutine.resume(routine)
    transport.side_by_side = false
    hap.seconds = 0
    local found
    transport:run(function()
      found = shared:get(transport:now() + 100)
    end)
    assert.equal(2, hap.taken)
    -- The first keeps what it read to itself.
    local _, _, err = coroutine.resume(routine)
    assert.is_nil(err)
    assert.equal(found, shared:get(transport:now() + 1))
  end)
end)

describe("a site", function()
  local transport, hap, logged

  local function start(more)
    transport = simulated()
    hap = fake(transport)
    logged = {}
    local options = {
      transport = transport,
      open = function()
        return hap
      end,
      log = function(words)
        logged[#logged + 1] = words
      end,
    }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    return new_site(options)
  end

  local function ask(handle, path, headers, method)
    local plain, text = path:match "^([^?]*)%??(.*)$"
    local request = { method = method or "GET", path = plain, query = text, headers = headers or {}, body = "" }
    local status, found, body = handle(request)
    return status, body, found
  end

  it("says that nothing is there, and what may be done", function()
    local handle = start()
    assert.equal(404, (ask(handle, "/nothing")))
    assert.equal(404, (ask(handle, "/metrics/more")))
    local status, _, headers = ask(handle, "/metrics", {}, "POST")
    assert.same({ 405, "GET, HEAD" }, { status, headers.allow })
  end)

  it("answers under names of its own only", function()
    local handle = start { hosts = { localhost = true, ["lb.example.net"] = true } }
    local own = { "localhost", "LOCALHOST:9101", "lb.example.net:1", "127.0.0.1:9101", "[::1]:9101", "10.1.2.3" }
    for _, host in ipairs(own) do
      assert.equal(200, (ask(handle, "/healthz", { host = host })), host)
    end
    local foreign = { "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[evil]", "", "1.2.3" }
    for _, host in ipairs(foreign) do
      assert.equal(421, (ask(handle, "/healthz", { host = host })), host)
    end
    assert.equal(200, (ask(handle, "/healthz")))
    assert.equal(200, (ask(start(), "/healthz", { host = "evil.example" })))
  end)

  it("may not be framed, sniffed or kept", function()
    for _, path in ipairs { "/healthz", "/nothing" } do
      local _, _, headers = ask(start(), path)
      assert.equal("nosniff", headers["x-content-type-options"])
      assert.equal("no-store", headers["cache-control"])
      assert.matches("frame%-ancestors 'none'", headers["content-security-policy"])
    end
  end)

  -- A site that has this handler below /test.
  local function with(handler, options)
    local handle, self = start(options)
    package.loaded["spec.web_handler"] = {
      new = function()
        return handler
      end,
    }
    self.routes = { { path = "/test/", methods = "GET POST", below = true, file = "spec.web_handler" } }
    return handle
  end

  after_each(function()
    package.loaded["spec.web_handler"] = nil
  end)

  it("tells clients what they have already", function()
    local handle = with(function()
      return 200, { etag = '"one"', ["content-type"] = "text/x" }, "body"
    end)
    assert.same({ 200, "body" }, { (ask(handle, "/test/")), (select(2, ask(handle, "/test/a/b"))) })
    for _, known in ipairs { '"one"', 'W/"one"', '"two", "one"', "*" } do
      local status, body, headers = ask(handle, "/test/", { ["if-none-match"] = known })
      assert.same({ 304, "", '"one"' }, { status, body, headers.etag })
    end
    assert.equal(200, (ask(handle, "/test/", { ["if-none-match"] = '"two"' })))
  end)

  it("survives a handler that raises, and logs it", function()
    local handle = with(function()
      error "secret"
    end)
    local status, body = ask(handle, "/test/")
    assert.equal(500, status)
    assert.is_nil(body:find("secret", 1, true))
    assert.matches("GET /test/: .*secret", logged[1])
  end)

  it("compresses for those who take it", function()
    local long = ("abcdefgh"):rep(1000)
    local handle = with(function()
      return 200, {}, long
    end, { gzip = true })
    local inflate = require("zlib").inflate()
    local _, body, headers = ask(handle, "/test/", { ["accept-encoding"] = "br, gzip;q=0.5" })
    assert.same({ "gzip", "accept-encoding" }, { headers["content-encoding"], headers.vary })
    assert.is_true(#body < 200)
    assert.equal(long, (inflate(body)))
    for _, accepted in ipairs { "", "br", "gzip;q=0", "identity" } do
      _, body, headers = ask(handle, "/test/", { ["accept-encoding"] = accepted })
      assert.is_nil(headers["content-encoding"])
      assert.equal(long, body)
    end
  end)

  it("compresses pieces as they are made", function()
    local count = 0
    local handle = with(function()
      return 200, {}, function()
        count = count + 1
        return count <= 300 and ("%d "):format(count):rep(1000) or nil
      end
    end, { gzip = true })
    local _, body = ask(handle, "/test/", { ["accept-encoding"] = "gzip" })
    assert.equal(0, count)
    local inflate, found = require("zlib").inflate(), {}
    for piece in body do
      found[#found + 1] = inflate(piece)
    end
    local expected = {}
    for i = 1, 300 do
      expected[i] = ("%d "):format(i):rep(1000)
    end
    assert.equal(table.concat(expected), table.concat(found))
    assert.is_nil(body())
  end)

  it("leaves short texts and failures as they are", function()
    assert.is_nil(gzip.compress "short")
    local handle = with(function()
      return 404, {}, ("x"):rep(5000)
    end, { gzip = true })
    local _, body = ask(handle, "/test/", { ["accept-encoding"] = "gzip" })
    assert.equal(5000, #body)
  end)

  describe("for Prometheus", function()
    local function families(body)
      if type(body) == "function" then
        local pieces = {}
        for piece in body do
          pieces[#pieces + 1] = piece
        end
        body = table.concat(pieces)
      end
      return body
    end

    it("refuses what is not understood", function()
      local handle = start()
      for _, text in ipairs {
        "scope=nothing",
        "scope",
        "metrics=",
        "metrics",
        "metrics=a%20b",
        "metrics=a=b",
        "process=0",
        "process=",
        "process=x",
        "process=-1",
        "%zz",
      } do
        local status, body = ask(handle, "/metrics?" .. text)
        assert.equal(400, status, text)
        assert.matches("\n$", body)
      end
      assert.equal(0, hap.taken)
    end)

    it("asks for what the query says", function()
      local handle = start()
      local cases = {
        [""] = {},
        ["unknown=1"] = {},
        ["scope=server&scope=global"] = { scope = { "server", "global" } },
        ["scope=server&scope=&scope=backend"] = { scope = { "backend" } },
        ["scope=server&scope=*"] = {},
        ["scope="] = { scope = {} },
        ["scope=listener"] = { scope = { "listener" } },
        ["metrics=a,b&metrics=-c"] = { metrics = { "a", "b", "-c" } },
        ["no-maint"] = { no_maint = true },
        ["extra-counters"] = { extra_counters = true },
        ["process=*"] = { process = "*" },
        ["process=2"] = { process = 2 },
      }
      for text, expected in pairs(cases) do
        local status, body = ask(handle, "/metrics?" .. text)
        assert.same({ 200, "one\ntwo\n" }, { status, families(body) })
        local asked = hap.exposition
        -- One process alone is what HAProxy's own exporter shows of it.
        assert.equal(expected.process ~= 2, asked.own ~= nil)
        asked.own, asked.die = nil, nil
        assert.same(expected, asked, text)
      end
      assert.equal(404, (ask(handle, "/metrics?process=9")))
    end)

    it("asks for what is none of the statistics where that is asked for, once a second", function()
      local handle = start()
      local function names(query)
        local status, body = ask(handle, "/metrics?" .. query)
        assert.equal(200, status)
        families(body)
        local list = {}
        for _, family in ipairs(hap.exposition.own or {}) do
          list[#list + 1] = family.name:match "^haproxy_(.*)"
        end
        return table.concat(list, " ")
      end
      assert.equal("", names "scope=listener")
      assert.equal("sticktable", names "scope=sticktable")
      assert.same({}, hap.exposition.scope)
      assert.equal("sticktable resolver", names "scope=resolver&scope=sticktable&scope=global")
      assert.same({ "global" }, hap.exposition.scope)
      assert.equal("sticktable resolver", names "scope=*")
      assert.is_nil(hap.exposition.scope)
      assert.equal("", names "scope=sticktable&scope=&scope=backend")
      assert.same({ "sticktable nil", "resolver nil" }, hap.others)
      assert.equal("resolver", names "scope=resolver&process=2")
      assert.equal("resolver", names "scope=resolver&process=*")
      assert.equal(404, (ask(handle, "/metrics?scope=resolver&process=9")))
      assert.same({ "sticktable nil", "resolver nil", "resolver 2", "resolver *" }, hap.others)
      transport.time = transport.time + 1.1
      assert.equal("resolver", names "scope=resolver")
      assert.equal(5, #hap.others)
    end)

    it("asks for that once, however many wait, and goes without where nobody answers", function()
      local handle = start()
      hap.seconds = 2
      local tasks, found = {}, {}
      for i = 1, 20 do
        tasks[i] = function()
          found[i] = ask(handle, "/metrics?scope=sticktable")
        end
      end
      transport:run((table.unpack or unpack)(tasks)) -- luacheck: compat
      assert.equal(1, #hap.others)
      for i = 1, 20 do
        assert.equal(200, found[i])
      end
      handle = start()
      hap.silent = true
      assert.equal(200, (ask(handle, "/metrics?scope=sticktable")))
      assert.equal(200, (ask(handle, "/metrics?scope=sticktable")))
      assert.equal(1, #hap.others)
      assert.same({ process = "0", code = "timeout" }, hap.exposition.own[1].samples[1].labels)
    end)

    it("lets totals take what name servers count of all, and keeps them", function()
      local totals, kept = {}, 0
      local handle = start {
        accumulate = function()
          return totals
        end,
        keep = function()
          kept = kept + 1
        end,
      }
      ask(handle, "/metrics")
      assert.equal(0, kept)
      ask(handle, "/metrics?scope=resolver")
      ask(handle, "/metrics?scope=resolver")
      assert.equal(totals, hap.asked_with.totals)
      assert.equal(1, kept)
      ask(handle, "/metrics?scope=resolver&process=2")
      assert.is_nil(hap.asked_with.totals)
      transport.time = transport.time + 1.1
      hap.silent = true
      ask(handle, "/metrics?scope=resolver", { ["x-prometheus-scrape-timeout-seconds"] = "100" })
      assert.equal(totals, hap.asked_with.totals)
      assert.equal(30, hap.asked_with.timeout)
      assert.equal(1, kept)
    end)

    it("tells of itself", function()
      local totals = {}
      local handle = start {
        accumulate = function()
          return totals
        end,
      }
      ask(handle, "/metrics?process=*")
      assert.is_nil(hap.exposition.totals)
      ask(handle, "/metrics")
      assert.equal(totals, hap.exposition.totals)
      local found = {}
      for _, family in ipairs(hap.exposition.own) do
        found[family.name] = family
      end
      assert.same({}, found.haproxyadmin_scrape_errors_total.samples)
      assert.equal(0, found.haproxyadmin_scrape_duration_seconds.samples[1].value)
      assert.matches("Lua", found.haproxyadmin_build_info.samples[1].labels.lua)
    end)

    it("gives HEAD its headers and reads nothing", function()
      local status, _, headers = ask(start(), "/metrics", {}, "HEAD")
      assert.equal(200, status)
      assert.equal("text/plain; version=0.0.4; charset=utf-8", headers["content-type"])
      assert.equal(0, hap.taken)
    end)

    it("says 503 where nobody answers", function()
      local handle = start()
      hap = fake(transport, function()
        return false
      end)
      local status, body = ask(handle, "/metrics")
      assert.same({ 503, "nobody is there\n" }, { status, families(body) })
    end)

    it("ends before the scraper does", function()
      local given = { ["0.5"] = 0.45, ["2"] = 1.8, ["1000000"] = 5, ["x"] = 5, ["1e3"] = 5, ["-1"] = 5, ["0"] = 0.09 }
      for text, seconds in pairs(given) do
        local handle = start()
        hap = fake(transport, function()
          return false
        end)
        ask(handle, "/metrics", { ["x-prometheus-scrape-timeout-seconds"] = text })
        assert.is_true(math.abs(hap.asked - seconds) < 0.001, text)
      end
    end)
  end)
end)
