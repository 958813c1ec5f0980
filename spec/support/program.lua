-- Lua programs of their own, for specs of hosts that busted does not run in.

local haproxy = require "spec.support.haproxy"

local program = {}

--- What the specs run with; the stock interpreter where theirs has the
-- sanitizers' runtime.
function program.current()
  return os.getenv "STOCK_LUA" or haproxy.interpreter(), os.getenv "LUA_VERSION" or "5.4"
end

--- Builds the module for a version of Lua; returns the path for its package.cpath.
-- It is for hosts that may not have what CFLAGS ask of theirs (the sanitizers'
-- runtime). Spec files that run side by side take turns.
function program.build(version)
  local command = "mkdir -p build && flock build/lock env -u CFLAGS MAKEFLAGS= "
    .. "make --no-print-directory -s LUA_VERSION=%s"
  local ok, text = haproxy.shell(command:format(version))
  if not ok then
    error(text, 2)
  end
  return ("build/%s/?.so"):format(version)
end

--- Runs a Lua file; returns whether it succeeded and what it printed.
function program.run(lua, version, file, ...)
  local setting = "package.path = './lua/?.lua;./lua/?/init.lua;./?.lua;' .. package.path "
    .. ("package.cpath = './%s;' .. package.cpath"):format(program.build(version))
  return haproxy.shell(('timeout 600 %s -e "%s" %s %s'):format(lua, setting, file, table.concat({ ... }, " ")))
end

--- Runs a Lua file as a user that may do nothing.
function program.as_nobody(file)
  local lua, version = program.current()
  local command = "LUA_PATH='%s' LUA_CPATH='./%s' setpriv --reuid=65534 --regid=65534 --clear-groups %s %s"
  return haproxy.shell(command:format(package.path, program.build(version), lua, file))
end

--- Asserts that a program printed "ok ..." and nothing else, `least` times.
function program.passed(least, ok, text)
  local count = 0
  for line in text:gmatch "[^\n]+" do
    if line:match "^ok " then
      count = count + 1
    else
      error(text, 2)
    end
  end
  if not ok or count < least then
    error(("%d checks passed, %d expected\n%s"):format(count, least, text), 2)
  end
end

return program
