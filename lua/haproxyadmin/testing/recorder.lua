-- A transport that remembers what was answered: see haproxyadmin.testing.

local choose = require "haproxyadmin.transport"
local unmarked = require "haproxyadmin.testing.unmarked"

-- What came before the answer to a mark.
local before = {
  ["show cli level"] = function(came)
    local rest, last = came:match "^(.*\n)(%l+)\n\n$"
    return (last == "user" or last == "operator" or last == "admin") and rest or nil
  end,
  ["show info"] = function(came)
    return came:match "^(.*\n)Name: .*\n\n$"
  end,
}

-- A line and what came for it, without the library's mark and the answer to that,
-- and without the line ends that close a reply.
local function plain(line, came)
  local text, mark = unmarked((line:gsub("\n$", "")))
  came = mark and before[mark](came) or came
  return text, (came:gsub("\n?\n$", ""))
end

-- On a connection that is kept each command has a line and an answer of its own, but
-- for the one that turns prompts on.
local function note_kept(replies, request)
  local place = 0
  for line in request.line:gmatch "[^\n]+" do
    if line ~= "prompt" then
      place = place + 1
      replies[line] = request.reply:text(place)
    end
  end
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
  function recorder:open(address, deadline) -- luacheck: no self
    return inner:open(address, deadline)
  end
  function recorder:exchange(requests, deadline)
    inner:exchange(requests, deadline)
    for _, request in ipairs(requests) do
      if not request.code and request.connection then
        note_kept(self.replies, request)
      elseif not request.code then
        local line, reply = plain(request.line, request.reply:raw())
        self.replies[line] = reply
      end
    end
  end
  return recorder
end
