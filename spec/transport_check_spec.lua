-- Transports against the suite that all of them must pass: the one that
-- doc/transports.md makes, and the module's own in their hosts.

local farms = require "spec.support.transport_farms"
local haproxy = require "spec.support.haproxy"
local program = require "spec.support.program"
local suite = require "spec.support.transport_suite"

-- The Lua of a document that makes a transport, and that of a host.
local function blocks_of(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  local blocks = {}
  for code in text:gmatch "\n```lua\n(.-)\n```" do
    blocks[#blocks + 1] = code
  end
  return blocks
end

-- Believes that all processes but the first fail.
local broken = [[
local native = require "haproxyadmin.transport.native"
local short = setmetatable({}, { __index = native })
function short:exchange(requests, deadline)
  native.exchange(native, requests, deadline)
  for i = 2, #requests do
    requests[i].code = "failed"
  end
end
return short
]]

describe("check-transport", function()
  local started, dir

  local function literal(env)
    local parts = {}
    for key, value in pairs(env) do
      parts[#parts + 1] = ("%s = %s"):format(key, type(value) == "string" and ("%q"):format(value) or tostring(value))
    end
    return "return { " .. table.concat(parts, ", ") .. " }\n"
  end

  setup(function()
    dir = haproxy.temporary_folder()
    started = farms.start()
    haproxy.write(dir .. "/env.lua", literal(started.env))
    local blocks = blocks_of "doc/transports.md"
    assert.equal(2, #blocks)
    haproxy.write(dir .. "/my_transport.lua", blocks[1])
    haproxy.write(dir .. "/my_host.lua", blocks[2])
    haproxy.write(dir .. "/broken.lua", broken)
  end)

  teardown(function()
    if started then
      started:stop()
    end
    if dir then
      haproxy.shell("rm -rf " .. dir)
    end
  end)

  local function check(lua, version, module, host)
    program.build(version)
    local ok, text = haproxy.shell(
      ("LUA=%s LUA_VERSION=%s LUA_PATH='%s/?.lua' timeout 120 spec/check-transport %s '%s' %s/env.lua"):format(
        lua,
        version,
        dir,
        module,
        host or "",
        dir
      )
    )
    -- luv itself writes this when a peer resets its connection.
    return ok, (text:gsub("EBADF: bad file descriptor\n", ""))
  end

  local function passes(lua, version, module, host)
    program.passed(suite.count(), check(lua, version, module, host))
  end

  -- A coroutine of plain Lua 5.1 cannot wait below pcall: LuaJIT's can.
  local function with_coroutines()
    local lua, version = program.current()
    if version == "5.1" then
      return "luajit", "luajit"
    end
    return lua, version
  end

  it("passes the example of the documentation, and inside its host", function()
    local lua, version = with_coroutines()
    passes(lua, version, "my_transport")
    passes(lua, version, "my_transport", "my_host")
  end)

  for _, name in ipairs { "cqueues", "luv" } do
    it("passes " .. name, function()
      local lua, version = with_coroutines()
      passes(lua, version, "haproxyadmin.transport." .. name, "spec.support.hosts." .. name)
    end)
  end

  -- Debian has Copas for Lua 5.1, 5.2 and LuaJIT only.
  it("passes copas", function()
    passes("luajit", "luajit", "haproxyadmin.transport.copas", "spec.support.hosts.copas")
  end)

  it("passes luasocket", function()
    local lua, version = program.current()
    passes(lua, version, "haproxyadmin.transport.luasocket")
  end)

  it("tells what is wrong with a transport", function()
    local lua, version = program.current()
    local ok, text = check(lua, version, "broken")
    assert.is_false(ok)
    assert.matches("\nnot ok ", "\n" .. text)
  end)
end)
