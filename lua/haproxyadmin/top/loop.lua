-- The loop: what drives the application, on luv: readings by the clock, keys and signals as
-- they come. Whatever fails in it ends it, and the terminal is given back before that is told.

local uv = require("haproxyadmin.transport.library")("luv", "luv", "lua-luv", "luv")

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local new_app = require("haproxyadmin.top.app").new
local new_keys = require("haproxyadmin.top.keys").new
local processes = require "haproxyadmin.top.processes"
local new_screen = require("haproxyadmin.top.screen").new
local protected = require "haproxyadmin.base.protected"
local terminals = require "haproxyadmin.top.terminal"

local loop = {}

local unpack = table.unpack or unpack -- luacheck: compat

-- Seconds in which the rest of an escape sequence has come, if there is one.
local REST = 0.05

-- Seconds after which the folder of sockets is looked at again.
local RESCAN = 10

-- What a shell says of a program that a signal ended.
local endings = { sighup = 129, sigint = 130, sigterm = 143 }

local Loop = {}
Loop.__index = Loop

-- Ends the loop.
function Loop:quit(status)
  self.status = self.status or status
end

-- Runs it until there is what is waited for; raises what failed meanwhile.
function Loop:run(is_over)
  while not self.err and not is_over() do
    uv.run "once"
  end
  if self.err then
    error(self.err, 0)
  end
end

-- Calls a function that waits for nothing; what it raises ends the loop.
function Loop:guard(fn, ...)
  -- Lua 5.1 passes no arguments on.
  local arguments, count = { ... }, select("#", ...)
  local ok, err = xpcall(function()
    fn(unpack(arguments, 1, count))
  end, function(err)
    return type(err) == "string" and { message = err, trace = debug.traceback("", 2) } or err
  end)
  if not ok then
    self.err = self.err or err
  end
end

-- Calls `fn`, which may wait, in a coroutine, and then `done` with what it returned.
function Loop:work(fn, done)
  protected.start(function()
    local function finish(ok, ...)
      if ok then
        self:guard(done, ...)
      else
        self.err = self.err or (...)
      end
    end
    finish(protected.call(fn))
  end)
end

function Loop:after(seconds, timer, fn)
  timer:stop()
  timer:start(math.ceil(seconds * 1000), 0, function()
    self:guard(fn)
  end)
end

-- ---- drawing ----

-- Draws, unless the terminal has not even taken what was drawn before: then behind that.
function Loop:draw()
  local terminal = self.terminal
  if terminal.writing then
    self.late = true
    return
  end
  self.app:draw()
  local text = self.screen:flush()
  if text ~= "" then
    terminal:write(text, function()
      self:guard(function()
        if self.late and terminal.entered then
          self.late = false
          self:draw()
        end
      end)
    end)
  end
end

function Loop:resize()
  local columns, rows = self.terminal:size()
  self.screen:resize(rows, columns)
end

-- ---- readings ----

--- Reads now, or as soon as the reading that is under way is over.
function Loop:read()
  if self.reading then
    self.again = true
    return
  end
  self.reading, self.again = true, false
  self.timer:stop()
  local began = core.now()
  self:work(function()
    -- Others may have come, and some may have gone for good.
    if began >= self.rescan then
      self.rescan = began + RESCAN
      self.hap:rescan()
    end
    return self.hap:snapshot { partial = true }
  end, function(snapshot, err)
    self.reading = false
    self.app:take(snapshot, err)
    self:draw()
    if self.again then
      self:read()
    elseif not self.app.paused then
      local left = self.app.interval - (core.now() - began)
      self:after(math.max(left, 0.01), self.timer, function()
        self:read()
      end)
    end
  end)
end

-- ---- keys and signals ----

function Loop:key(key)
  self.app:key(key)
  if self.app.paused and not self.reading then
    self.timer:stop()
  end
end

