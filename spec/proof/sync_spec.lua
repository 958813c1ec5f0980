-- Syncs of maps and ACLs: with a fault at every one of their steps, and of every size.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local versions = haproxy.version() >= 204

local config = [[
frontend f
  bind unix@{dir}/f{n}.sock
  acl blocked path -f {dir}/blocked.acl
  http-request set-header x-site %[path,map_str({dir}/sites.map,none)]
  http-request deny if blocked
]]

local function start(processes)
  return haproxy.start { processes = processes, origin = false, config = config }
end

-- The entries of each process that answers, sorted, as one text.
local function entries(farm, what)
  local found = {}
  local file = farm.dir .. (what == "acl" and "/blocked.acl" or "/sites.map")
  for n, socket in ipairs(farm.sockets) do
    local hap = haproxyadmin.HAProxy { socket_file = socket, die = false, retry = false, timeout = 30 }
    local lines = hap and hap["show_" .. what](hap, file)
    if lines then
      for i, line in ipairs(lines) do
        lines[i] = line:gsub("^0x%x+ ", "")
      end
      table.sort(lines)
      found[n] = table.concat(lines, "\n")
    end
  end
  return found
end

-- The entries number `from` to `to`, `value` in each of a map's; and as `entries` has them.
local function made(what, from, to, value)
  local list, lines = {}, {}
  for i = from, to do
    local key = ("/key;%d.example.com"):format(i)
    list[#list + 1] = what == "acl" and key or { key, value .. i }
    lines[#lines + 1] = what == "acl" and key or ("%s %s%d"):format(key, value, i)
  end
  table.sort(lines)
  return list, table.concat(lines, "\n")
end

describe("a fault at every step of a sync", function()
  local VICTIM = 2

  -- Of a transport: counts the exchanges with the victim; `fault(request)`, before that
  -- number `at`, does something to it; where it returns a code, that is what comes of it,
  -- after all was done.
  local function faulty(address)
    local transport = { at = 0, count = 0 }
    function transport:now() -- luacheck: no self
      return native:now()
    end
    function transport:sleep(seconds) -- luacheck: no self
      native:sleep(seconds)
    end
    function transport:open(where, deadline) -- luacheck: no self
      return native:open(where, deadline)
    end
    function transport:exchange(requests, deadline)
      local lost
      for _, request in ipairs(requests) do
        if request.address == address then
          self.count = self.count + 1
          if self.count == self.at and self.fault then
            lost = self.fault(request) and request
          end
        end
      end
      native:exchange(requests, deadline)
      if lost then
        lost.code, lost.sent = "closed", true
      end
    end
    return transport
  end

  local farm, transport

  local function begin(timeout)
    return haproxyadmin.HAProxy {
      sockets = farm.sockets,
      transport = transport,
      retry = false,
      timeout = timeout or 30,
    }
  end

  before_each(function()
    farm = start(3)
    transport = faulty(farm.sockets[VICTIM])
  end)

  after_each(function()
    farm:stop()
  end)

  local faults = {
    {
      name = "an answer that is lost",
      cause = function()
        return true
      end,
      mend = function() end,
    },
    {
      name = "a process that stalls",
      timeout = 1,
      cause = function()
        farm:signal(VICTIM, "STOP")
      end,
      mend = function()
        farm:signal(VICTIM, "CONT")
      end,
    },
    {
      name = "a process that is killed",
      cause = function()
        farm:signal(VICTIM, "KILL")
      end,
      mend = function()
        local process = farm:process(VICTIM)
        assert(haproxy.shell(("%s -D -p %s -f %s"):format(farm.program, process.pid_file, process.file)))
      end,
    },
    {
      name = "a reload",
      cause = function()
        farm:reload(VICTIM)
      end,
      mend = function() end,
    },
  }

  local function object(hap, what)
    return what == "acl" and hap:acl(farm.dir .. "/blocked.acl") or hap:map(farm.dir .. "/sites.map")
  end

  -- Causes a fault before each exchange of a sync, one after the other, until a sync has no
  -- more of them. `check(err, found, old, new)` is told what is there afterwards.
  local function at_every_step(fault, what, mode, check)
    local old_list, old = made(what, 1, 400, "old")
    local new_list, new = made(what, 200, 600, "new")
    local step, reached = 0, true
    while reached do
      step = step + 1
      transport.fault = nil
      local hap = begin()
      object(hap, what):sync(old_list, { mode = "diff" })
      hap = begin(fault.timeout)
      local list = object(hap, what)
      transport.count, transport.at, transport.fault = 0, step, fault.cause
      local done, err = list:sync(new_list, { mode = mode, die = false })
      reached = transport.count >= step
      if reached then
        fault.mend()
      end
      local found = entries(farm, what)
      assert.equal(3, #found)
      if done then
        assert.same({ new, new, new }, found)
      else
        assert.is_true(reached, tostring(err))
        check(err, found, old, new)
      end
      -- The same call completes it.
      transport.fault = nil
      object(begin(), what):sync(new_list, { mode = mode })
      assert.same({ new, new, new }, entries(farm, what))
    end
    return step
  end

  for _, fault in ipairs(faults) do
    for _, what in ipairs(fault.name:find "lost" and { "map", "acl" } or { "map" }) do
      it(("leaves a replaced %s old or new: %s"):format(what, fault.name), function()
        if not versions then
          local _, err = object(begin(), what):sync({}, { mode = "replace", die = false })
          assert.equal("unsupported", err.code)
          return
        end
        local between = 0
        local steps = at_every_step(fault, what, "replace", function(err, found, old, new)
          if err.name == "MultipleCommandResults" then
            between = between + 1
          end
          for n, text in ipairs(found) do
            -- One that starts anew reads its file.
            local from_file = n == VICTIM and (fault.name:find "killed" or fault.name:find "reload")
            local committed = err.name == "MultipleCommandResults" and text == new
            assert.is_truthy(text == old or from_file or committed, ("process %d after %s"):format(n, tostring(err)))
          end
        end)
        assert.is_true(steps >= 7)
        assert.equal(1, between)
      end)

      it(("leaves a %s that another sync completes: %s"):format(what, fault.name), function()
        local steps = at_every_step(fault, what, "diff", function(_, found, _, new)
          for n, text in ipairs(found) do
            assert.is_true(n == VICTIM or text ~= nil)
          end
          assert.is_string(new)
        end)
        assert.is_true(steps >= 6)
      end)
    end
  end

  it("tells of entries that others add meanwhile", function()
    local list = made("map", 1, 500, "v")
    local map = object(begin(), "map")
    for _, mode in ipairs(versions and { "replace", "diff" } or { "diff" }) do
      local other = haproxyadmin.HAProxy { socket_file = farm.sockets[VICTIM], timeout = 30 }
      map:sync({}, { mode = "diff" })
      local added = false
      local plan = map:sync(list, {
        mode = mode,
        progress = function()
          if not added then
            added = true
            other:add_map(farm.dir .. "/sites.map", "/other", "x")
          end
        end,
      })
      assert.is_true(added)
      assert.equal(1, plan.processes[VICTIM].others, mode)
      assert.equal(0, plan.processes[1].others)
      assert.equal(500, map.count)
    end
  end)
end)

describe("syncs of every size", function()
  local farm, hap, map, acl

  setup(function()
    farm = start(1)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 30 }
    map = hap:map(farm.dir .. "/sites.map")
    acl = hap:acl(farm.dir .. "/blocked.acl")
  end)

  teardown(function()
    farm:stop()
  end)

  -- A map's entries of so many bytes together, in lines of some forty.
  local function of_size(bytes)
    local list, count = {}, 0
    while bytes > 120 do
      count = count + 1
      local key = ("k%d"):format(count)
      list[count] = { key, ("v"):rep(40 - #key - 2) }
      bytes = bytes - 40
    end
    list[count + 1] = { "last", ("x"):rep(bytes - 6) }
    return list
  end

  local function holds(list, mode)
    map:sync({}, { mode = mode })
    map:sync(list, { mode = mode })
    local found, repeated = map:totable()
    assert.equal(0, repeated)
    for _, entry in ipairs(list) do
      if found[entry[1]] ~= entry[2] then
        error(("%d entries: key %s has %d bytes, not %d"):format(#list, entry[1], #(found[entry[1]] or ""), #entry[2]))
      end
      found[entry[1]] = nil
    end
    assert.is_nil((next(found)))
  end

  it("lose nothing around what HAProxy takes at once", function()
    local mode = versions and "replace" or "diff"
    -- One payload and two, HAProxy's buffer, and twice that.
    for _, range in ipairs { { 12100, 12310 }, { 16300, 16390 }, { 32740, 32790 } } do
      for bytes = range[1], range[2] do
        holds(of_size(bytes), bytes % 4 == 0 and "diff" or mode)
      end
    end
  end)

  it("take the longest entry that there can be, and refuse one more byte", function()
    local fits, longest = true, 0
    for bytes = core.payload_max - 200, core.payload_max do
      local ok, err = map:sync({ { "k", ("v"):rep(bytes) } }, { die = false, mode = "diff" })
      if ok then
        assert.is_true(fits)
        longest = bytes
        assert.equal(bytes, #map:totable().k)
      else
        fits = false
        assert.equal("too_big", err.code)
      end
    end
    assert.is_true(longest > core.payload_max - 150)
  end)

  it("lose nothing of patterns in lines of any length", function()
    for length = 1, 120 do
      local list = {}
      for i = 1, 150 do
        list[i] = ("%d;%s"):format(i, ("x"):rep(length))
      end
      acl:sync(list, { mode = length % 2 == 0 and versions and "replace" or "diff" })
      assert.equal(150, acl.count)
      assert.equal(150, acl:sync(list).kept)
    end
  end)
end)
