-- The program as it is installed: $PROGRAM, which `make program` sets.

local haproxy = require "spec.support.haproxy"

local installed = {}

--- A word as the shell takes it as it is.
function installed.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- What stands before a line of the shell: its home and nothing of the caller's environment.
local function environment(folder)
  return ([[
unset HAPROXYADMIN_SOCKETS HAPROXYADMIN_CONTEXT HAPROXY_CLI NO_COLOR FORCE_COLOR COLUMNS PAGER LUA_PATH LUA_CPATH
export HOME=%s XDG_CONFIG_HOME=%s LC_ALL=C TERM=xterm
]]):format(folder, folder)
end

--- Runs a line of the shell, in which "haproxyadmin" is the program and nothing of the caller's
-- environment says where sockets are. Returns the exit status, stdout and stderr.
function installed.shell(line)
  local program = assert(os.getenv "PROGRAM", "make program runs these specs")
  local folder = haproxy.temporary_folder()
  local script = environment(folder) .. ([[
haproxyadmin() { timeout 300 %s "$@"; }
%s
]]):format(program, line)
  haproxy.write(folder .. "/script", script)
  local command = "sh %s/script >%s/out 2>%s/err </dev/null; echo $?"
  local pipe = assert(io.popen(command:format(folder, folder, folder)))
  local status = tonumber(pipe:read "*a")
  pipe:close()
  local out, err = read(folder .. "/out"), read(folder .. "/err")
  haproxy.shell("rm -r " .. folder)
  return status, out, err
end

local Running = {}
Running.__index = Running

local function quoted(...)
  local words = {}
  for i, word in ipairs { ... } do
    words[i] = installed.quote(word)
  end
  return table.concat(words, " ")
end

--- Runs the program with these arguments. Returns the exit status, stdout and stderr.
function installed.run(...)
  return installed.shell("haproxyadmin " .. quoted(...))
end

--- Starts the program with these arguments, beside the spec.
function installed.start(...)
  local self = setmetatable({ folder = haproxy.temporary_folder() }, Running)
  local script = [[
cd %s
%s %s >out 2>err </dev/null & echo $! >pid
wait $!
echo $? >status.new
mv status.new status
]]
  haproxy.write(
    self.folder .. "/script",
    environment(self.folder) .. script:format(self.folder, assert(os.getenv "PROGRAM"), quoted(...))
  )
  os.execute(("sh %s/script >/dev/null 2>&1 </dev/null &"):format(self.folder))
  return self
end

--- What it has printed by now: stdout and stderr.
function Running:printed()
  local texts = {}
  for i, name in ipairs { "out", "err" } do
    local file = io.open(self.folder .. "/" .. name)
    texts[i] = file and file:read "*a" or ""
    if file then
      file:close()
    end
  end
  return texts[1], texts[2]
end

--- Has it ended?
function Running:has_ended()
  local file = io.open(self.folder .. "/status")
  return file ~= nil and file:close() and true
end

--- Presses Ctrl-C.
function Running:interrupt()
  haproxy.shell("kill -INT " .. read(self.folder .. "/pid"))
end

--- Waits until it has ended. Returns the exit status, stdout and stderr.
function Running:finish()
  require("spec.support.assertions").eventually(function()
    return self:has_ended()
  end)
  local status = tonumber(read(self.folder .. "/status"))
  local out, err = self:printed()
  haproxy.shell("rm -r " .. self.folder)
  return status, out, err
end

return installed
