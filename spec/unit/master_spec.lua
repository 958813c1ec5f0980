-- Exchanges through a master whose answers are a script, and whose time passes only when
-- somebody waits.

local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises
local unpack = table.unpack or unpack -- luacheck: ignore

describe("through a master", function()
  local now, sent, transport, rows, workers, on_exchange

  -- What `show proc` prints of {pid, reloads} rows.
  local function told()
    local lines = { "#<PID>          <type>          <reloads>       <uptime>        <version>" }
    lines[2] = ("1 master %d [failed: 0] 0d00h00m00s 3.2.1"):format(rows.reloads)
    lines[3] = "# workers"
    for _, row in ipairs(rows) do
      lines[#lines + 1] = ("%d worker %d 0d00h00m00s %s"):format(row[1], row[2], row[3] or "3.2.1")
    end
    return table.concat(lines, "\n") .. "\n\n"
  end

  local function answer(request)
    local pid, text = request.line:match "^show proc;@!(%d+)[;\n](.*)\nquit\n$"
    request.reply:feed(told())
    if not pid then
      assert.equal("show proc\nquit\n", request.line)
      return request.reply:finish()
    end
    local worker = workers[tonumber(pid)]
    if not worker then
      local words = ("Can't find the target PID matching the prefix '@!%s'\n"):format(pid)
      return request.reply:feed(words)
    end
    for command in text:gmatch "[^;]+" do
      sent[#sent + 1] = pid .. " " .. command
      local done, code = request.reply:feed(worker(command) .. "\n")
      if done ~= false then
        return done, code
      end
    end
    return request.reply:finish()
  end

  before_each(function()
    now, sent = 0, {}
    rows = { { 11, 0 }, reloads = 0 }
    local process = table_transport.process "3.2"
    workers = { [11] = process }
    on_exchange = nil
    transport = {
      now = function()
        return now
      end,
      sleep = function(_, seconds)
        now = now + seconds
      end,
      exchange = function(_, requests)
        now = now + 0.001
        assert.equal(1, #requests)
        local request = requests[1]
        local failure = on_exchange and on_exchange(request)
        if failure then
          request.code, request.sent = failure[1], failure[2]
          return
        end
        request.sent = true
        local done, code = answer(request)
        if not done then
          request.code = code or "timeout"
        end
      end,
    }
  end)

  local function connect()
    local hap = haproxyadmin.HAProxy { master = "/m", transport = transport, retry = false }
    sent = {}
    return hap
  end

  -- A reload: 12 comes, and serves at once where it is `ready`.
  local function reload(ready)
    rows = { { 12, 0 }, { 11, 1 }, reloads = 1 }
    workers[12] = ready and workers[11] or nil
  end

  it("commands go to the worker that serves", function()
    local hap = connect()
    assert.is_true(hap:setmaxconn(1))
    assert.same({ "11 set maxconn global 1" }, sent)
    assert.equal(0, hap:processes()[1].generation)
  end)

  it("an answer of the wrong generation is none", function()
    local hap = connect()
    reload(true)
    assert.is_true(hap:setmaxconn(1))
    assert.same({ "11 set maxconn global 1", "12 set maxconn global 1" }, sent)
    assert.is_true(hap:setmaxconn(2))
    assert.equal("12 set maxconn global 2", sent[3])
    assert.equal(3, #sent)
    assert.equal(1, hap:processes()[1].generation)
  end)

  it("what only reads is answered by the old worker while the new one starts", function()
    local hap = connect()
    reload(false)
    assert.truthy(hap:info()[1].Pid)
    assert.same({ "11 show info" }, sent)
    assert.equal(0, hap:processes()[1].generation)
    -- So also where the object is made meanwhile.
    hap = connect()
    assert.truthy(hap:info()[1].Pid)
  end)

  it("a command waits for the new worker", function()
    local hap = connect()
    reload(false)
    on_exchange = function()
      if now > 0.3 then
        workers[12] = workers[11]
      end
    end
    assert.is_true(hap:setmaxconn(1))
    assert.same({ "11 set maxconn global 1", "12 set maxconn global 1" }, sent)
  end)

  it("a command that waits for too long says so", function()
    local hap = connect()
    reload(false)
    local err = raises("SocketTimeout", "timeout", hap.setmaxconn, hap, 1)
    assert.truthy(err.message:find("still starting; the command may have run", 1, true))
    assert.is_true(now < 1.5)
  end)

  it("a reload that fails leaves the answer of the one that serves on", function()
    local hap = connect()
    reload(false)
    on_exchange = function()
      if now > 0.3 then
        rows = { { 11, 1 }, reloads = 1 }
      end
    end
    assert.is_true(hap:setmaxconn(1))
    -- It is asked once whether it serves on.
    assert.same({ "11 set maxconn global 1", "11 show info" }, sent)
    assert.is_true(hap:setmaxconn(2))
    assert.same({ "11 set maxconn global 2" }, { unpack(sent, 3) })
  end)

  it("an old worker whose successor has died does not serve", function()
    local hap = connect()
    reload(true)
    assert.is_true(hap:setmaxconn(1))
    local process = workers[11]
    workers[11] = function(command)
      return (process(command):gsub("\nPid:", "\nStopping: 1%0"))
    end
    workers[12], sent = nil, {}
    rows = { { 11, 1 }, reloads = 1 }
    local err = raises("SocketConnectionError", "not_found", hap.setmaxconn, hap, 2)
    assert.truthy(err.message:find("no worker that serves", 1, true))
    assert.same({ "11 show info" }, sent)
    raises("SocketConnectionError", "not_found", hap.info, hap)
    assert.same({ "11 show info" }, sent)
    raises("ValueError", "not_found", connect)
    rows = { { 13, 0 }, { 11, 2 }, reloads = 2 }
    workers[13] = process
    assert.is_true(hap:setmaxconn(3))
    assert.equal("13 set maxconn global 3", sent[#sent])
  end)

  it("a command whose connection a reload broke goes to the new worker", function()
    local hap = connect()
    on_exchange = function()
      on_exchange = nil
      reload(true)
      return { "closed", true }
    end
    assert.is_true(hap:setmaxconn(1))
    assert.same({ "12 set maxconn global 1" }, sent)
  end)

  it("a command that may have run in the worker that serves is not sent twice", function()
    local hap = connect()
    for _, code in ipairs { "closed", "truncated" } do
      on_exchange = function()
        on_exchange = nil
        return { code, true }
      end
      local err = raises("SocketTransportError", code, hap.setmaxconn, hap, 1)
      assert.truthy(err.message:find("may have run", 1, true))
      assert.same({}, sent)
    end
  end)

  it("what only reads, and what was not sent, is sent again while there is time", function()
    local hap = connect()
    local failures = { { "refused", false }, { "closed", true }, { "truncated", true }, { "refused", false } }
    on_exchange = function()
      return table.remove(failures, 1)
    end
    assert.truthy(hap:info()[1].Pid)
    failures = { { "refused", false }, { "closed", false }, { "refused", false } }
    assert.is_true(hap:setmaxconn(1))
    assert.equal("11 set maxconn global 1", sent[#sent])
  end)

  it("a master that is gone is an error at the deadline", function()
    local hap = connect()
    on_exchange = function()
      return { "refused", false }
    end
    local started = now
    raises("SocketConnectionError", "refused", hap.info, hap)
    assert.is_true(now - started <= 1.1)
  end)

  it("a command that the new worker's version lacks, or would come to harm by, is not sent to it", function()
    local hap = connect()
    reload(true)
    rows[1][3] = "3.4.0"
    local err = raises("ValueError", "unsupported", hap.clearcounters, hap, true)
    assert.truthy(err.message:find("3.4.0", 1, true))
    assert.same({ "11 clear counters all" }, sent)
  end)

  it("several lines are sent only to a worker that is there", function()
    local hap = connect()
    local looks = 0
    on_exchange = function(request)
      looks = looks + (request.line == "show proc\nquit\n" and 1 or 0)
    end
    reload(true)
    local lines = hap:command "add map m <<\nreload\n"
    assert.equal(1, #lines)
    assert.equal(1, looks)
    assert.same({ "12 add map m <<\nreload\n" }, sent)
  end)

  it("a master of too low a level, and one without a worker, are told", function()
    local denied = true
    transport.exchange = function(_, requests)
      requests[1].reply:feed(denied and "Permission denied\n\n" or told())
      requests[1].reply:finish()
    end
    local err = raises("ValueError", "permission", haproxyadmin.HAProxy, { master = "/m", transport = transport })
    assert.truthy(err.message:find("-S /m,level,admin", 1, true))
    denied, rows = false, { reloads = 0 }
    raises("ValueError", "not_found", haproxyadmin.HAProxy, { master = "/m", transport = transport })
  end)
end)
