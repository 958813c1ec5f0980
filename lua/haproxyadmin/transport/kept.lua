-- What the core's connections can do beside exchanges: bytes are sent and
-- received as they are. How a connection waits is its transport's business.

local core = require "haproxyadmin.core"

local kept = {}

-- By connection: wait(connection, events, deadline, waited), or nothing where it
-- may block. `waited`: seconds since it was begun.
local waits = setmetatable({}, { __mode = "k" })

local methods = core.metatable("haproxyadmin.Connection").__index

local function wait(connection, events, deadline, start)
  local own = waits[connection]
  if own then
    return own(connection, events, deadline, core.now() - start)
  end
  connection:wait(events, deadline)
end

-- Tries until there is a result, or the deadline has passed.
local function try(connection, events, deadline, attempt)
  local start = core.now()
  while true do
    local result, code, words = attempt()
    if result or result == nil then
      return result, code, words
    elseif core.now() >= deadline then
      return nil, "timeout", "timeout"
    end
    code, words = wait(connection, events, deadline, start)
    if code then
      return nil, code, words
    end
  end
end

function methods:send(bytes, deadline)
  local sent = 0
  return try(self, "w", deadline, function()
    local count, code, words = self:write(bytes, sent)
    if not count then
      return nil, code, words
    end
    sent = sent + count
    return sent == #bytes
  end)
end

function methods:receive(deadline)
  return try(self, "r", deadline, function()
    return self:read()
  end)
end

--- What `open` returns when the request for a connection, {address =}, was carried out.
-- `own` waits for the connection: nothing, or a code and words where the host cannot
-- wait.
function kept.finish(request, own)
  if request.code then
    return nil, request.code, request.words
  end
  waits[request.connection] = own
  return request.connection
end

return kept
