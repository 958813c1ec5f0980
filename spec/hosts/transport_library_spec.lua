-- What a user sees whose host or library is not there.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

describe("a transport", function()
  local kept, preloaded

  -- The modules that the specs replace, and what is loaded with them.
  local names = {
    "copas",
    "cqueues",
    "luv",
    "socket",
    "socket.unix",
    "ssl",
    "haproxyadmin.transport.copas",
    "haproxyadmin.transport.cqueues",
    "haproxyadmin.transport.luv",
    "haproxyadmin.transport.luasocket",
  }

  before_each(function()
    kept, preloaded = {}, {}
    for _, name in ipairs(names) do
      kept[name], preloaded[name] = package.loaded[name], package.preload[name]
    end
  end)

  after_each(function()
    for _, name in ipairs(names) do
      package.loaded[name], package.preload[name] = kept[name], preloaded[name]
    end
  end)

  local function replace(name, loader)
    package.loaded[name], package.preload[name] = nil, loader
  end

  local function hide(name)
    replace(name, function()
      error("module '" .. name .. "' not found:\n\tno field package.preload", 0)
    end)
  end

  -- By transport: the module, Debian's package, the rock.
  local libraries = {
    { "copas", "copas", "lua-copas", "copas" },
    { "cqueues", "cqueues", "lua-cqueues", "cqueues" },
    { "luv", "luv", "lua-luv", "luv" },
    { "luasocket", "socket", "lua-socket", "luasocket" },
    { "luasocket", "socket.unix", "lua-socket", "luasocket" },
  }

  local function told(err, entry)
    local expected = "transport '%s' needs the module '%s', which cannot be loaded "
      .. "(in Debian's package %s and the rock %s): module '%s' not found:"
    assert.equal(expected:format(entry[1], entry[2], entry[3], entry[4], entry[2]), err.message)
  end

  for _, entry in ipairs(libraries) do
    it(entry[1] .. " without " .. entry[2] .. " says where to get it, each time", function()
      hide(entry[2])
      package.loaded["haproxyadmin.transport." .. entry[1]] = nil
      for _ = 1, 2 do
        local err = raises("ValueError", "unsupported", haproxyadmin.HAProxy, {
          socket_file = "/run/haproxy.sock",
          transport = entry[1],
        })
        told(err, entry)
      end
    end)
  end

  it("with TLS says where to get LuaSec", function()
    local luasocket = require "haproxyadmin.transport.luasocket"
    hide "ssl"
    local err = raises("ValueError", "unsupported", luasocket.new, { tls = { verify = false } })
    told(err, { "luasocket", "ssl", "lua-sec", "luasec" })
  end)

  it("for another host says so", function()
    for name, words in pairs {
      ngx = "transport 'ngx' works in nginx with lua-nginx-module (Debian: libnginx-mod-http-lua) only",
      haproxy = "transport 'haproxy' works in Lua that HAProxy has loaded (lua-load), and this is not HAProxy",
    } do
      local err = raises("ValueError", "unsupported", haproxyadmin.HAProxy, {
        socket_file = "/run/haproxy.sock",
        transport = name,
      })
      assert.equal(words, err.message)
    end
  end)

  -- Calls through this transport; the error is that of the first exchange.
  local function refused(name)
    local _, err = haproxyadmin.HAProxy {
      socket_file = "/run/haproxy.sock",
      transport = name,
      retry = false,
      die = false,
    }
    assert.equal("unsupported", err.code)
    return err.message
  end

  it("copas outside of its threads says what to do", function()
    replace("copas", function()
      return {}
    end)
    package.loaded["haproxyadmin.transport.copas"] = nil
    -- busted runs a spec in a coroutine on some Lua versions.
    local main = coroutine.running
    coroutine.running = function() end -- luacheck: ignore 122
    local ok, message = pcall(refused, "copas")
    coroutine.running = main -- luacheck: ignore 122
    assert.is_true(ok, message)
    assert.truthy(
      message:find(
        "transport 'copas' waits in a thread of Copas, and this call was not made in one: "
          .. "make it in a handler, or in a function given to copas.addthread",
        1,
        true
      ),
      message
    )
  end)

  it("copas without epoll says so", function()
    replace("copas", function()
      return {}
    end)
    package.loaded["haproxyadmin.transport.copas"] = nil
    local pollset = core.pollset
    core.pollset = function()
      return nil, "Function not implemented"
    end
    local message
    coroutine.wrap(function()
      message = refused "copas"
    end)()
    core.pollset = pollset
    assert.truthy(
      message:find("transport 'copas' needs epoll and timerfd, which Linux has: Function not implemented", 1, true),
      message
    )
  end)
end)
