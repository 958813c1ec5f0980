-- Entries of maps and ACLs, taken back with the batch that changed them.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local raises = assertions.raises

-- The second process is without the ACL.
local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request set-header x-site %[path,map_str({dir}/sites.map,none)]
]]

local with_acl = "  acl blocked path -f {dir}/blocked.acl\n  http-request deny if blocked\n"

describe("Entries of a batch that is taken back", function()
  local farm, hap, map, acl, behind, before

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = function(n)
        return config .. (n == 1 and with_acl or "")
      end,
    }
    map, acl = farm.dir .. "/sites.map", farm.dir .. "/blocked.acl"
    -- `behind(requests)` is called behind the first exchange that changes something.
    local transport = setmetatable({
      exchange = function(_, requests, deadline)
        native:exchange(requests, deadline)
        local call = requests[1] and not requests[1].line:find "show " and behind
        if call then
          behind = nil
          call(requests)
        end
      end,
    }, { __index = native })
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20, transport = transport }
  end)

  teardown(function()
    farm:stop()
  end)

  local function answer(process, command)
    return table.concat(process:command(command), "\n") .. "\n"
  end

  local function lines(process, what, id)
    local found = {}
    for line in answer(process, ("show %s %s"):format(what, id)):gmatch "0x%x+ ([^\n]*)\n" do
      found[#found + 1] = line
    end
    return found
  end

  -- All entries, in their order.
  local function all()
    local one, two = (table.unpack or unpack)(hap:processes()) -- luacheck: compat
    return { lines(one, "map", map), lines(two, "map", map), lines(one, "acl", acl) }
  end

  before_each(function()
    behind = nil
    local one = hap:processes()[1]
    for _, process in ipairs(hap:processes()) do
      process:command("clear map " .. map)
    end
    one:command("clear acl " .. acl)
    for _, process in ipairs(hap:processes()) do
      for i, value in ipairs { "first", "second", "third" } do
        process:command(("add map %s /%d %s"):format(map, i, value))
      end
      process:command(("add map %s /twice one"):format(map))
      process:command(("add map %s /twice two"):format(map))
    end
    one:command(("set map %s /2 other"):format(map))
    one:command(("add acl %s /admin"):format(acl))
    one:command(("add acl %s /private"):format(acl))
    before = all()
  end)

  -- Runs a batch whose last command fails; the error.
  local function fail(fn)
    return raises("CommandFailed", "not_found", hap.batch, hap, function(batch)
      fn(batch)
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true })
  end

  -- By object, field and process the values that were set back.
  local function restored(err)
    local found = {}
    for _, own in ipairs(err.rollback.restored) do
      local value = type(own.value) == "table" and table.concat(own.value, ",") or tostring(own.value)
      local name = own.object:match "^%a+ .*/(.*)$"
      found[("%s %s %d"):format(name, own.field, own.process_nb)] = value
    end
    return found
  end

  it("are what they were, in each process", function()
    local err = fail(function(batch)
      batch:add_map(map, "/new", "v")
      batch:set_map(map, "/2", "mine")
      batch:set_map(map, "/2", "mine again")
      batch:add_map(map, "/1", "a second one")
    end)
    assert.same(before, all())
    assert.same({}, err.rollback.not_restored)
    assert.same({
      ["sites.map /new 1"] = "nil",
      ["sites.map /new 2"] = "nil",
      ["sites.map /2 1"] = "other",
      ["sites.map /2 2"] = "second",
      ["sites.map /1 1"] = "first",
      ["sites.map /1 2"] = "first",
    }, restored(err))
    assert.matches("; 6 values were set back, 0 commands could not be taken back$", err.message)
  end)

  local function sorted(lists)
    for _, list in ipairs(lists) do
      table.sort(list)
    end
    return lists
  end

  it("are added again where they were deleted, all of a key in their order", function()
    local err = fail(function(batch)
      batch:del_map(map, "/1")
      batch:del_map(map, "/twice")
      batch:add_map(map, "/twice", "mine")
    end)
    assert.same({}, err.rollback.not_restored)
    assert.same("one,two", restored(err)["sites.map /twice 1"])
    for _, list in ipairs { all()[1], all()[2] } do
      local twice = {}
      for _, line in ipairs(list) do
        twice[#twice + 1] = line:match "^/twice (.*)"
      end
      assert.same({ "one", "two" }, twice)
    end
    assert.same(sorted(before), sorted(all()))
  end)

  it("are all there again when the list was cleared", function()
    local err = fail(function(batch)
      batch:clear_map(map)
      batch:add_map(map, "/3", "mine")
      batch:add_map(map, "with a blank", "its value")
    end)
    assert.same({}, err.rollback.not_restored)
    assert.same(sorted(before), sorted(all()))
  end)

  it("of ACLs are, too, where the process has it", function()
    local err = raises("MultipleCommandResults", "inconsistent", hap.batch, hap, function(batch)
      batch:add_acl(acl, "/new")
      batch:del_acl(acl, "/admin")
    end, { rollback = true })
    assert.same({}, err.rollback.not_restored)
    assert.same({ ["blocked.acl /new 1"] = "nil", ["blocked.acl /admin 1"] = "true" }, restored(err))
    assert.same(sorted(before), sorted(all()))
    raises("MultipleCommandResults", "inconsistent", hap.batch, hap, function(batch)
      batch:clear_acl(acl)
    end, { rollback = true })
    assert.same(sorted(before), sorted(all()))
  end)

  it("may be named by the list's number", function()
    local number = "#" .. answer(hap:processes()[2], "show map"):match("(%d+) %([^\n]*sites.map")
    local second = haproxyadmin.HAProxy { socket_file = farm.sockets[2], timeout = 20 }
    local err = raises("CommandFailed", "not_found", second.batch, second, function(batch)
      batch:set_map(number, "/2", "mine")
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true })
    assert.same({}, err.rollback.not_restored)
    assert.same(before, all())
  end)

  it("stay as somebody else has left them meanwhile, and this is told", function()
    behind = function()
      hap:processes()[1]:command(("set map %s /2 theirs"):format(map))
      hap:processes()[1]:command(("add map %s /4 theirs"):format(map))
    end
    local err = fail(function(batch)
      batch:set_map(map, "/1", "mine")
      batch:set_map(map, "/2", "mine")
    end)
    assert.equal(1, #err.rollback.not_restored)
    local lost = err.rollback.not_restored[1]
    assert.same({ 1, ("set map %s /2 mine"):format(map) }, { lost.process_nb, lost.command })
    assert.matches("somebody else has changed its entries meanwhile", lost.why)
    before[1][2] = "/2 theirs"
    table.insert(before[1], "/4 theirs")
    assert.same(before, all())
  end)

  it("are told of where the process is gone", function()
    local other = haproxy.start { processes = 2, origin = false }
    local count = 0
    local transport = setmetatable({
      exchange = function(_, requests, deadline)
        native:exchange(requests, deadline)
        count = count + (requests[1] and requests[1].line:find "^add map" and 1 or 0)
        if count == 1 then
          count = 2
          other:kill(1)
        end
      end,
    }, { __index = native })
    local own = haproxyadmin.HAProxy { socket_dir = other:folder(), timeout = 20, retry = false, transport = transport }
    local sites = other.dir .. "/sites.map"
    local ok, err = own:batch(function(batch)
      batch:add_map(sites, "/new", "v")
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true, die = false })
    other:stop()
    assert.is_nil(ok)
    assert.equal(1, #err.rollback.restored)
    assert.equal(2, err.rollback.restored[1].process_nb)
    assert.equal(1, #err.rollback.not_restored)
    assert.same({ 1, "its entries cannot be read" }, {
      err.rollback.not_restored[1].process_nb,
      err.rollback.not_restored[1].why,
    })
  end)
end)