function Loop:take_bytes(bytes)
  if not bytes then
    return self:quit(endings.sighup)
  end
  for _, key in ipairs(self.keys:feed(bytes)) do
    self:key(key)
  end
  self:draw()
  if self.keys:is_pending() then
    self:after(REST, self.rest, function()
      for _, key in ipairs(self.keys:flush()) do
        self:key(key)
      end
      self:draw()
    end)
  else
    self.rest:stop()
  end
end

function Loop:suspend()
  self.terminal:suspend()
  self:come_back()
end

-- Draws all of it anew, in whatever size the terminal has by now.
function Loop:come_back()
  self:resize()
  self:draw()
end

function Loop:listen()
  local terminal = self.terminal
  local function on(name, fn)
    terminal:on(name, function()
      self:guard(fn)
    end)
  end
  for name, status in pairs(endings) do
    on(name, function()
      self:quit(status)
    end)
  end
  on("sigwinch", function()
    self:come_back()
  end)
  terminal.on_suspend = function()
    self:guard(self.suspend, self)
  end
  terminal:on("sigtstp", terminal.on_suspend)
  -- Behind a SIGSTOP, which nobody sees coming, the terminal is not ours any more.
  on("sigcont", function()
    terminal:enter()
    self:come_back()
  end)
  terminal:read(function(bytes)
    self:guard(self.take_bytes, self, bytes)
  end)
end

-- ---- running ----

-- Makes the HAProxy object, in a coroutine since its sockets are looked at there.
local function connect(self, open)
  local err
  self:work(open, function(hap, why)
    self.hap, err = hap, why
  end)
  self:run(function()
    return self.hap or err
  end)
  if err then
    failure.connecting(err)
  end
end

local function new_loop(open, screen)
  local self = setmetatable({ screen = screen, timer = uv.new_timer(), rest = uv.new_timer() }, Loop)
  self.rescan = core.now() + RESCAN
  connect(self, open)
  return self
end

local function start(self, options)
  self.app = new_app {
    hap = self.hap,
    screen = self.screen,
    interval = options.interval,
    title = options.title,
    read_only = options.read_only,
    clock = core.now,
    quit = function(status)
      self:quit(status)
    end,
    suspend = function()
      self:suspend()
    end,
    read = function()
      self:read()
    end,
    work = function(fn, done)
      self:work(fn, function(...)
        done(...)
        self:draw()
      end)
    end,
  }
end

--- Runs `top` on the terminal until it is ended; returns the exit status. `open()` makes the
-- HAProxy object. Options: `interval`, `title`, `read_only`, `colour`, `unicode`.
function loop.run(open, options)
  local screen = new_screen { colour = options.colour, unicode = options.unicode }
  local self = new_loop(open, screen)
  self.keys, self.terminal = new_keys(), terminals.open()
  start(self, options)
  local ok, err = pcall(function()
    self:listen()
    self.terminal:enter()
    self:resize()
    self:draw()
    self:read()
    self:run(function()
      return self.status
    end)
  end)
  self.terminal:close()
  if not ok then
    error(err, 0)
  end
  return self.status
end

--- Returns one screen as a text, with rates over `options.interval` seconds, and the errors of the processes that did
-- not answer. `options.columns`:
-- how wide it is, `options.rows`: how high (default: as high as it needs to be).
function loop.once(open, options)
  local screen = new_screen { colour = false, unicode = options.unicode }
  local self = new_loop(open, screen)
  start(self, options)
  self.app.still = true
  local function read(done)
    self:work(function()
      return self.hap:snapshot { partial = true }
    end, function(taken, err)
      self.err = err
      if taken then
        done(taken)
      end
    end)
  end
  local over = false
  read(function(first)
    self.app:take(first)
    self:after(options.interval, self.timer, function()
      read(function(second)
        over = true
        self.app:take(second)
      end)
    end)
  end)
  self:run(function()
    return over
  end)
  local lines = 5 + #self.app.table.rows.list
  screen:resize(options.rows or math.max(lines, 10), options.columns)
  self.app:draw()
  return screen:text(), processes.errors(self.app.processes)
end

return loop
