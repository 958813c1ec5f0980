-- A site on a socket, with short limits and handlers that behave badly:
-- web_server.lua FOLDER_OF_SOCKETS CONNECTIONS. Prints its port, and on SIGTERM ends.

local haproxyadmin = require "haproxyadmin"
local listener = require "haproxyadmin.web.listener"
local site = require "haproxyadmin.web.site"
local transport = require "haproxyadmin.transport.luv"
local uv = require "luv"

local function log(words)
  io.stdout:write("log: ", words, "\n")
  io.stdout:flush()
end

local handle, self = site.new {
  transport = transport,
  gzip = true,
  log = log,
  hosts = { localhost = true },
  open = function()
    return haproxyadmin.HAProxy { socket_dir = arg[1], transport = transport, retry = false, die = false }
  end,
}

-- How many pieces were made of bodies that have no end.
local made = 0
local piece = ("x"):rep(65536)

local handlers = {}

function handlers.endless()
  return 200, {}, function()
    made = made + 1
    return piece
  end
end

function handlers.breaks()
  local count = 0
  return 200, {}, function()
    count = count + 1
    return count > 1 and error "in the middle" or "begun"
  end
end

function handlers.slow()
  io.stdout:write "slow has begun\n"
  io.stdout:flush()
  transport:sleep(0.5)
  return 200, {}, "slow"
end

function handlers.fails()
  transport:sleep(0.05)
  error "behind the wait"
end

function handlers.echo(request)
  return 200, {}, request.method .. " " .. request.body .. " " .. request.remote
end

local started

function handlers.count()
  local count = 0
  for _ in pairs(started.clients) do
    count = count + 1
  end
  return 200, {}, ("%d %d"):format(count, made)
end

for name, handler in pairs(handlers) do
  local file = "spec.web_server." .. name
  package.loaded[file] = {
    new = function()
      return handler
    end,
  }
  table.insert(self.routes, { path = "/" .. name, methods = "GET POST", file = file, heavy = name == "endless" })
end

started = assert(listener.new {
  uv = uv,
  host = "127.0.0.1",
  port = 0,
  handle = handle,
  is_heavy = self.is_heavy,
  log = log,
  limits = {
    connections = tonumber(arg[2]),
    heavy = 2,
    piece_seconds = 3,
    sweep_seconds = 0.1,
    request = { head_seconds = 2, body_seconds = 2, idle_seconds = 2 },
  },
})
print(started.port)
io.stdout:flush()
local signal = uv.new_signal()
signal:start("sigterm", function()
  signal:close()
  started:stop(function()
    print "stopped"
  end)
end)
uv.run()
