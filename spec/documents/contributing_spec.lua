-- What doc/contributing.md shows is done to a copy of the module, and run.

local haproxy = require "spec.support.haproxy"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- The blocks of Lua of the document, in order.
local function blocks()
  local found = {}
  for block in read("doc/contributing.md"):gmatch "\n```lua\n(.-)```" do
    found[#found + 1] = block
  end
  return found
end

-- Puts `more` behind (or, `before`, before) the first `mark` of a file, which must be there.
local function insert(path, mark, more, before)
  local text = read(path)
  local from, to = text:find(mark, 1, true)
  assert(from, path .. " has no " .. mark)
  local at = before and from - 1 or to
  haproxy.write(path, text:sub(1, at) .. more .. text:sub(at + 1))
end

describe("contributing.md", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
  end)

  teardown(function()
    farm:stop()
  end)

  it("shows how a command is added: the row, the method, and it works", function()
    local found = blocks()
    local row, fn, entry, script = found[1], found[2], found[3], found[4]
    assert.is_string(script)
    local copy = farm.dir .. "/copy"
    assert.is_true((haproxy.shell(("mkdir %s && cp -r lua %s"):format(copy, copy))))
    local lua = copy .. "/lua/haproxyadmin/"
    insert(lua .. "commands/proxies.lua", "\nreturn {\n", row)
    insert(lua .. "objects/backend.lua", "\nreturn handle.complete", "\n" .. fn, true)
    insert(lua .. "objects/backend.lua", "  methods = {\n", entry)
    local file = farm.dir .. "/added.lua"
    haproxy.write(
      file,
      ([[
        local hap = require("haproxyadmin").HAProxy { socket_dir = %q, timeout = 10 }
        %s
        assert(not pcall(hap.batch, hap, function(b) b:enable_dynamic_cookie() end))
        print "done"
      ]]):format(farm:folder(), script)
    )
    local ok, text = haproxy.shell(
      ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua' LUA_CPATH='%s' %s %s"):format(
        copy,
        copy,
        package.cpath,
        haproxy.interpreter(),
        file
      )
    )
    assert.is_true(ok, text)
    assert.equal("done\n", text)
  end)
end)
