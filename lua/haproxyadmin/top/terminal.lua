-- The terminal: raw mode and the alternate screen, and back again however it ends. Only
-- SIGKILL leaves it as it is (`reset` mends that).

local uv = require("haproxyadmin.transport.library")("luv", "luv", "lua-luv", "luv")

local terminal = {}

local Terminal = {}
Terminal.__index = Terminal

-- The alternate screen without a cursor; a full line does not go on in the next one.
local ENTER = "\27[?1049h\27[?25l\27[?7l\27[2J"
local LEAVE = "\27[0m\27[?7h\27[?25h\27[?1049l"

-- libuv's numbers for the modes.
local NORMAL, RAW = 0, 1

--- Are stdin and stdout a terminal that can move its cursor?
function terminal.is_there()
  local term = os.getenv "TERM" or ""
  return uv.guess_handle(0) == "tty" and uv.guess_handle(1) == "tty" and term ~= "" and term ~= "dumb"
end

--- Opens it, and leaves it as it is.
function terminal.open()
  return setmetatable({
    input = assert(uv.new_tty(0, true)),
    output = assert(uv.new_tty(1, false)),
    signals = {},
  }, Terminal)
end

--- Columns and rows.
function Terminal:size()
  local columns, rows = self.output:get_winsize()
  if type(columns) ~= "number" or columns == 0 or rows == 0 then
    return 80, 24
  end
  return columns, rows
end

--- Makes it ours: keys come as they are typed.
function Terminal:enter()
  -- libuv does nothing where it thinks that the mode is that one already.
  self.input:set_mode(NORMAL)
  self.input:set_mode(RAW)
  self.entered = true
  io.stdout:write(ENTER)
  io.stdout:flush()
end

--- Gives it back as it was. Does not fail, and may be called again.
function Terminal:leave()
  if not self.entered then
    return
  end
  self.entered = false
  io.stdout:write(LEAVE)
  io.stdout:flush()
  self.input:set_mode(NORMAL)
  uv.tty_reset_mode()
end

--- Calls `on_bytes(bytes)` for what is typed, with nil once there is no terminal any more.
function Terminal:read(on_bytes)
  self.input:read_start(function(_, bytes)
    on_bytes(bytes)
  end)
end

--- Writes without waiting; `done()` is called once all of it is written.
function Terminal:write(text, done)
  self.writing = true
  local ok = self.output:write(text, function()
    self.writing = false
    done()
  end)
  if not ok then
    self.writing = false
  end
end

--- Calls a function at each signal of that name ("sigterm").
function Terminal:on(name, fn)
  local handle = uv.new_signal()
  handle:start(name, fn)
  self.signals[name] = handle
end

--- Stops as Ctrl-Z does, until somebody lets it go on.
function Terminal:suspend()
  self:leave()
  local handle = self.signals.sigtstp
  local fn = handle and self.on_suspend
  if handle then
    handle:stop()
  end
  -- The whole job, as the terminal would: to those of a pipe, too.
  uv.kill(0, "sigtstp")
  if handle then
    handle:start("sigtstp", fn)
  end
  self:enter()
end

function Terminal:close()
  self:leave()
  self.input:read_stop()
  for _, handle in pairs(self.signals) do
    handle:stop()
  end
end

return terminal
