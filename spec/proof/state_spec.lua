local errors = require "haproxyadmin.errors"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local ROUNDS, PROCESSES = 6, 3

local version = haproxy.version()

local config = [[
resolvers names
  nameserver none 127.0.0.1:1
frontend f1
  bind unix@{dir}/f1-{n}.sock
  maxconn 100
  default_backend app
frontend f2
  bind unix@{dir}/f2-{n}.sock
  default_backend app
backend app
  balance roundrobin
  server plain 127.0.0.1:1 weight 10 maxconn 100
  server other 127.0.0.1:2 weight 20 disabled
  server checked 127.0.0.1:3 weight 30 check inter 60s fall 99
  server agent 127.0.0.1:4 agent-check agent-inter 60s agent-port 9
  server named localhost:5 resolvers names init-addr none
  server tls 127.0.0.1:6 ssl verify none
]]

-- The native transport; `transport.before(number, requests)` is called before each
-- exchange.
local function hooked()
  local transport = { count = 0 }
  function transport.exchange(_, requests, deadline)
    transport.count = transport.count + 1
    if transport.before then
      transport.before(transport.count, requests)
    end
    native:exchange(requests, deadline)
  end
  return setmetatable(transport, { __index = native })
end

-- Any of several.
local function one(random, ...)
  return (select(random(select("#", ...)), ...))
end

