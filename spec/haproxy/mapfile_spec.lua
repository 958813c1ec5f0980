local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

-- Maps and ACLs from files and to files.
describe("a map's file", function()
  local folder, map_path, acl_path, other, farm, hap

  local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request set-header x-site %%[path,map(%s,none)]
  http-request deny if { path -f %s }
  http-request return status 200
]]

  -- All that HAProxy loads without a word, and that the Runtime API can say.
  local map_text = table.concat({
    "# head\n#\n\n \t\n\r\nk1 v1\n  k2 v2\n\tk3\tv3 \t\nk4  \t v4 with  blanks  \r\n",
    "#x y\n # not a comment\nk5# #v ; <<\nk1 again\nk6 \vv\\ \v\n\239\187\191k7 gr\195\188n\nlast one",
  })
  local acl_text = "# head\n\nk1 v1\n  k2\nk3  \t\nk4 \r\n # not a comment\nk1 v1\nlast"

  setup(function()
    folder = haproxy.temporary_folder()
    map_path, acl_path, other = folder .. "/sites.map", folder .. "/blocked.acl", folder .. "/other"
    haproxy.write(map_path, map_text)
    haproxy.write(acl_path, acl_text)
    farm = haproxy.start { processes = 2, origin = false, config = config:format(map_path, acl_path) }
    hap = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 20 }
  end)

  teardown(function()
    farm:stop()
    os.execute("rm -r " .. folder)
  end)

  local function content(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function listed(list)
    local found = {}
    for key, value in list:entries() do
      found[#found + 1] = list.file == map_path and key .. "=" .. value or key
    end
    return found
  end

  local function raises(call, ...)
    local ok, err = pcall(call, ...)
    assert.is_false(ok)
    assert.is_true(haproxyadmin.is_error(err), tostring(err))
    return err
  end

  it("is read as HAProxy reads it", function()
    local plan = hap:map(map_path):load(map_path, { dry_run = true })
    assert.same({ 0, 0, 0, 20 }, { plan.added, plan.changed, plan.deleted, plan.kept }, tostring(plan))
    plan = hap:acl(acl_path):load(acl_path, { dry_run = true, ordered = true })
    assert.same({ 0, 0, 14 }, { plan.added, plan.deleted, plan.kept }, tostring(plan))
  end)

  it("is refused with its name and the number of the line", function()
    local map, before = hap:map(map_path), listed(hap:map(map_path))
    local wrong = {
      { "a 1\n\nb\n", 3 },
      { "a 1\nb \t\r\n", 2 },
      { "a 1\n# gr\195\188n\nb gr\252n\n", 3 },
      { "a b\rc\n", 1 },
      { "a 1\nb\0c d\n", 2 },
      { "a 1\n" .. ("x"):rep(1048576) .. " y\n", 2 },
    }
    for _, case in ipairs(wrong) do
      haproxy.write(other, case[1])
      local err = raises(map.load, map, other)
      assert.equal("FileError", err.name)
      assert.equal(other, err.file)
      assert.equal(case[2], err.line)
      assert.matches(("file '%s', line %d: "):format(other, case[2]), err.message, 1, true)
    end
    os.remove(other)
    for path, code in pairs { [other] = "not_found", [folder] = "bad_argument" } do
      local err = raises(map.load, map, path)
      assert.equal("FileError", err.name)
      assert.equal(code, err.code)
      assert.equal(path, err.file)
      local none, returned = map:load(path, { die = false })
      assert.is_nil(none)
      assert.equal(err.message, returned.message)
    end
    assert.same(before, listed(map))
  end)

  it("takes comments of any bytes", function()
    haproxy.write(other, "# gr\252n\n" .. map_text)
    assert.equal(20, hap:map(map_path):load(other, { dry_run = true }).kept)
  end)

  it("is written so that HAProxy reads the same entries", function()
    local map, acl = hap:map(map_path), hap:acl(acl_path)
    haproxy.write(other, "# mine\r\n\n#\nold entry\n# not at the head\n")
    assert.is_true(map:save(other))
    local text = content(other)
    assert.equal("# mine\r\n\n#\nk1 v1\nk2 v2\n", text:sub(1, 23))
    assert.matches("\n #  not a comment\n", text:gsub("# not", "#  not"), 1, true)
    assert.is_nil(text:find("old entry", 1, true))
    local entries, keys = listed(map), listed(acl)
    assert.is_true(map:save(map_path))
    assert.is_true(acl:save(acl_path))
    assert.equal("# head\n#\n\n \t\n\r\nk1 v1\n", content(map_path):sub(1, 21))
    local pid = hap:processes()[1].pid
    farm:reload(1)
    local deadline = core.now() + 20
    repeat
      core.sleep(0.02)
      local ok, found = pcall(function()
        return haproxyadmin.HAProxy { sockets = { farm.sockets[1] }, timeout = 10 }
      end)
    until ok and found:info()[1].Pid ~= pid or core.now() > deadline
    local reloaded = haproxyadmin.HAProxy { sockets = { farm.sockets[1] }, timeout = 20 }
    assert.same(entries, listed(reloaded:map(map_path)))
    assert.same(keys, listed(reloaded:acl(acl_path)))
    -- What was written is loaded without any change.
    assert.equal(20, map:load(other, { dry_run = true, ordered = true }).kept)
  end)

  it("makes every process what it says", function()
    local map = hap:map(map_path)
    haproxy.write(other, "k1 v1\nk1 again\nnew entry\nk2 changed\n")
    local plan = map:load(other)
    assert.same({ 2, 2 }, { plan.added, plan.changed })
    plan = map:load(other, { dry_run = true })
    assert.same({ 0, 0, 0, 8 }, { plan.added, plan.changed, plan.deleted, plan.kept })
    assert.is_true(hap:acl(acl_path):save(other))
    assert.equal(0, hap:acl(acl_path):load(other).added)
  end)

  it("is as it was where processes disagree", function()
    hap:processes()[2]:command(("add map %s one more"):format(map_path))
    haproxy.write(other, "as it was")
    local err = raises(hap:map(map_path).save, hap:map(map_path), other)
    assert.equal("InconsistentData", err.name)
    assert.equal("as it was", content(other))
    hap:processes()[2]:command(("del map %s one"):format(map_path))
  end)

  it("is as it was where it cannot hold an entry", function()
    local map = hap:map(map_path)
    haproxy.write(other, "as it was")
    map:add("blanks", " before the value")
    local err = raises(map.save, map, other)
    assert.equal("FileError", err.name)
    assert.equal("bad_argument", err.code)
    assert.matches("blanks  before the value", err.message, 1, true)
    assert.equal("as it was", content(other))
    map:del "blanks"
    err = raises(map.save, map, folder .. "/none/file")
    assert.equal("not_found", err.code)
    err = raises(map.save, map, "")
    assert.equal("argument 'path': path of a file expected, got string \"\"", err.message)
    assert.is_true(map:save(other))
  end)

  it("replaces the entries where HAProxy would look for each that changes among all others", function()
    local map, version = hap:map(map_path), haproxy.version()
    local first, second = {}, {}
    for i = 1, 20000 do
      first[i] = ("host%d.example.com value %d\n"):format(i, i)
      second[i] = i % 200 == 0 and ("host%d.example.com other\n"):format(i) or first[i]
    end
    haproxy.write(other, table.concat(first))
    map:load(other)
    haproxy.write(other, table.concat(second))
    local plan = map:load(other, { dry_run = true })
    assert.same({ 2 * 100, 0 }, { plan.changed, plan.added + plan.deleted })
    assert.equal(version >= 204 and version < 300 and "replace" or "diff", plan.mode)
    map:load(other)
    assert.equal(2 * 20000, map:load(other).kept)
    assert.equal("other", map:lookup("host200.example.com").value)
  end)
end)
