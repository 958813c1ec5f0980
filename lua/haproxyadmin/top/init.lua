-- `haproxyadmin top`: a live view of all processes, and what can be done to their servers. It
-- needs luv; neither the library nor the rest of the program loads anything of it.

local failure = require "haproxyadmin.cli.base.failure"

local top = {}

-- Of one screen that is no terminal's.
local WIDTH = 132

-- The word of libuv's module that is missing, as one sentence.
local function load(name)
  local ok, module = pcall(require, name)
  if not ok then
    local words = type(module) == "table" and module.message or tostring(module)
    if words:find("luv", 1, true) and not package.loaded.luv then
      failure.raise("failed", "top needs luv: apt-get install lua-luv, or luarocks install luv")
    end
    error(module, 0)
  end
  return module
end

--- Runs it. `hap_options`: those of HAProxy{}; options: `interval` (seconds), `once`, `title`,
-- `read_only`, `colour`, `unicode`, `columns` and `rows` (of one screen). Returns the exit status and, of
-- one screen, its text and the errors of the processes that did not answer.
function top.run(hap_options, options)
  local terminal = load "haproxyadmin.top.terminal"
  local loop = require "haproxyadmin.top.loop"
  local haproxyadmin = require "haproxyadmin"
  local all = {}
  for key, value in pairs(hap_options) do
    all[key] = value
  end
  -- A process that does not answer is told of, and asked again with the next reading.
  all.transport, all.retry, all.die = "luv", false, false
  local function open()
    return haproxyadmin.HAProxy(all)
  end
  if not options.once and terminal.is_there() then
    return loop.run(open, options)
  end
  options.columns = options.columns or WIDTH
  return 0, loop.once(open, options)
end

return top
