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

--- Runs a line of the shell, in which "haproxyadmin" is the program and nothing of the caller's
-- environment says where sockets are. Returns the exit status, stdout and stderr.
function installed.shell(line)
  local program = assert(os.getenv "PROGRAM", "make program runs these specs")
  local folder = haproxy.temporary_folder()
  local script = ([[
unset HAPROXYADMIN_SOCKETS HAPROXYADMIN_CONTEXT HAPROXY_CLI NO_COLOR FORCE_COLOR COLUMNS PAGER LUA_PATH LUA_CPATH
export HOME=%s XDG_CONFIG_HOME=%s LC_ALL=C TERM=xterm
haproxyadmin() { timeout 300 %s "$@"; }
%s
]]):format(folder, folder, program, line)
  haproxy.write(folder .. "/script", script)
  local command = "sh %s/script >%s/out 2>%s/err </dev/null; echo $?"
  local pipe = assert(io.popen(command:format(folder, folder, folder)))
  local status = tonumber(pipe:read "*a")
  pipe:close()
  local out, err = read(folder .. "/out"), read(folder .. "/err")
  haproxy.shell("rm -r " .. folder)
  return status, out, err
end

--- Runs the program with these arguments. Returns the exit status, stdout and stderr.
function installed.run(...)
  local words = {}
  for i, word in ipairs { ... } do
    words[i] = installed.quote(word)
  end
  return installed.shell("haproxyadmin " .. table.concat(words, " "))
end

return installed
