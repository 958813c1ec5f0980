local haproxy = require "spec.support.haproxy"

local shell = haproxy.shell

local function lines(command)
  local ok, text = shell(command)
  assert(ok, text)
  local found = {}
  for line in text:gmatch "[^\n]+" do
    found[#found + 1] = line
  end
  return found
end

local function rockspec()
  local spec = {}
  local file = "haproxyadmin-scm-1.rockspec"
  -- 5.1 gives a chunk its globals afterwards.
  local chunk = assert(loadfile(file, "t", spec))
  if setfenv then -- luacheck: compat
    setfenv(chunk, spec) -- luacheck: compat
  end
  chunk()
  return spec
end

describe("the rockspec", function()
  local modules = rockspec().build.modules

  it("lists every C source", function()
    local sources = {}
    for i, name in ipairs(modules["haproxyadmin.core"].sources) do
      sources[i] = name
    end
    table.sort(sources)
    assert.same(lines "LC_ALL=C ls csrc/core/*/*.c csrc/lua/*.c", sources)
  end)

  it("lists every Lua file", function()
    local files = {}
    for name, file in pairs(modules) do
      if type(file) == "string" then
        files[#files + 1] = file
        local path = "lua/" .. name:gsub("%.", "/")
        assert.is_true(file == path .. ".lua" or file == path .. "/init.lua", name)
      end
    end
    table.sort(files)
    assert.same(lines "LC_ALL=C find lua -name '*.lua' | LC_ALL=C sort", files)
  end)

  it("is what LuaRocks takes", function()
    assert.is_true((shell "luarocks lint haproxyadmin-scm-1.rockspec"))
  end)
end)

describe("installed", function()
  local dir

  before_each(function()
    dir = haproxy.temporary_folder()
  end)

  after_each(function()
    shell("rm -rf " .. dir)
  end)

  local function loads(lua, abi, share, lib)
    local command = ("cd / && LUA_PATH='%s/?.lua;%s/?/init.lua' LUA_CPATH='%s/?.so' %s -e %q"):format(
      share,
      share,
      lib,
      lua,
      "print(require('haproxyadmin')._VERSION)"
    )
    local ok, text = shell(command)
    assert.is_true(ok, abi .. text)
    assert.matches("^haproxyadmin ", text)
  end

  it("by LuaRocks, without a network, it loads", function()
    local copy = dir .. "/source"
    assert.is_true((shell(("mkdir %s && cp -r csrc lua *.rockspec %s"):format(copy, copy))))
    local version = _VERSION:match "%d+%.%d+"
    local make = ("cd %s && luarocks --lua-version %s --tree %s/tree make --deps-mode=none"):format(copy, version, dir)
    local ok, text = shell(make)
    assert.is_true(ok, text)
    local tree = dir .. "/tree/%s/lua/" .. version
    loads(haproxy.interpreter(), version, tree:format "share", tree:format "lib")
    local symbols = lines(("nm -D --defined-only %s/haproxyadmin/core.so"):format(tree:format "lib"))
    assert.equal(1, #symbols, table.concat(symbols, "\n"))
    local paths = "cd / && LUA_PATH='%s/?.lua;%s/?/init.lua;;' LUA_CPATH='%s/?.so;;' "
    paths = paths:format(tree:format "share", tree:format "share", tree:format "lib")
    ok, text = shell(paths .. dir .. "/tree/bin/haproxyadmin --version")
    assert.is_true(ok, text)
    assert.matches("^haproxyadmin %d", text)
  end)

  it("by make, it loads, and uninstall leaves nothing", function()
    local version = os.getenv "LUA_VERSION" or "5.4"
    local abi = version == "luajit" and "5.1" or version
    local arguments = ("LUA_VERSION=%s PREFIX=/usr DESTDIR=%s"):format(version, dir)
    local ok, text = shell("make -s install " .. arguments)
    assert.is_true(ok, text)
    local share, lib = dir .. "/usr/share/lua/" .. abi, dir .. "/usr/lib/lua/" .. abi
    loads(haproxy.interpreter(), abi, share, lib)
    ok, text = shell(("head -n 1 %s/usr/bin/haproxyadmin"):format(dir))
    assert.is_true(ok, text)
    assert.matches("^#!", text)
    -- The Lua files, the C module, the program, its manual, and what three shells load.
    assert.equal(#lines "find lua -name '*.lua'" + 6, #lines("find " .. dir .. " -type f"))
    ok, text = shell("make -s uninstall " .. arguments)
    assert.is_true(ok, text)
    assert.same({}, lines("find " .. dir .. " -type f"))
    assert.same({}, lines("find " .. dir .. " -name 'haproxyadmin*'"))
  end)
end)
