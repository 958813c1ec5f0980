-- A command of the user's, run for a server: no shell, and the same terminal.

local failure = require "haproxyadmin.cli.base.failure"

local child = {}

local uv

--- Loads what runs commands; ends the program where that is missing.
function child.check()
  local ok
  ok, uv = pcall(require, "luv")
  if not ok then
    failure.raise("failed", "haproxyadmin roll needs luv: apt-get install lua-luv, or luarocks install luv")
  end
end

--- The words of a command with what stands for the server's values: "{}" and "{server}" its name, "{backend}",
-- "{address}", "{port}".
function child.words(command, values)
  local words = {}
  for i, word in ipairs(command) do
    words[i] = word:gsub("{(%l*)}", function(name)
      return values[name == "" and "server" or name]
    end)
  end
  return words
end

local function environment(values)
  local list = {}
  for name, value in pairs(uv.os_environ()) do
    list[#list + 1] = name .. "=" .. value
  end
  for name, value in pairs(values) do
    list[#list + 1] = ("HAPROXY_%s=%s"):format(name:upper(), value)
  end
  return list
end

--- Runs a command: `words`, with the values as HAPROXY_SERVER, HAPROXY_BACKEND, HAPROXY_ADDRESS and HAPROXY_PORT in its
-- environment. Returns its exit status and the signal that ended it (0: none), or nil and why it cannot be run.
function child.run(words, values)
  local status, signal
  local arguments = {}
  for i = 2, #words do
    arguments[i - 1] = words[i]
  end
  local handle, err = uv.spawn(words[1], {
    args = arguments,
    env = environment(values),
    stdio = { 0, 1, 2 },
  }, function(code, by)
    status, signal = code, by
  end)
  if not handle then
    return nil, tostring(err)
  end
  while status == nil do
    uv.run "once"
  end
  handle:close()
  uv.run "nowait"
  return status, signal
end

return child
