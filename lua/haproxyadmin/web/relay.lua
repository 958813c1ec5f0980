-- Answers that several workers share, by a dictionary that they share: who has the lock asks,
-- the others answer with what it left. So all workers together read HAProxy as one would, and
-- their totals are one.
--
-- A dictionary is a table of functions: `get(key)`, `set(key, value, seconds)` (nil: for good;
-- false and words where there is no room), `add(key, seconds)` (false where it is there) and
-- `delete(key)`.

local core = require "haproxyadmin.core"
local reading = require "haproxyadmin.web.reading"

local relay = {}

-- Seconds: the longest that somebody has the lock, should its worker end in the middle; that
-- others wait for it; and between two looks.
local LONGEST, PATIENCE, PAUSE = 30, 20, 0.02

-- Bytes of an answer that is kept for others.
local MOST = 8 * 2 ^ 20

local ANSWER, LOCK, TOTALS, OWNER = "answer ", "lock", "totals", "owner of the totals"

-- ---- answers as texts ----

-- Conditions and compression are this client's own.
local function plain_request(request)
  local headers = {}
  for name, value in pairs(request.headers) do
    headers[name] = value
  end
  headers["if-none-match"], headers["accept-encoding"] = nil, nil
  local copy = {}
  for name, value in pairs(request) do
    copy[name] = value
  end
  copy.headers = headers
  return copy
end

local function to_text(status, headers, body)
  local lines = { tostring(status) }
  for name, value in pairs(headers) do
    lines[#lines + 1] = name .. ": " .. tostring(value):gsub("%c", " ")
  end
  return table.concat(lines, "\n") .. "\n\n" .. body
end

local function from_text(text)
  local head, body = text:match "^(.-)\n\n(.*)$"
  local status, headers = nil, {}
  for line in head:gmatch "[^\n]+" do
    local name, value = line:match "^([^:]+): (.*)$"
    if name then
      headers[name] = value
    else
      status = tonumber(line)
    end
  end
  return status, headers, body
end

-- A body as one text; or, where it is larger than is kept, as an iterator.
local function gathered(body)
  if type(body) == "string" then
    return body
  end
  local pieces, bytes = {}, 0
  for piece in body do
    pieces[#pieces + 1] = piece
    bytes = bytes + #piece
    if bytes > MOST then
      local place = 0
      return function()
        place = place + 1
        local found = pieces[place]
        pieces[place] = nil
        return found or body()
      end
    end
  end
  return table.concat(pieces)
end

-- ---- totals ----

--- What `reading.new` is to accumulate by, and its `keep`: Totals that all workers have in common.
function relay.accumulator(dictionary, new_totals, worker, log)
  local totals
  local function store()
    local ok, words = dictionary.set(TOTALS, totals:dump())
    if ok then
      dictionary.set(OWNER, worker)
    else
      -- Each worker has its own then.
      dictionary.delete(OWNER)
      dictionary.delete(TOTALS)
      log("the totals have no room in the shared dictionary: " .. tostring(words))
    end
  end
  local function accumulate(snapshot)
    -- Ours are those of all if nobody else has gone on since.
    local owner = dictionary.get(OWNER)
    if not totals or (owner and owner ~= worker) then
      local text = dictionary.get(TOTALS)
      local found, err = new_totals(text, { die = false })
      if not found then
        log("the totals begin anew: " .. err.message)
        found = new_totals()
      end
      totals = found
    end
    totals:take(snapshot)
    store()
    return totals
  end
  -- Another worker may have gone on meanwhile: what it has left is newer.
  local function keep()
    if dictionary.get(OWNER) == worker then
      store()
    end
  end
  return accumulate, keep
end

-- ---- the lock ----

-- Asks, for all, and leaves the answer where it can be of use to others. Who was held up for
-- so long that another may be asking by now leaves nothing.
local function ask(dictionary, handle, request, key)
  local begun = core.now()
  local status, headers, body = handle(plain_request(request))
  if status == 200 then
    body = gathered(body)
  end
  if core.now() - begun < LONGEST then
    if type(body) == "string" then
      dictionary.set(key, to_text(status, headers, body), reading.FRESH)
    end
    dictionary.delete(LOCK)
  end
  return status, headers, body
end

--- `handle` for all workers: a request that changes nothing is answered from what another
-- worker has left within the last second, or by one worker at a time. `sleep(seconds)`
-- lets others run.
function relay.new(dictionary, handle, sleep)
  return function(request)
    if request.method ~= "GET" then
      return handle(request)
    end
    local key = ANSWER .. request.path .. "?" .. request.query .. " " .. (request.headers.host or "")
    local deadline = core.now() + PATIENCE
    repeat
      local text = dictionary.get(key)
      if text then
        return from_text(text)
      elseif dictionary.add(LOCK, LONGEST) then
        -- Another may have left it between the two looks.
        text = dictionary.get(key)
        if not text then
          return ask(dictionary, handle, request, key)
        end
        dictionary.delete(LOCK)
        return from_text(text)
      end
      sleep(PAUSE)
    until core.now() > deadline
    return 503, { ["content-type"] = "text/plain; charset=utf-8" }, "no reading was made in time\n"
  end
end

return relay
