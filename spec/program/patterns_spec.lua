-- haproxyadmin map and haproxyadmin acl. What they did is read from HAProxy's sockets.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

describe("haproxyadmin map and acl", function()
  local farm, hap, map, acl, saved

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    map, acl, saved = farm.dir .. "/sites.map", farm.dir .. "/blocked.acl", farm.dir .. "/saved.map"
    haproxy.write(saved, "/one first\n/two second\n")
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  before_each(function()
    hap:map(map):load(saved)
    hap:acl(acl):sync { "/blocked", "/admin" }
  end)

  local function at(...)
    return installed.run("-D", farm:folder(), ...)
  end

  -- The entries of each process, read from its socket.
  local function entries(kind, name)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      local lines = {}
      for _, line in ipairs(process:command(("show %s %s"):format(kind, name))) do
        lines[#lines + 1] = line:match "^0x%x+ (.*)$"
      end
      table.sort(lines)
      found[i] = table.concat(lines, "|")
    end
    return table.concat(found, " and ")
  end

  it("are listed and shown", function()
    local status, out = at("map", "list", "--columns", "map,count,processes", "-H")
    assert.same({ 0, map .. "\t2\t1,2\n" }, { status, out })
    status, out = at("acl", "list", "-o", "name")
    assert.equal(0, status)
    assert.matches(acl, out, 1, true)
    status, out = at("map", "show", "sites.map", "--columns", "key,value", "-o", "csv")
    assert.same({ 0, "key,value\r\n/one,first\r\n/two,second\r\n" }, { status, out })
    status, out = at("acl", "show", acl, "-o", "name")
    assert.same({ 0, "/blocked\n/admin\n" }, { status, out })
  end)

  it("look samples up", function()
    local status, out, err = at("map", "get", map, "/two", "-o", "name")
    assert.same({ 0, "second\n", "" }, { status, out, err })
    status, out = at("acl", "get", acl, "/admin", "--columns", "key,type", "-H")
    assert.same({ 0, "/admin\tstr\n" }, { status, out })
    status, out, err = at("map", "get", map, "/nope")
    assert.same({ 4, "", ('haproxyadmin: %s has nothing for "/nope"\n'):format(map) }, { status, out, err })
    status, out, err = at("map", "get", "nope.map", "/one")
    assert.same({ 4, "", "haproxyadmin: there is no map 'nope.map'\n" }, { status, out, err })
  end)

  it("change entries in every process", function()
    local status, out = at("map", "set", map, "/one", "1st")
    assert.same({ 0, map .. ': the entry "/one" was set (2 of 2 processes)\n' }, { status, out })
    assert.equal(0, (at("map", "add", map, "/a;b c", "any text")))
    assert.equal("/a;b c any text|/one 1st|/two second and /a;b c any text|/one 1st|/two second", entries("map", map))
    assert.equal(0, (at("map", "del", map, "/two")))
    assert.equal(0, (at("acl", "add", acl, "/private")))
    assert.equal(0, (at("acl", "del", acl, "/admin")))
    assert.equal("/blocked|/private and /blocked|/private", entries("acl", acl))
    local err
    status, out, err = at("map", "set", map, "/nope", "x")
    assert.same({ 4, "" }, { status, out })
    assert.matches("not found", err)
    status, out = at("map", "set", map, "/one", "2nd", "--dry-run", "--columns", "processes,to,command", "-H")
    assert.same({ 0, ("1,2\t2nd\tset map %s /one 2nd\n"):format(map) }, { status, out })
    assert.equal("/a;b c any text|/one 1st and /a;b c any text|/one 1st", entries("map", map))
  end)

  it("say which process did not do it, and what differs", function()
    hap:processes()[2]:command(("del map %s /one"):format(map))
    local status, out, err = at("map", "set", map, "/one", "1st")
    assert.same({ 3, map .. ': the entry "/one" was set (1 of 2 processes)\n' }, { status, out })
    assert.matches('the entry "/one": process 2: ', err, 1, true)
    assert.matches("\nCompare with: haproxyadmin map diff " .. map .. "\n", err, 1, true)
    status, out = at("map", "diff", map, "-H", "--exit-code")
    assert.same({ 10, "add\t/one\t1st\t2\n" }, { status, out })
    status, out, err = at("map", "show", map)
    assert.same({ 1, "" }, { status, out })
    assert.matches("Compare with: haproxyadmin map diff", err)
    assert.matches("processes disagree", err)
  end)

  it("are made what a file says, and saved", function()
    local file = farm.dir .. "/wanted.map"
    haproxy.write(file, "/one first\n/two 2nd\n/three third\n")
    local status, out = at("map", "diff", map, file, "-H")
    assert.same({ 0, "add\t/three\tthird\t1,2\nset\t/two\t2nd\t1,2\n" }, { status, out })
    hap:processes()[2]:command(("set map %s /two 2nd"):format(map))
    local commands = ("1,2\tadd map %s <<\n1\tset map %s /two 2nd\n"):format(map, map)
    local function rehearsal(...)
      return at("map", "sync", map, file, "--dry-run", "--columns", "processes,command", "-H", ...)
    end
    local err
    status, out, err = rehearsal "--exit-code"
    assert.same({ 10, commands }, { status, out })
    local told = "dry run: 1 of 1 map would change; nothing was sent\nIts entries: haproxyadmin map diff %s %s\n"
    assert.equal(told:format(map, file), err)
    if haproxy.version() >= 204 then
      status, out = rehearsal("--mode", "replace")
      local shown = "1,2\tprepare map %s\n1,2\tadd map @<ver> %s <<\n1,2\tcommit map @<ver> %s\n"
      assert.same({ 0, shown:format(map, map, map) }, { status, out })
    end
    assert.equal("/one first|/two second and /one first|/two 2nd", entries("map", map))
    status, out = at("acl", "sync", acl, saved, "--dry-run", "--columns", "object,processes", "-o", "name")
    assert.equal(0, status)
    assert.matches(acl, out, 1, true)
    hap:processes()[2]:command(("set map %s /two second"):format(map))
    status, out, err = at("map", "sync", map, file)
    assert.same({ 2, "" }, { status, out })
    assert.matches("2 added, 2 changed, 0 deleted", err)
    assert.equal("/one first|/two second and /one first|/two second", entries("map", map))
    status, out = at("map", "sync", map, file, "--yes")
    assert.same({ 0, ("%s is as %s says (2 of 2 processes)\n"):format(map, file) }, { status, out })
    assert.equal("/one first|/three third|/two 2nd and /one first|/three third|/two 2nd", entries("map", map))
    status, out = at("map", "sync", map, file)
    assert.same({ 0, ("%s is as %s says already (2 of 2 processes)\n"):format(map, file) }, { status, out })
    status, out = rehearsal "--exit-code"
    assert.same({ 0, "1,2\tunchanged\n" }, { status, out })
    assert.equal(0, (at("map", "save", map, file .. ".new")))
    local handle = assert(io.open(file .. ".new"))
    local text = handle:read "*a"
    handle:close()
    assert.equal("/one first\n/two 2nd\n/three third\n", text)
    haproxy.write(file, "/one\n")
    status, out, err = at("map", "sync", map, file, "--yes")
    assert.same({ 2, "" }, { status, out })
    assert.matches("wanted.map", err)
    assert.equal("/one first|/three third|/two 2nd and /one first|/three third|/two 2nd", entries("map", map))
  end)

  -- Lets the program make the map what a large file says, and stops a process when the first entries are there;
  -- nil when that was too late.
  local function stopped_while_syncing(file)
    hap:map(map):load(saved)
    local words = { "map", "sync", map, file, "--yes", "-t", "100s", "--mode", "diff" }
    local running = installed.start("-D", farm:folder(), (table.unpack or unpack)(words)) -- luacheck: ignore
    local first = hap:processes()[1]
    assertions.eventually(function()
      local count = 0
      for _, line in ipairs(first:command "show map") do
        count = line:find(map, 1, true) and tonumber(line:match "entry_cnt=(%d+)") or count
      end
      return count > 2 or running:has_ended()
    end)
    farm:signal(1, "STOP")
    -- It may have been about to end.
    core.sleep(1.5)
    if not running:has_ended() then
      return running
    end
    farm:signal(1, "CONT")
    running:finish()
  end

  it("are not left half-way behind Ctrl-C", function()
    local file, lines = farm.dir .. "/large.map", { "/one first", "/two second" }
    for i = 1, 50000 do
      lines[#lines + 1] = ("/large/%d value"):format(i)
    end
    haproxy.write(file, table.concat(lines, "\n") .. "\n")
    local running
    for _ = 1, 20 do
      running = running or stopped_while_syncing(file)
    end
    assert.is_truthy(running, "it was always faster")
    running:interrupt()
    core.sleep(0.3)
    local ended = running:has_ended()
    farm:signal(1, "CONT")
    local status, out, err = running:finish()
    assert.is_false(ended)
    assert.same({ 130, ("%s is as %s says (2 of 2 processes)\n"):format(map, file) }, { status, out }, err)
    assert.matches("\nhaproxyadmin: interrupted; what was being changed was not left half%-way\n$", err)
    for _, process in ipairs(hap:processes()) do
      assert.equal(50002, #process:command(("show map %s"):format(map)))
    end
  end)

  it("are emptied when somebody says so", function()
    local status, _, err = at("acl", "clear", acl)
    assert.equal(2, status)
    assert.matches("2 entries of .* will be deleted. Nobody can be asked\n", err)
    assert.equal("/admin|/blocked and /admin|/blocked", entries("acl", acl))
    assert.equal(0, (at("acl", "clear", acl, "--yes")))
    assert.equal(" and ", entries("acl", acl))
  end)
end)
