-- The head: who answers, and how everything goes, with what it was like before.

local format = require "haproxyadmin.top.format"
local new_history = require("haproxyadmin.top.history").new
local processes = require "haproxyadmin.top.processes"

local head = {}

local Head = {}
Head.__index = Head

function head.new()
  return setmetatable({
    list = {},
    versions = "",
    connections = new_history(),
    requests = new_history(),
    errors = new_history(),
  }, Head)
end

-- A number of those processes that say it: their sum, the least, who says the least, how many.
local function over(list, name)
  local sum, least, who, count = 0, nil, nil, 0
  for _, process in ipairs(list) do
    local value = process.info and process.info[name]
    if type(value) == "number" then
      sum, count = sum + value, count + 1
      if not least or value < least then
        least, who = value, process.nb
      end
    end
  end
  return sum, least, who, count
end

-- How much the first of these counters that there is grows, over all frontends. `show info`
-- counts what is asked on stats sockets, too.
local function of_frontends(reading, frontends, ...)
  local sum
  for _, frontend in ipairs(frontends) do
    local rate
    for _, name in ipairs { ... } do
      rate = rate or reading:has(frontend, name) and reading:rate(frontend, name)
    end
    sum = rate and (sum or 0) + rate or sum
  end
  return sum
end

--- Takes a reading; `list`: the processes.
function Head:take(reading, list)
  self.list, self.versions = list, processes.versions(list)
  local looked_at = list
  if reading.nb then
    looked_at = {}
    for _, process in ipairs(list) do
      if process.nb == reading.nb then
        looked_at[1] = process
      end
    end
  end
  local answered = processes.answering(looked_at) > 0
  self.limit = over(looked_at, "Maxconn")
  self.connections:add(answered and over(looked_at, "CurrConns") or nil)
  local frontends = reading:objects "frontend"
  self.requests:add(of_frontends(reading, frontends, "req_tot", "stot"))
  self.errors:add(of_frontends(reading, frontends, "hrsp_5xx"))
  local sum, least, who, count = over(looked_at, "Idle_pct")
  self.idle = count > 0 and { mean = sum / count, least = least, who = who } or nil
end

--- Nobody answered.
function Head:miss(list)
  self.list = list
  self.idle = nil
  for _, line in ipairs { self.connections, self.requests, self.errors } do
    line:add(nil)
  end
end

-- ---- drawing ----

-- A number and the line of its past, which goes first where there is little room.
local function put_line(screen, column, title, value, history, style)
  column = screen:put(2, column, title .. " ", "dim")
  column = screen:put(2, column, value, style or "bold")
  local width = screen.columns >= 120 and 12 or screen.columns >= 90 and 8 or 0
  if width > 0 then
    local line = history:line(width)
    column = screen:put(2, column + 1, line, style or "cyan")
  end
  return column + 2
end

local function put_processes(self, screen, column)
  local all, answering = #self.list, processes.answering(self.list)
  local words = ("%d/%d processes"):format(answering, all)
  if answering == all then
    return screen:put(1, column, words)
  end
  for _, process in ipairs(self.list) do
    if process.err then
      words = ("%s, %s away"):format(words, processes.title(process))
    end
  end
  return screen:put(1, column, words, "alarm")
end

--- Draws its two lines. `words`: what stands behind the processes; `clock`: the time.
function Head:draw(screen, title, words, clock)
  local column = screen:put(1, 1, "haproxyadmin top", "bold")
  if title then
    column = screen:put(1, column + 2, title, "bold")
  end
  column = put_processes(self, screen, column + 2)
  column = screen:put(1, column + 2, self.versions ~= "" and "HAProxy " .. self.versions or "")
  screen:put(1, column + 2, words, words:find "PAUSED" and "yellow" or "dim")
  screen:put(1, math.max(1, screen.columns - #clock + 1), clock)

  local now = self.connections:last()
  local limit = self.limit and self.limit > 0 and "/" .. format.count(self.limit) or ""
  column = put_line(screen, 1, "conn", (now and format.count(now) or "–") .. limit, self.connections)
  now = self.requests:last()
  column = put_line(screen, column, "req/s", now and format.rate(now) or "–", self.requests)
  now = self.errors:last()
  column =
    put_line(screen, column, "5xx/s", now and format.rate(now) or "–", self.errors, now and now > 0 and "red" or nil)
  if self.idle then
    column = screen:put(2, column, "idle ", "dim")
    column = screen:put(2, column, format.percent(self.idle.mean), self.idle.mean < 10 and "red" or "bold")
    if #self.list > 1 then
      screen:put(2, column + 1, ("(least %d%%: process %d)"):format(self.idle.least, self.idle.who), "dim")
    end
  end
end

return head
