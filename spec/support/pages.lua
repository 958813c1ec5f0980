-- The page as `haproxyadmin serve` serves it, for a browser. $PROGRAM is the installed program.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"

local pages = {}

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

--- Starts it. Options: `where` (its words for where HAProxy is), `port` (default: the system
-- chooses), `token`. Returns `{ pid =, port =, url = }`.
function pages.start(options)
  local page = { dir = haproxy.temporary_folder() }
  local words = ("serve --listen 127.0.0.1:%s %s"):format(options.port or "0", options.where)
  if options.token then
    local file = page.dir .. "/token"
    haproxy.write(file, options.token .. "\n")
    assert(haproxy.shell("chmod 600 " .. file))
    words = words .. " --admin --token-file " .. file
  end
  local log = page.dir .. "/log"
  local pipe = assert(io.popen(("exec %s %s </dev/null >%s 2>&1 & echo $!"):format(os.getenv "PROGRAM", words, log)))
  page.pid = pipe:read "*l"
  pipe:close()
  page.port = assertions.eventually(function()
    local port = read(log):match "serving http://127%.0%.0%.1:(%d+)/"
    assert(port or core.path("/proc/" .. page.pid), read(log))
    return port
  end)
  page.url = ("http://127.0.0.1:%s/"):format(page.port)
  return page
end

--- Ends it, and waits until its port is free.
function pages.stop(page)
  haproxy.shell("kill " .. page.pid)
  assertions.eventually(function()
    return not core.path("/proc/" .. page.pid)
  end)
  haproxy.shell("rm -rf " .. page.dir)
end

return pages
