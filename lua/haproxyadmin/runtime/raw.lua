-- Raw commands: text that a caller wrote, sent as it is to processes. Its answer may be
-- of any form (marked.lua).

local check = require "haproxyadmin.base.check"
local marked = require "haproxyadmin.runtime.marked"
local plan = require "haproxyadmin.runtime.plan"

local raw = {}

-- Would a master hand a part of the text to another process than was meant? It takes a
-- word with an `@` at a command's beginning for an address. Lines of a payload are no
-- commands.
local function is_addressed(text)
  local first = text:match "^[^\n]*"
  local seen = marked.begins_payload(first) and first or text
  return (";" .. seen:gsub("\\.", "")):find "[;\n]%s*@" ~= nil
end

--- May this text be sent in this context? True, or nil and a ValueError.
function raw.check(context, text)
  local ok, err = check.text("text", text)
  if not ok then
    return nil, err
  elseif context.master and is_addressed(text) then
    return check.fail("text", "command without '@', which would address another process", text)
  end
  return true
end

--- Sends text to these processes. Each request then has its `answer`, or a code.
function raw.send(context, processes, text)
  local requests = plan.raw(processes, text)
  for _, self in ipairs(requests) do
    self.shown = text
  end
  marked.send(context, requests, context.retry)
  return requests
end

return raw
