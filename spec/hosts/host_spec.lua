local forker = require "spec.support.forker"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"

-- Each of these runs a script of its own, since it looks at a whole process.
describe("in its host, the module", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 3 }
  end)

  teardown(function()
    farm:stop()
  end)

  -- What the module does everywhere, and `before` and `after` around it.
  local function script(before, after, environment)
    local file = farm.dir .. "/host.lua"
    haproxy.write(
      file,
      ([[
        local folder = %q
        %s
        local haproxyadmin = require "haproxyadmin"
        local hap = haproxyadmin.HAProxy { socket_dir = folder, timeout = 5 }
        hap:frontend("www"):setmaxconn(50)
        assert(hap:frontend("www").maxconn == 150)
        assert(hap:snapshot():sum("frontend", "slim") == 450)
        hap:frontend("nosuch", { die = false })
        %s
      ]]):format(farm:folder(), before, after)
    )
    local ok, text = haproxy.shell(
      ("%s LUA_PATH='%s' LUA_CPATH='%s' %s %s"):format(
        environment or "",
        package.path,
        package.cpath,
        haproxy.interpreter(),
        file
      )
    )
    assert.is_true(ok, text)
    return text
  end

  it("leaves signals, their mask, the umask and the folder alone", function()
    local read = [[
      local function state()
        local lines = {}
        for line in io.lines "/proc/self/status" do
          if line:match "^Sig[BIC]" or line:match "^Shd" or line:match "^Umask" then
            lines[#lines + 1] = line
          end
        end
        assert(#lines == 5, #lines)
        return table.concat(lines, "\n")
      end
    ]]
    script(read .. "local before = state()", "assert(before == state(), before .. state())")
  end)

  it("leaves global tables, the locale and the environment alone", function()
    local read = [[
      local function state()
        local names = {}
        for table_name, t in pairs { _G = _G, string = string, table = table, os = os, io = io, math = math } do
          for name, value in pairs(t) do
            names[#names + 1] = table_name .. "." .. tostring(name) .. "=" .. tostring(value)
          end
        end
        table.sort(names)
        return table.concat(names, "\n") .. os.setlocale()
      end
      local function environment()
        local pipe = io.popen "env | grep -v '^_=' | sort"
        local text = pipe:read "*a"
        pipe:close()
        return text
      end
    ]]
    script(
      read .. "local before, variables = state(), environment()",
      "assert(before == state()) assert(variables == environment())"
    )
  end)

  it("leaves the metatable of strings alone", function()
    script("local index = getmetatable('').__index", "assert(getmetatable('').__index == index)")
  end)

  it("works where a comma stands in numbers", function()
    local made = haproxy.shell(("localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8"):format(farm.dir))
    assert.is_true(made)
    local text = script(
      "assert(os.setlocale('de_DE.UTF-8'))",
      [[
        assert(haproxyadmin.utils.converter "13.5" == 13)
        assert(require "haproxyadmin.base.check".numeral("v", 0.5) == "0.5")
        assert(hap:metric "Uptime_sec" >= 0)
        hap:setmaxconn(1234)
        assert(hap.maxconn == 3 * 1234)
        print("done " .. os.setlocale())
      ]],
      ("LOCPATH=%s"):format(farm.dir)
    )
    assert.matches("done de_DE.UTF%-8", text)
  end)

  it("works in a child after a fork, and in the parent", function()
    -- The shell's own fork is no use here: this one happens behind the module's
    -- back, with its objects alive. HAProxy's Lua has none, LuaPosix may lack.
    forker.build(farm.dir)
    local text = script(
      [[
        package.cpath = package.cpath .. ";" .. folder .. "/../?.so"
        local fork = require "forker"
      ]],
      [[
        io.stdout:flush()
        local native = require "haproxyadmin.transport.native"
        local kept = assert(native:open(folder .. "/admin1.sock", native:now() + 20))
        local pid = fork.fork()
        -- A connection stays with the process that opened it.
        local sent, code = kept:send("show info\n", native:now() + 20)
        assert(sent == (pid ~= 0 or nil) and code == (pid == 0 and "closed" or nil))
        assert(pid == 0 or kept:receive(native:now() + 20):match "^Name")
        assert(hap:frontend("www").maxconn == 150)
        local server = hap:server("app2")[1]
        -- One after the other, so that what each of them wrote can be read.
        if pid ~= 0 then
          fork.wait(pid)
          assert(server.weight == 21)
        end
        assert(server:setweight(pid == 0 and 21 or 22))
        io.stdout:write(pid == 0 and "child " or "parent ", server.weight, "\n")
        io.stdout:flush()
      ]]
    )
    assert.matches("child 21\n.*parent 22\n", text)
    assert.equal(22, haproxyadmin.HAProxy({ socket_dir = farm:folder(), timeout = 10 }):server("app2")[1].weight)
  end)

  it("exports one symbol", function()
    local _, version = program.current()
    local module = program.build(version):gsub("%?", "haproxyadmin/core")
    local _, text = haproxy.shell("nm -D --defined-only " .. module)
    assert.matches("^%x+ T luaopen_haproxyadmin_core\n$", text)
  end)

  it("knows no Lua in its core", function()
    local found = haproxy.shell "grep -lE 'include.*(lua|lauxlib|lualib)\\.h' csrc/core/*/*"
    assert.is_false(found)
    local _, version = program.current()
    program.build(version)
    local _, symbols = haproxy.shell "nm build/core/libhadm.a"
    assert.matches(" T hadm_conn_init\n", symbols)
    assert.is_nil(symbols:find " U lua")
  end)

  -- Every include of the core: the folder that it stands in, the file, and what
  -- is included.
  local function includes()
    local _, text = haproxy.shell "grep -o '^#include .*' csrc/core/*/*.[ch]"
    local found = {}
    for folder, file, included in text:gmatch "csrc/core/(%w+)/([%w_.]+):#include ([^\n]+)" do
      found[#found + 1] = { folder = folder, file = folder .. "/" .. file, included = included }
    end
    assert.is_true(#found > 100)
    return found
  end

  it("has arrows between the core's folders that point one way", function()
    local floors = { base = 1, data = 2, exposition = 3, wire = 3, net = 4 }
    for _, include in ipairs(includes()) do
      local own = include.included:match '^"(.*)"$'
      if own then
        local folder = own:match "^%.%./(%w+)/[%w_]+%.h$" or (not own:find "/" and include.folder)
        assert.is_true(
          folder
            and floors[include.folder] ~= nil
            and (folder == include.folder or floors[folder] < floors[include.folder]),
          include.file .. " includes " .. own
        )
        assert.is_true(own:find "^%.%." == nil or folder ~= include.folder, include.file .. " includes " .. own)
      end
    end
  end)

  it("has sockets, clocks, threads and files in the core's folder net only", function()
    -- Headers of the C library that know nothing of the system.
    local pure = { inttypes = true, stdbool = true, stddef = true, stdint = true, stdio = true, stdlib = true }
    pure.limits, pure.string, pure.emmintrin = true, true, true
    local system = 0
    for _, include in ipairs(includes()) do
      local header = include.included:match "^<(.*)%.h>"
      if header and not pure[header] then
        assert.equal("net", include.folder, include.file .. " includes " .. header .. ".h")
        system = system + 1
      end
    end
    assert.is_true(system > 10)
  end)
end)
