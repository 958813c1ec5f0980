-- The demo: what `make demo` shows, and that it ends what it started.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"

-- With the module that runs this spec.
local function environment(dir, lua)
  local build = package.cpath:match "%./(build/[^;?]+)/%?%.so"
  return ("TMPDIR=%s LUA=%s LUA_BUILD=%s"):format(dir, lua, build)
end

describe("The demo", function()
  local dir

  before_each(function()
    dir = haproxy.temporary_folder()
  end)

  after_each(function()
    haproxy.shell("rm -rf " .. dir)
  end)

  -- Processes that have the folder on their command line.
  local function left_behind()
    local pattern = dir:gsub(".$", "[%0]")
    local _, text = haproxy.shell(("grep -ls '%s' /proc/[0-9]*/cmdline"):format(pattern))
    local _, files = haproxy.shell("ls -A " .. dir)
    return text .. files
  end

  local function eventually(expected, get)
    local deadline = core.now() + 20
    while get() ~= expected and core.now() < deadline do
      core.sleep(0.05)
    end
    assert.equal(expected, get())
  end

  it("lists what four processes serve and drains a server in each", function()
    local ok, text = haproxy.shell(environment(dir, haproxy.interpreter()) .. " doc/examples/demo.sh")
    assert.is_true(ok, text)
    text = text:gsub("[ \t]+", " ")
    assert.truthy(text:find("processes %d+ %d+ %d+ %d+\n"), text)
    assert.truthy(text:find("\nwww 120 1,2,3,4\n", 1, true), text)
    assert.truthy(text:find("\napp 100 1,2,3,4\n", 1, true), text)
    assert.truthy(text:find("\napi 20 1,2,3,4\n api1 20\n", 1, true), text)
    for n = 1, 4 do
      assert.truthy(text:find(("\nprocess %d DRAIN weight 20\n"):format(n), 1, true), text)
    end
    local sum = 0
    for requests in text:gmatch "\n app%d (%d+)" do
      sum = sum + tonumber(requests)
    end
    assert.equal(100, sum)
    assert.truthy(text:find("\nsuccess: true\ngeneration 1 serves, 0 connections\n", 1, true), text)
    assert.truthy(text:find("\ngeneration 0 is old, 1 connections\n", 1, true), text)
    eventually("", left_behind)
  end)

  it("leaves nothing behind when it fails", function()
    local ok = haproxy.shell(environment(dir, "false") .. " doc/examples/demo.sh")
    assert.is_false(ok)
    eventually("", left_behind)
  end)

  it("leaves nothing behind when it is ended", function()
    local waiting = dir .. "/lua"
    haproxy.write(waiting, '#!/bin/sh\ntouch "$0.started"\nexec sleep 60\n')
    haproxy.shell("chmod +x " .. waiting)
    local _, pid = haproxy.shell(
      ("%s setsid doc/examples/demo.sh >/dev/null 2>&1 & echo $!"):format(environment(dir, waiting))
    )
    pid = pid:match "%d+"
    finally(function()
      haproxy.shell("kill $(cat " .. dir .. "/*/*.pid 2>/dev/null)")
    end)
    eventually(true, function()
      return (haproxy.shell("test -e " .. waiting .. ".started"))
    end)
    local _, before = haproxy.shell("cat " .. dir .. "/*/*.pid")
    assert.equal(5, select(2, before:gsub("%d+", "")))
    haproxy.shell("kill -TERM -" .. pid)
    haproxy.shell("rm -f " .. waiting .. "*")
    eventually("", left_behind)
  end)
end)
