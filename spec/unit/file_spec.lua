local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local file = require "haproxyadmin.base.file"
local haproxy = require "spec.support.haproxy"

describe("file", function()
  local folder, path

  setup(function()
    folder = haproxy.temporary_folder()
    path = folder .. "/target"
  end)

  teardown(function()
    os.execute("rm -r " .. folder)
  end)

  local function content()
    local handle = assert(io.open(path))
    local text = handle:read "*a"
    handle:close()
    return text
  end

  local function names()
    local found = {}
    for _, name in ipairs(core.list(folder)) do
      if name ~= "." and name ~= ".." then
        found[#found + 1] = name
      end
    end
    return found
  end

  local function refused(code, message, value, err)
    assert.is_nil(value)
    assert.equal(message, err.message)
    assert.equal(code, err.code)
    return err
  end

  it("is there with its whole text", function()
    assert.is_true(file.write(path, "first"))
    assert.equal("first", content())
    assert.is_true(file.write(path, ("x"):rep(300000)))
    assert.equal(("x"):rep(300000), content())
    assert.is_true(file.write(path, ""))
    assert.equal("", content())
    assert.same({ "target" }, names())
  end)

  it("is as it was until its writer has committed", function()
    assert(file.write(path, "old"))
    local writer = assert(file.writer(path))
    assert.is_true(writer:write "new ")
    assert.is_true(writer:write "text\0")
    assert.equal("old", content())
    assert.is_true(writer:commit())
    assert.equal("new text\0", content())
    refused("closed", ("cannot write file '%s': closed"):format(path), writer:write "more")
    refused("closed", ("cannot write file '%s': closed"):format(path), writer:commit())
    assert.same({ "target" }, names())
  end)

  it("is as it was where the writer was closed or forgotten", function()
    assert(file.write(path, "old"))
    local writer = assert(file.writer(path))
    assert(writer:write(("x"):rep(300000)))
    writer:close()
    writer:close()
    refused("closed", ("cannot write file '%s': closed"):format(path), writer:commit())
    writer = assert(file.writer(path))
    assert(writer:write "new")
    assert.equal(2, #names())
    writer = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.equal("old", content())
    assert.same({ "target" }, names())
  end)

  it("is not written where it cannot be", function()
    local err = refused(
      "not_found",
      ("cannot write file '%s/none/x': opening its folder: No such file or directory"):format(folder),
      file.write(folder .. "/none/x", "text")
    )
    assert.equal("FileError", err.name)
    assert.equal(folder .. "/none/x", err.file)
    assert.is_true(err:is "ValueError")
    refused(
      "bad_argument",
      ("cannot write file '%s': looking for it: Is a directory"):format(folder),
      file.write(folder, "text")
    )
    for _, wrong in ipairs { "", "a\0b", false, 7 } do
      local expected = "argument 'path': path of a file expected, got " .. check.describe(wrong)
      refused("bad_argument", expected, file.write(wrong, "text"))
    end
  end)

  it("is read whole, and in pieces", function()
    for _, text in ipairs { "", "a\0b\r\n", ("x"):rep(65536), ("0123456789"):rep(50000) } do
      assert(file.write(path, text))
      assert.equal(text, file.read(path))
    end
    local reader = assert(file.reader(path))
    assert.equal(65536, #reader:read())
    reader:close()
    reader:close()
    refused("closed", ("cannot read file '%s': closed"):format(path), reader:read())
  end)

  it("is not read where it cannot be, or was changed meanwhile", function()
    local none = folder .. "/none"
    local message = ("cannot read file '%s': No such file or directory"):format(none)
    assert.equal(none, refused("not_found", message, file.read(none)).file)
    refused("bad_argument", ("cannot read file '%s': Is a directory"):format(folder), file.read(folder))
    refused("bad_argument", "cannot read file '/dev/null': it is no regular file", file.read "/dev/null")
    refused("bad_argument", "argument 'path': path of a file expected, got nil", file.read())
    haproxy.write(path, ("x"):rep(100000))
    local reader = assert(file.reader(path))
    assert(reader:read())
    haproxy.write(path, ("y"):rep(90000))
    refused("inconsistent", ("cannot read file '%s': it was changed meanwhile"):format(path), (function()
      local piece, err
      repeat
        piece, err = reader:read()
      until not piece
      return piece, err
    end)())
  end)

  it("is as it was where the system takes no more", function()
    assert(file.write(path, "old"))
    local script = ([[
      local file = require "haproxyadmin.base.file"
      local ok, err = file.write(%q, ("x"):rep(100000))
      print(ok, err.code, err)]]):format(path)
    haproxy.write(folder .. "/script.lua", script)
    -- A limit of 4 kB for a file, which is no reason to be killed.
    local ok, text = haproxy.shell(
      ("trap '' XFSZ; ulimit -f 8; LUA_PATH='%s' LUA_CPATH='%s' %s %s/script.lua"):format(
        package.path,
        package.cpath,
        haproxy.interpreter(),
        folder
      )
    )
    assert(ok, text)
    local expected = "nil\tfailed\tFileError: cannot write file '%s': writing: File too large\n"
    assert.equal(expected:format(path), text)
    assert.equal("old", content())
    assert.equal(2, #names())
  end)

  it("is locked by one process at a time", function()
    local lock = assert(file.lock(path))
    haproxy.write(
      folder .. "/script.lua",
      ("print(require('haproxyadmin.base.file').lock(%q) and 'locked' or 'busy')"):format(path)
    )
    local function elsewhere()
      local line = ("LUA_PATH='%s' LUA_CPATH='%s' %s %s/script.lua"):format(
        package.path,
        package.cpath,
        haproxy.interpreter(),
        folder
      )
      local ok, text = haproxy.shell(line)
      assert(ok, text)
      return text
    end
    assert.equal("busy\n", elsewhere())
    lock:close()
    assert.equal("locked\n", elsewhere())
    local message = ("cannot lock file '%s/none/it': No such file or directory"):format(folder)
    refused("not_found", message, file.lock(folder .. "/none/it"))
    refused("bad_argument", "argument 'path': path of a file expected, got nil", file.lock())
  end)
end)