-- What anybody may have set: a sequence of commands. Checks are enabled before their
-- addresses are set and, perhaps, disabled behind that.
local function commands_of(random)
  local function toggle()
    return one(random, "enable", "disable")
  end
  local list = {
    ("set maxconn global %d"):format(random(10, 2000)),
    ("set rate-limit connections global %d"):format(random(0, 99)),
    ("set rate-limit sessions global %d"):format(random(0, 99)),
    ("set rate-limit ssl-sessions global %d"):format(random(0, 99)),
    ("set maxconn frontend f1 %d"):format(random(1, 500)),
    toggle() .. " frontend f1",
    toggle() .. " frontend f2",
    ("set server app/named fqdn host%d.example"):format(random(9)),
    "enable health app/checked",
    "enable agent app/agent",
    ("set server app/checked check-port %d"):format(random(9)),
    ("set server app/agent agent-port %d"):format(random(9)),
    ("set server app/agent agent-addr 127.0.0.%d"):format(random(9)),
    ("set server app/tls ssl %s"):format(one(random, "on", "off")),
    toggle() .. " health app/checked",
    toggle() .. " agent app/agent",
  }
  if version < 304 then
    table.insert(list, 11, ("set server app/checked check-addr 127.0.0.%d"):format(random(9)))
  end
  for _, server in ipairs { "plain", "other", "checked", "agent", "tls" } do
    list[#list + 1] = ("set server app/%s addr 127.0.%d.1 port %d"):format(server, random(9), random(9))
    list[#list + 1] = ("set weight app/%s %d"):format(server, random(0, 256))
    list[#list + 1] = ("set maxconn server app/%s %d"):format(server, random(1, 99))
    list[#list + 1] = ("set server app/%s state %s"):format(server, one(random, "ready", "drain", "maint"))
    list[#list + 1] = ("set server app/%s health %s"):format(server, one(random, "up", "stopping", "down"))
  end
  return list
end

describe("The state of processes that differ", function()
  local farm, hap, transport, random

  setup(function()
    local seed = os.time()
    print("# seed " .. seed)
    math.randomseed(seed)
    random = math.random
  end)

  before_each(function()
    farm = haproxy.start { processes = PROCESSES, origin = false, config = config }
    transport = hooked()
    hap = haproxyadmin.HAProxy {
      sockets = farm.sockets,
      transport = transport,
      timeout = 20,
      retry = 4,
      retry_interval = 0.25,
    }
  end)

  after_each(function()
    farm:stop()
  end)

  local function scramble()
    for _, process in ipairs(hap:processes()) do
      process:command(table.concat(commands_of(random), ";"))
    end
    -- Addresses change some moments behind the answer.
    local state = hap:save_state()
    while true do
      native:sleep(0.02)
      local again = hap:save_state()
      if pcall(assert.same, state, again) then
        return state
      end
      state = again
    end
  end

  it(("comes back after each of %d reloads"):format(ROUNDS), function()
    for round = 1, ROUNDS do
      local state = scramble()
      local path = farm.dir .. "/state.json"
      -- Once as a file, once as a table.
      if round % 2 == 0 then
        assert.same(state, hap:save_state(path))
      end
      for n = 1, PROCESSES do
        farm:reload(n)
      end
      local plan = hap:restore_state(round % 2 == 0 and path or state)
      assert.same({}, plan.skipped)
      assert.is_false(plan:is_empty())
      assert.same(state, hap:save_state())
      local sent = {}
      transport.before = function(_, requests)
        for _, request in ipairs(requests) do
          sent[#sent + 1] = not request.line:match "^show " and request.line or nil
        end
      end
      assert.is_true(hap:restore_state(state):is_empty())
      transport.before = nil
      assert.same({}, sent)
    end
  end)

  -- Calls `harm` before exchange number `step`. Returns whether it came to that, what came
  -- of `fn`, and whether something had been sent before.
  local function harm_at(step, harm, fn)
    local done, changed, late = false, false, false
    transport.count = 0
    transport.before = function(count, requests)
      if count == step and not done then
        done, late = true, changed
        harm()
      end
      changed = changed or not requests[1].line:match "^show "
    end
    local ok, err = pcall(fn)
    transport.before = nil
    return done, ok, err, late
  end

  it("is completed by the same call, wherever a process was killed", function()
    local state, step = scramble(), 0
    hap = haproxyadmin.HAProxy { sockets = farm.sockets, transport = transport, timeout = 20, retry = false }
    repeat
      step = step + 1
      for n = 1, PROCESSES do
        farm:reload(n)
      end
      native:sleep(0.1)
      local victim = random(PROCESSES)
      local harmed, ok, err, late = harm_at(step, function()
        farm:kill(victim)
      end, function()
        hap:restore_state(state)
      end)
      assert.is_true(late or ok == not harmed, tostring(err))
      if harmed and ok then
        farm:reload(victim)
        hap:restore_state(state)
      elseif harmed then
        assert.is_true(errors.is_error(err, "HAProxySocketError"), tostring(err))
        local told = false
        for _, result in ipairs(err.results) do
          told = told or result[1] == victim and not result.ok
        end
        assert.is_true(told)
        -- The commands that the others took are told one by one.
        for _, outcome in ipairs(err.outcomes or {}) do
          for _, result in ipairs(outcome == true and {} or outcome.results) do
            assert.equal(result[1] ~= victim, result.ok)
          end
        end
        farm:reload(victim)
        hap:restore_state(state)
      end
      assert.same(state, hap:save_state())
    until not harmed
    assert.is_true(step > 2)
  end)

  it("is what it was before a batch that failed, or it is told", function()
    local servers = hap:backend("app"):servers()
    local f1 = hap:frontend "f1"
    local function change()
      hap:batch(function(batch)
        for _, server in ipairs(servers) do
          batch:setweight(server, 77)
          batch:setstate(server, "drain")
        end
        batch:setmaxconn(f1, 7)
        batch:disable(f1)
        batch:add_map("nowhere", "k", "v")
      end, { rollback = true })
    end
    for _, harm in ipairs { "none", "kill", "stop" } do
      local step = 0
      repeat
        step = step + 1
        local before, victim = scramble(), random(PROCESSES)
        local patience = harm == "stop" and 1.5 or 20
        hap = haproxyadmin.HAProxy { sockets = farm.sockets, transport = transport, timeout = patience, retry = false }
        local harmed, ok, err = harm_at(step, function()
          if harm == "kill" then
            farm:kill(victim)
          elseif harm == "stop" then
            farm:signal(victim, "STOP")
          end
        end, change)
        assert.is_false(ok)
        if harm == "stop" then
          farm:signal(victim, "CONT")
          native:sleep(0.2)
        elseif harm == "kill" and harmed then
          farm:reload(victim)
        end
        hap = haproxyadmin.HAProxy { sockets = farm.sockets, transport = transport, timeout = 20 }
        local told = false
        for _, lost in ipairs(err.rollback and err.rollback.not_restored or {}) do
          told = told or lost.process_nb == victim
          assert.is_true(lost.process_nb == victim)
        end
        local plan = hap:apply(before, { dry_run = true })
        for _, process in ipairs(plan.processes) do
          -- One that was killed is as its configuration says.
          assert.is_true(harmed and process.process_nb == victim and (harm == "kill" or told), tostring(plan))
        end
      until not harmed or harm == "none"
    end
  end)
end)
