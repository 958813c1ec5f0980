-- A terminal with a shell in it, made by tmux on a socket of its own.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

local terminal = {}

local Terminal = {}
Terminal.__index = Terminal

-- Those that are open. Behind a spec file none is left, also where one of its specs failed.
local opened = {}

-- Benchmarks close theirs themselves.
local busted = package.loaded.busted
if busted then
  busted.subscribe({ "file", "end" }, function()
    for self in pairs(opened) do
      self:close()
    end
    return nil, true
  end)
end

-- Seconds in which anything comes about, also on a machine that does other work.
local PATIENCE = 60

local function quoted(...)
  local words = {}
  for i, word in ipairs { ... } do
    words[i] = installed.quote(tostring(word))
  end
  return table.concat(words, " ")
end

function Terminal:tmux(...)
  local ok, text = haproxy.shell(("tmux -u -S %s/tmux -f /dev/null %s"):format(self.dir, quoted(...)))
  assert(ok, text)
  return text
end

--- A terminal of so many columns and rows. In its shell `haproxyadmin` is the program; `locale`:
-- C.UTF-8 unless it is given.
function terminal.open(columns, rows, locale)
  local self = setmetatable({ dir = haproxy.temporary_folder() }, Terminal)
  local program = assert(os.getenv "PROGRAM", "make terminal runs these specs")
  local lines = [[
unset HAPROXYADMIN_SOCKETS HAPROXYADMIN_CONTEXT HAPROXY_CLI NO_COLOR FORCE_COLOR COLUMNS LINES LUA_PATH LUA_CPATH
export HOME=%s XDG_CONFIG_HOME=%s LC_ALL=%s
haproxyadmin() { %s "$@"; }
PS1='ready> '
cd %s
]]
  haproxy.write(self.dir .. "/rc", lines:format(self.dir, self.dir, locale or "C.UTF-8", program, self.dir))
  opened[self] = true
  self:tmux("new-session", "-d", "-x", columns, "-y", rows, ("ENV=%s/rc exec sh -i"):format(self.dir))
  self:shows "ready>"
  return self
end

--- What it shows; `escapes`: with its colours.
function Terminal:screen(escapes)
  return self:tmux("capture-pane", "-p", escapes and "-e" or nil)
end

-- Does a text have each of these? Not as patterns.
local function has_all(text, wanted)
  for _, part in ipairs(wanted) do
    if not text:find(part, 1, true) then
      return false
    end
  end
  return true
end

--- Waits until it shows each of these texts; returns what it shows then.
function Terminal:shows(...)
  local wanted = { ... }
  local text = self:waits_for(function(text)
    return has_all(text, wanted)
  end, table.concat(wanted, " | "))
  return text
end

--- Waits until what it shows is what `fits` wants; returns what it shows then.
function Terminal:waits_for(fits, what)
  local deadline = core.now() + PATIENCE
  local text = self:screen()
  while not fits(text) do
    assert(core.now() < deadline, ("%s: not shown, but\n%s"):format(what or "what was waited for", text))
    core.sleep(0.05)
    text = self:screen()
  end
  return text
end

--- Waits until it shows none of these texts.
function Terminal:lacks(...)
  local wanted = { ... }
  return self:waits_for(function(text)
    for _, part in ipairs(wanted) do
      if text:find(part, 1, true) then
        return false
      end
    end
    return true
  end, "none of " .. table.concat(wanted, " | "))
end

--- Presses keys, as tmux calls them ("Enter", "C-c", "d").
function Terminal:press(...)
  for _, key in ipairs { ... } do
    self:tmux("send-keys", key)
  end
end

--- Types a text and Enter.
function Terminal:type(text)
  self:tmux("send-keys", "-l", text)
  self:tmux("send-keys", "Enter")
end

function Terminal:resize(columns, rows)
  self:tmux("resize-window", "-x", columns, "-y", rows)
end

--- Its settings, as stty says them, from the shell in it.
function Terminal:settings()
  self.asked = (self.asked or 0) + 1
  local path = ("%s/stty%d"):format(self.dir, self.asked)
  self:type(("stty -a >%s.new && mv %s.new %s"):format(path, path, path))
  local deadline = core.now() + PATIENCE
  while not core.path(path) do
    assert(core.now() < deadline, "stty did not answer")
    core.sleep(0.02)
  end
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

--- The shell's foreground process or job of that name, by its pid: a child of the shell.
function Terminal:child()
  local shell = self:tmux("display-message", "-p", "#{pane_pid}"):match "%d+"
  local deadline = core.now() + PATIENCE
  while true do
    local file = assert(io.open(("/proc/%s/task/%s/children"):format(shell, shell)))
    local pid = file:read("*a"):match "%d+"
    file:close()
    if pid then
      return pid
    end
    assert(core.now() < deadline, "the shell has no child")
    core.sleep(0.02)
  end
end

--- What tmux knows of it: "alternate_on", "cursor_flag".
function Terminal:flag(name)
  return self:tmux("display-message", "-p", "#{" .. name .. "}"):match "%S+"
end

function Terminal:close()
  opened[self] = nil
  haproxy.shell(("tmux -S %s/tmux kill-server"):format(self.dir))
  haproxy.shell("rm -rf " .. self.dir)
end

return terminal
