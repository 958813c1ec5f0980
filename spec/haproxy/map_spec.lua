-- Maps and ACLs as objects.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

-- The third process gives the same file another id, the fourth is without the map.
local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  acl in_place path /in-place
  acl blocked path -f {dir}/blocked.acl
  http-request deny if blocked or in_place
]]

local with_map = "  http-request set-header x-site %[path,map_str({dir}/sites.map,none)]\n"
local other_map = "  http-request set-header x-other %[path,map_str({dir}/other.map,none)]\n"

describe("maps and ACLs as objects", function()
  local farm, hap, map, acl, versions

  setup(function()
    local more = { with_map, with_map, other_map .. with_map, "" }
    farm = haproxy.start {
      origin = false,
      files = { ["other.map"] = "/x y\n" },
      config = function(n)
        return config .. more[n]
      end,
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 }
    map = hap:map(farm.dir .. "/sites.map")
    acl = hap:acl(farm.dir .. "/blocked.acl")
    versions = haproxy.version() >= 204
  end)

  teardown(function()
    farm:stop()
  end)

  before_each(function()
    map:sync({ { "/one", "first" }, { "/two", "second" } }, { mode = "diff" })
    acl:sync({ "/blocked", "/admin" }, { mode = "diff" })
  end)

  -- The entries of each process that has a list, as "key value" lines in their order.
  local function in_each(what, file)
    local found = {}
    for _, process in ipairs(hap:processes()) do
      local lines = process:command(("show %s %s"):format(what, file))
      if not lines[1] or lines[1]:match "^0x" then
        for i, line in ipairs(lines) do
          lines[i] = line:gsub("^0x%x+ ", "")
        end
        found[#found + 1] = table.concat(lines, "\n")
      end
    end
    return found
  end

  local function assert_entries(list, lines, any_order)
    local found = in_each(list == acl and "acl" or "map", list.file)
    assert.equal(#list.process_nb, #found)
    for i, text in ipairs(found) do
      if any_order then
        local sorted = {}
        for line in (text .. "\n"):gmatch "(.-)\n" do
          sorted[#sorted + 1] = line
        end
        table.sort(sorted)
        text = table.concat(sorted, "\n")
      end
      assert.equal(table.concat(lines, "\n"), text, "process " .. i)
    end
  end

  local function modes()
    return versions and { "diff", "replace", "auto" } or { "diff", "auto" }
  end

  it("are listed, each file once, in all processes that have it", function()
    local maps = hap:maps()
    assert.equal(2, #maps)
    assert.is_true(maps:get(farm.dir .. "/sites.map") == map)
    assert.same({ 1, 2, 3 }, map.process_nb)
    assert.same({ 3 }, maps:get(farm.dir .. "/other.map").process_nb)
    assert.same({ 1, 2, 3, 4 }, acl.process_nb)
    assert.equal(farm.dir .. "/sites.map", map.name)
    assert.equal(map.name, map.file)
    assert.is_true(hap:map(map.id) == map)
    assert.is_true(hap:map("#" .. map.id) == map)
    assert.matches("used by map at file", map.description, 1, true)
    assert.is_nil(map.description:find("entry_cnt", 1, true))
    assert.equal(2, map.count)
    assert.equal("haproxyadmin.Map (" .. map.file .. ")", tostring(map))
    assert.is_true(hap:acls():contains(acl))
  end)

  it("are there also where the configuration lists patterns in place", function()
    local found
    for _, one in ipairs(hap:acls()) do
      if not one.file and one:totable()[1] == "/in-place" then
        found = one
      end
    end
    assert.equal("#" .. found.id, found.name)
    assert.same({ "/in-place" }, (found:totable()))
    found:sync { "/in-place", "/more" }
    assert.equal("/more", found:lookup("/more").key)
    found:sync { "/in-place" }
    assert.equal(1, found.count)
  end)

  it("that nobody has are not found", function()
    raises("ValueError", "not_found", hap.map, hap, "/nowhere.map")
    raises("ValueError", "not_found", hap.acl, hap, 4711)
    raises("ValueError", "bad_argument", hap.map, hap, "")
    raises("ValueError", "bad_argument", hap.map, hap, true)
  end)

  it("are asked what a sample matches", function()
    local match = map:lookup "/one"
    assert.same({ "/one", "first", "str", "sensitive", "tree" }, {
      match.key,
      match.value,
      match.type,
      match.case,
      match.index,
    })
    assert.is_nil(map:lookup "/nothing")
    assert.equal("/admin", acl:lookup("/admin").key)
    assert.is_nil(acl:lookup "/nothing")
    hap:processes()[2]:command(("set map %s /one other"):format(map.file))
    raises("InconsistentData", "inconsistent", map.lookup, map, "/one")
    raises("ValueError", "bad_argument", map.lookup, map, "")
  end)

  it("are read", function()
    local keys = {}
    for key, value, reference in map:entries() do
      assert.matches("^0x%x+$", reference)
      keys[#keys + 1] = key .. "=" .. value
    end
    assert.same({ "/one=first", "/two=second" }, keys)
    map:add("/one", "again")
    local found, repeated = map:totable()
    assert.same({ ["/one"] = "first", ["/two"] = "second" }, found)
    assert.equal(1, repeated)
    local patterns, none = acl:totable()
    assert.same({ "/blocked", "/admin" }, patterns)
    assert.equal(0, none)
    -- Another order is no other list, other entries are.
    hap:processes()[1]:command(("del map %s /one"):format(map.file))
    hap:processes()[1]:command(("del map %s /one"):format(map.file))
    hap:processes()[1]:command(("add map %s /one again"):format(map.file))
    raises("InconsistentData", "inconsistent", map.totable, map)
    hap:processes()[1]:command(("add map %s /one first"):format(map.file))
    assert.equal(3, map.count)
    assert.equal("second", map:totable()["/two"])
  end)

  it("are changed entry by entry", function()
    assert.is_true(map:add("/three", 3))
    assert.is_true(map:set("/three", "third"))
    assert.is_true(map:put("/three", "3rd"))
    hap:processes()[2]:command(("del map %s /three"):format(map.file))
    assert.is_true(map:put("/three", "3"))
    assert.is_true(map:put("/three", "3"))
    assert_entries(map, { "/one first", "/three 3", "/two second" }, true)
    assert.is_true(map:del "/three")
    assert.is_true(acl:put "/new")
    assert.is_true(acl:put "/new")
    assert.equal(3, acl.count)
    assert.is_true(acl:add "/new")
    assert.is_true(acl:del "/new")
    assert.is_true(acl:clear())
    assert.equal(0, acl.count)
    assert.same({}, (acl:totable()))
    raises("CommandFailed", "not_found", map.set, map, "/nothing", "x")
    raises("ValueError", "bad_argument", map.put, map, "a\nb", "x")
    raises("ValueError", "bad_argument", map.put, map, "a", nil)
  end)

  it("become what is wanted", function()
    local wanted = { { "/one", "1st" }, { "/three", 3 }, { "k;1", "a;b <<" }, { "#0x12", "\\x" }, { "/two", "second" } }
    for _, mode in ipairs(modes()) do
      map:sync({ { "/one", "first" }, { "/old", "x" }, { "/two", "second" } }, { mode = "diff" })
      local plan = map:sync(wanted, { mode = mode })
      assert.equal(mode == "auto" and "diff" or mode, plan.mode)
      assert_entries(map, { "#0x12 \\x", "/one 1st", "/three 3", "/two second", "k;1 a;b <<" }, true)
      assert.equal(3, #plan.processes)
      if mode ~= "replace" then
        assert.same({ 9, 3, 3, 3 }, { plan.added, plan.changed, plan.deleted, plan.kept })
      end
      local again = map:sync(wanted)
      assert.same({ 0, 0, 0, 15 }, { again.added, again.changed, again.deleted, again.kept })
      assert.is_nil((again:changes()()))
    end
  end)

  it("become empty, and are filled again", function()
    for _, mode in ipairs(modes()) do
      map:sync({}, { mode = mode })
      acl:sync({}, { mode = mode })
      assert.equal(0, map.count)
      assert.equal(0, acl.count)
      map:sync({ ["/a"] = "b" }, { mode = mode })
      acl:sync({ "/c d", "/e;f", "#0x1" }, { mode = mode })
      assert_entries(map, { "/a b" })
      assert_entries(acl, { "/c d", "/e;f", "#0x1" })
    end
  end)

  it("hold any text that HAProxy can hold", function()
    local wanted = {
      { "two words", " v  w " },
      { "tab\tkey", "\tx" },
      { "empty", "" },
      { "bytes\1\127\200\255", "\255\1\"'$%#\\" },
      { "<<", "<<END" },
      { "@1", "@2" },
      { "long", ("v;"):rep(5000) },
      { "/one", "first" },
    }
    local lines = {}
    for i, entry in ipairs(wanted) do
      lines[i] = entry[1] .. " " .. entry[2]
    end
    table.sort(lines)
    for _, mode in ipairs(modes()) do
      map:sync({ ["two words"] = "old", ["long"] = "short", ["/one"] = "first" }, { mode = "diff" })
      map:sync(wanted, { mode = mode })
      assert_entries(map, lines, true)
      assert.equal(#wanted * 3, map:sync(wanted).kept)
      map:sync({}, { mode = mode })
    end
  end)

  it("hold a key as often as it is wanted", function()
    local twice = { { "a", "1" }, { "a", "2" }, { "a", "2" }, { "b", "1" } }
    for _, mode in ipairs(modes()) do
      map:sync({ { "a", "2" }, { "a", "3" }, { "a", "4" }, { "a", "5" }, { "a", "6" } }, { mode = "diff" })
      local plan = map:sync(twice, { mode = mode })
      assert.same({ 2, "a" }, { plan:repeated() })
      assert_entries(map, { "a 1", "a 2", "a 2", "b 1" }, true)
    end
    raises("ValueError", "exists", map.sync, map, twice, { unique = true })
    assert.equal(4 * 3, map:sync({ { "a", "1" }, { "a", "2" }, { "a", "2" }, { "b", "1" } }).kept)
  end)

  it("differ between processes, and become equal", function()
    local processes = hap:processes()
    processes[1]:command(("clear map %s"):format(map.file))
    processes[2]:command(("set map %s /one other"):format(map.file))
    processes[3]:command(("add map %s /more x"):format(map.file))
    local plan = map:sync { { "/one", "first" }, { "/two", "second" } }
    assert.same({ 2, 1, 1, 3 }, { plan.added, plan.changed, plan.deleted, plan.kept })
    for i, numbers in ipairs {
      { process_nb = 1, added = 2, changed = 0, deleted = 0, kept = 0, others = 0 },
      { process_nb = 2, added = 0, changed = 1, deleted = 0, kept = 1, others = 0 },
      { process_nb = 3, added = 0, changed = 0, deleted = 1, kept = 2, others = 0 },
    } do
      assert.same(numbers, plan.processes[i])
    end
    assert_entries(map, { "/one first", "/two second" }, true)
  end)

  it("are not touched by a dry run", function()
    local wanted = { ["/one"] = "1st", ["/three"] = "third" }
    local plan = map:sync(wanted, { dry_run = true })
    local changes = {}
    for nb, what, key, value in plan:changes() do
      changes[#changes + 1] = ("%d %s %s %s"):format(nb, what, key, value)
    end
    assert.same({ "1 add /three third", "1 set /one 1st", "1 del /two second" }, {
      changes[1],
      changes[2],
      changes[3],
    })
    assert.equal(9, #changes)
    assert.matches("^diff: 3 added, 3 changed, 3 deleted, 0 kept\nprocess 1: 1 added", tostring(plan))
    assert_entries(map, { "/one first", "/two second" })
    local acl_plan = acl:sync({ "/blocked", "/x" }, { dry_run = true })
    local nb, what, key, value = acl_plan:changes()()
    assert.same({ 1, "add", "/x" }, { nb, what, key })
    assert.is_nil(value)
  end)

  it("are put in order", function()
    local wanted = { { "/two", "second" }, { "/one", "first" } }
    assert.equal(6, map:sync(wanted).kept)
    assert_entries(map, { "/one first", "/two second" })
    if not versions then
      raises("CommandFailed", "unsupported", map.sync, map, wanted, { ordered = true })
      return
    end
    raises("CommandFailed", "unsupported", map.sync, map, wanted, { ordered = true, mode = "diff" })
    assert.equal("replace", map:sync(wanted, { ordered = true }).mode)
    assert_entries(map, { "/two second", "/one first" })
    assert.equal("diff", map:sync(wanted, { ordered = true }).mode)
  end)

  it("are not replaced where HAProxy has no versions", function()
    if versions then
      assert.equal("replace", map:sync({ a = "b" }, { mode = "replace", verify = false }).mode)
    else
      raises("CommandFailed", "unsupported", map.sync, map, { a = "b" }, { mode = "replace" })
    end
  end)

  it("are filled from an iterator and from a file, and progress is told", function()
    local count, told = 0, {}
    local plan = map:sync(function()
      count = count + 1
      if count <= 12000 then
        return "/key" .. count, "value " .. count
      end
    end, {
      progress = function(done, total)
        told[#told + 1] = { done, total }
      end,
    })
    assert.equal(3 * 12000, plan.added)
    assert.equal(12000, map.count)
    assert.is_true(#told >= 2)
    assert.same({ told[#told][2], told[#told][2] }, told[#told])
    local path = farm.dir .. "/wanted.map"
    haproxy.write(path, "# head\r\n\r\n  /one\t first value \r\n/two 2\n#/no x\n #1 y")
    map:sync { file = path }
    assert_entries(map, { "#1 y", "/one first value", "/two 2" }, true)
    haproxy.write(path, "# head\n\n /a b\n/c\n")
    acl:sync { file = path }
    assert_entries(acl, { "/a b", "/c" }, true)
  end)

  it("tell what cannot be wanted, and send nothing", function()
    local function refuses(wanted, words, options)
      local err = raises("ValueError", "bad_argument", map.sync, map, wanted, options)
      assert.matches("argument 'wanted'", err.message, 1, true)
      assert.matches(words, err.message, 1, true)
    end
    refuses(nil, "got nil")
    refuses("text", "got string")
    refuses({ a = true }, 'key "a": value: string or number expected, got boolean')
    refuses({ [{}] = "v" }, "key: string or number expected, got table")
    refuses({ { "a", "1" }, "b" }, "entry 2: {key, value} expected")
    refuses({ { "a", "1" }, { "b" } }, "entry 2")
    refuses({ { "a\nb", "1" } }, "LF at position 2")
    refuses({ { "a", "1\r" } }, 'value of key "a": CR at position 2')
    refuses({ { "", "1" } }, "the key is empty")
    refuses({ { "two words", "" } }, "the value is missing")
    raises("ValueError", "too_big", map.sync, map, { a = ("x"):rep(13000) })
    raises("ValueError", "too_big", map.sync, map, { a = ("x"):rep(12280) })
    raises("ValueError", "bad_argument", map.sync, map, {}, { mode = "other" })
    raises("ValueError", "bad_argument", map.sync, map, {}, { wrong = true })
    raises("ValueError", "bad_argument", acl.sync, acl, { a = "b" })
    assert_entries(map, { "/one first", "/two second" })
  end)

  it("tell what is wrong with a file, and on which line", function()
    local path = farm.dir .. "/bad.map"
    local function refuses(text, code, words)
      haproxy.write(path, text)
      local err = raises("FileError", code, map.sync, map, { file = path })
      assert.matches(path, err.message, 1, true)
      assert.matches(words, err.message, 1, true)
      return err
    end
    assert.equal(2, refuses("/a b\n/c\n", "bad_argument", "line 2: the value is missing").line)
    refuses("/a b\n\n/c \255\n", "bad_argument", "line 3: position 4 is no UTF-8")
    refuses("/a b\0c\n", "bad_argument", "line 1: NUL or CR at position 5")
    refuses("/a b\n" .. ("x"):rep(1000000), "too_big", "line 2: longer than")
    raises("FileError", "not_found", map.sync, map, { file = farm.dir .. "/nowhere.map" })
    assert.equal("FileError", select(2, map:sync({ file = farm.dir }, { die = false })).name)
    assert_entries(map, { "/one first", "/two second" })
  end)

  it("tell that others have them, and what a socket's level does not allow", function()
    local names = haproxy.version() >= 300
    local shared = "  http-request deny if { path -M -f {dir}/sites.map }\n"
    if names then
      shared = shared
        .. "  http-request set-header x-a %[path,map_str(virt@flags,none)]\n"
        .. "  http-request set-header x-b %[path,map_str(opt@{dir}/nofile.map,none)]\n"
    end
    local other = haproxy.start {
      processes = 2,
      origin = false,
      config = config .. with_map .. shared,
      global = "  stats socket {dir}/user{n}.sock level user\n",
    }
    local own = haproxyadmin.HAProxy { socket_dir = other:folder(), timeout = 20 }
    local both = own:acl(other.dir .. "/sites.map")
    assert.equal("/one first", both:totable()[1])
    local err = raises("ValueError", "bad_argument", both.sync, both, {})
    assert.matches("shared with a map", err.message, 1, true)
    assert.equal(2, own:map(other.dir .. "/sites.map"):sync({ a = "b" }).added)
    for _, name in ipairs(names and { "virt@flags", "opt@" .. other.dir .. "/nofile.map" } or {}) do
      local found = own:map(name)
      for _, mode in ipairs { "diff", "replace" } do
        found:sync({ a = mode }, { mode = mode })
        found:put("b", "c")
        assert.same({ a = mode, b = "c" }, (found:totable()))
        assert.equal("c", found:lookup("b").value)
      end
      assert.is_true(found == own:maps():get(found.name))
    end
    local low = haproxyadmin.HAProxy { socket_file = other.dir .. "/user1.sock", timeout = 20 }
    if haproxy.version() >= 304 then
      raises("CommandFailed", "permission", low.maps, low)
      raises("CommandFailed", "permission", low.map, low, other.dir .. "/sites.map")
    else
      assert.equal(1, low:map(other.dir .. "/sites.map"):sync({ a = "x" }).changed)
    end
    other:stop()
  end)
end)
