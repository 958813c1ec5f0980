-- The script doc/examples/sync_map.lua.

local haproxy = require "spec.support.haproxy"

describe("the script that makes a map equal to a file", function()
  local farm, file

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    file = farm.dir .. "/wanted"
  end)

  teardown(function()
    farm:stop()
  end)

  local function run(arguments)
    return haproxy.shell(
      ("LUA_PATH='%s' LUA_CPATH='%s' %s doc/examples/sync_map.lua %s"):format(
        package.path,
        package.cpath,
        haproxy.interpreter(),
        arguments
      )
    )
  end

  local function sync(rest)
    return run(("%s %s/sites.map %s"):format(farm:folder(), farm.dir, rest))
  end

  it("shows what it would change, and changes it", function()
    haproxy.write(file, "# sites\n/one 1st\n/three third\n")
    local expected = {
      "1\tadd\t/three\tthird",
      "1\tset\t/one\t1st",
      "1\tdel\t/two\tsecond",
      "2\tadd\t/three\tthird",
    }
    for _, how in ipairs { " dry", "" } do
      local ok, text = sync(file .. how)
      assert.is_true(ok, text)
      assert.equal(table.concat(expected, "\n"), text:match(("[^\n]*\n"):rep(4)):sub(1, -2))
      assert.matches("\nprocess 2: 1 added, 1 changed, 1 deleted, 0 kept", text, 1, true)
    end
    local ok, text = sync(file)
    assert.is_true(ok, text)
    assert.equal("diff: 0 added, 0 changed, 0 deleted, 4 kept", text:match "^[^\n]*")
  end)

  it("says what is wrong", function()
    haproxy.write(file, "/one first\n/two\n")
    local ok, text = sync(file)
    assert.is_false(ok)
    assert.equal(("FileError: file '%s', line 2: the value is missing\n"):format(file), text)
    ok, text = sync(farm.dir .. "/none dry")
    assert.is_false(ok)
    assert.matches("FileError: cannot read file", text)
    ok, text = run(("%s %s/none.map %s"):format(farm:folder(), farm.dir, file))
    assert.is_false(ok)
    assert.matches("no process has a map", text)
    ok, text = run(farm:folder())
    assert.is_false(ok)
    assert.matches("usage: sync_map.lua FOLDER MAP FILE %[dry%]", text)
  end)
end)
