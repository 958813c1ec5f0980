local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local program = require "spec.support.program"
local socket = require "socket"

local eventually = assertions.eventually

describe("a site on a socket", function()
  local farm, port, pid

  local function read(name)
    local file = assert(io.open(farm.dir .. "/" .. name))
    local text = file:read "*a"
    file:close()
    return text
  end

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    local lua, version = program.current()
    local command = "LUA_PATH='./lua/?.lua;./lua/?/init.lua;./?.lua;;' LUA_CPATH='./%s;;' "
      .. "%s spec/support/web_server.lua %s 40 >%s/out 2>&1 </dev/null & echo $! >%s/pid"
    haproxy.shell("touch " .. farm.dir .. "/out")
    os.execute(command:format(program.build(version), lua, farm:folder(), farm.dir, farm.dir))
    port = eventually(function()
      return read("out"):match "^(%d+)\n"
    end)
    pid = read("pid"):match "%d+"
  end)

  teardown(function()
    haproxy.shell("kill -KILL " .. pid)
    farm:stop()
  end)

  local function curl(path, options)
    local command = "curl -s --max-time 30 %s 'http://localhost:%s%s'"
    local pipe = assert(io.popen(command:format(options or "", port, path)))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  local function connect()
    local client = assert(socket.tcp())
    client:settimeout(20)
    assert(client:connect("127.0.0.1", port))
    return client
  end

  -- What the server says until it closes.
  local function conversation(text)
    local client = connect()
    assert(client:send(text))
    local answer, _, rest = client:receive "*a"
    client:close()
    return answer or rest
  end

  local function get(path, ...)
    return table.concat({ "GET " .. path .. " HTTP/1.1", "Host: localhost", ... }, "\r\n") .. "\r\n\r\n"
  end

  it("serves the statistics of all processes", function()
    assert.equal("2 of 2 processes answer\n", curl "/healthz")
    local text = curl "/metrics"
    assert.matches('\nhaproxyadmin_processes{state="up"} 2\n', text)
    assert.matches("^HTTP/1.1 200 .*transfer%-encoding: chunked\r\n\r\n$", curl("/metrics", "-I"))
  end)

  it("answers request behind request on one connection, in order", function()
    local text = conversation(get "/slow" .. get "/count" .. get("/nothing", "Connection: close") .. get "/count")
    local statuses = {}
    for status in text:gmatch "HTTP/1.1 (%d+)" do
      statuses[#statuses + 1] = status
    end
    assert.same({ "200", "200", "404" }, statuses)
    assert.matches("slow.*there is nothing here\n$", text)
  end)

  it("takes bodies, and says that they may come", function()
    assert.equal("POST abc 127.0.0.1", curl("/echo", "--data-binary abc"))
    local client = connect()
    client:send(get("/echo", "Content-Length: 3", "Expect: 100-continue", "Connection: close"))
    assert.equal("HTTP/1.1 100 Continue", (client:receive "*l"))
    client:send "abc"
    assert.matches("GET abc 127.0.0.1$", (client:receive "*a"))
    client:close()
  end)

  it("closes behind what it does not understand", function()
    for text, status in pairs {
      ["nonsense\r\n\r\n" .. get "/count"] = "400",
      ["GET /\n"] = "400",
      ["GET /" .. ("x"):rep(20000)] = "431",
      [get("/echo", "Transfer-Encoding: chunked") .. "0\r\n\r\n"] = "501",
      [get("/echo", "Content-Length: 1000000")] = "413",
      [get("/echo", "Content-Length: 99999999999999999999")] = "413",
      [get("/echo", "Content-Length: -1")] = "400",
      [get("/echo", "Content-Length: 3x")] = "400",
      [get("/echo", "Content-Length: 0", "Content-Length: 3") .. "abc"] = "400",
      [get("/echo", "Content-Length: 3", "Transfer-Encoding: chunked") .. "0\r\n\r\n"] = "400",
      ["GET / HTTP/1.1\r\n" .. ("X: 1\r\n"):rep(200) .. "\r\n"] = "431",
    } do
      -- What comes behind is no request any more.
      local answer = conversation(text .. get "/count")
      assert.matches("^HTTP/1.1 " .. status, answer)
      assert.equal(1, select(2, answer:gsub("HTTP/1.1 %d", "")))
    end
  end)

  it("ends what comes too slowly, and what does not come", function()
    local begun, clients = core.now(), {}
    local texts = { "", get "/echo", "GET / HT", get("/echo", "Content-Length: 5") .. "abc" }
    for i, text in ipairs(texts) do
      clients[i] = connect()
      clients[i]:send(text)
    end
    for i, expected in ipairs { "^$", "^HTTP/1.1 200", "^HTTP/1.1 408", "^HTTP/1.1 408" } do
      local answer, _, rest = clients[i]:receive "*a"
      assert.matches(expected, answer or rest)
      assert.is_true(core.now() - begun >= 1.9)
      clients[i]:close()
    end
  end)

  it("ends what comes byte by byte, however long it goes on", function()
    local client = connect()
    local text = get("/echo", "X: " .. ("x"):rep(8000))
    local sent, status = 0, nil
    while not status and sent < #text do
      sent = sent + 1
      local ok = client:send(text:sub(sent, sent))
      client:settimeout(0.05)
      local line, err = client:receive "*l"
      status = line or (not ok or err == "closed") and "closed"
    end
    -- A byte that comes when all was said takes back what was said.
    assert.is_truthy(status == "closed" or status:match "^HTTP/1.1 408", status)
    -- 8 KB would have taken minutes.
    assert.is_true(sent < 1000, sent)
    client:close()
  end)

  it("makes no more of an answer than is taken", function()
    local client = connect()
    client:send(get "/endless")
    local before
    -- The system's buffers take some pieces; then no more are made.
    eventually(function()
      local made = curl("/count"):match "%d+$"
      local same = made == before and made ~= "0"
      before = made
      core.sleep(0.1)
      return same
    end)
    assert.is_true(tonumber(before) < 200, before)
    -- Who takes nothing is let go.
    eventually(function()
      return tonumber(curl("/count"):match "^%d+") == 1
    end)
    client:close()
  end)

  it("answers a few at a time only of what is heavy", function()
    local clients = {}
    for i = 1, 2 do
      clients[i] = connect()
      clients[i]:send(get "/endless")
      assert.equal("HTTP/1.1 200 OK", (clients[i]:receive "*l"))
    end
    assert.matches("^HTTP/1.1 503 .*too many of these", curl("/endless", "-i"))
    assert.matches("^2 of 2", curl "/healthz")
    for _, client in ipairs(clients) do
      client:close()
    end
    eventually(function()
      return curl("/endless", "-I"):match "^HTTP/1.1 200"
    end)
  end)

  it("breaks off where an answer does", function()
    local text = conversation(get "/breaks")
    assert.matches("begun\r\n$", text)
    assert.matches("log: an answer broke off: .*in the middle", read "out")
  end)

  it("goes on where a handler fails, also while it waits", function()
    local text = conversation(get "/fails" .. get("/echo", "Connection: close"))
    assert.matches("^HTTP/1.1 500 .*this went wrong; the log says how\n", text)
    assert.matches("HTTP/1.1 200 .*GET  127.0.0.1$", text)
    assert.matches('log: GET /fails: [^\n]*behind the wait\n', read "out")
  end)

  it("lets nobody who only waits keep others out", function()
    local clients = {}
    for i = 1, 200 do
      clients[i] = connect()
    end
    assert.matches("^%d+ ", curl "/count")
    assert.is_true(tonumber(curl("/count"):match "^%d+") <= 40)
    eventually(function()
      return tonumber(curl("/count"):match "^%d+") == 1
    end)
    for _, client in ipairs(clients) do
      assert.is_nil((client:receive(1)))
      client:close()
    end
    -- The server, its loop and its socket; no connection.
    local left = eventually(function()
      local count = #core.list(("/proc/%s/fd"):format(pid))
      return count < 30 and count
    end)
    assert.is_true(left < 30)
  end)

  it("tells of processes that do not answer", function()
    farm:signal(2, "STOP")
    core.sleep(1.1)
    local text = curl("/metrics", "-H 'X-Prometheus-Scrape-Timeout-Seconds: 3'")
    farm:signal(2, "CONT")
    assert.matches('haproxyadmin_process_up{[^\n]*process="2"} 0\n', text)
    assert.matches('haproxyadmin_scrape_errors_total{code="timeout",process="2"} 1\n', text)
  end)

  it("ends with what is under way", function()
    local client = connect()
    local function begun()
      return select(2, read("out"):gsub("slow has begun\n", ""))
    end
    local before = begun()
    client:send(get "/slow")
    eventually(function()
      return begun() > before
    end)
    haproxy.shell("kill -TERM " .. pid)
    assert.matches("slow$", (client:receive "*a"))
    client:close()
    eventually(function()
      return read("out"):match "stopped\n$"
    end)
    assert.is_nil(read("out"):match "Uncaught[^\n]*")
    eventually(function()
      return not core.list(("/proc/%s/fd"):format(pid))
    end)
  end)
end)
