-- A transport that remembers what was answered: see haproxyadmin.testing.

local choose = require "haproxyadmin.transport"
local unmarked = require "haproxyadmin.testing.unmarked"

local LEVELS = { user = true, operator = true, admin = true }

-- A line and its reply, without the library's mark and the answer to that.
local function plain(line, reply)
  local text, marked = unmarked(line)
  local rest, last = ("\n" .. reply):match "^(.*)\n(%l+)\n*$"
  if marked and LEVELS[last] then
    reply = rest:gsub("^\n", ""):gsub("\n+$", "")
  end
  return text, reply
end

return function(inner)
  local err
  inner, err = choose(inner or "native")
  if not inner then
    error(err, 0)
  end
  local recorder = { replies = {} }
  function recorder:now() -- luacheck: no self
    return inner:now()
  end
  function recorder:sleep(seconds) -- luacheck: no self
    return inner:sleep(seconds)
  end
  function recorder:exchange(requests, deadline)
    inner:exchange(requests, deadline)
    for _, request in ipairs(requests) do
      if not request.code then
        local line, reply = plain((request.line:gsub("\n$", "")), (request.reply:raw():gsub("\n?\n$", "")))
        self.replies[line] = reply
      end
    end
  end
  return recorder
end
