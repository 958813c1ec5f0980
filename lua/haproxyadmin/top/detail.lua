-- The detail: one object, its values in each process side by side, and how they went since it
-- was opened.

local core = require "haproxyadmin.core"
local format = require "haproxyadmin.top.format"
local new_history = require("haproxyadmin.top.history").new
local views = require "haproxyadmin.top.views"

local detail = {}

local Detail = {}
Detail.__index = Detail

--- Opens an object, of which only its name is kept.
function detail.new(object)
  return setmetatable({
    kind = core.kind(object),
    proxy = core.proxy(object),
    name = core.name(object),
    offset = 0,
    down = 0,
    sessions = new_history(),
    requests = new_history(),
    errors = new_history(),
  }, Detail)
end

function Detail:title()
  return self.kind == "server" and self.proxy .. "/" .. self.name or self.name
end

-- Requests, or sessions of what has none.
local function requests_of(reading, object)
  return reading:has(object, "req_tot") and reading:rate(object, "req_tot") or reading:rate(object, "stot")
end

--- Takes a reading.
function Detail:take(reading)
  self.object = reading:find(self.kind, self.proxy, self.name)
  if self.object then
    self.sessions:add(reading:number(self.object, "scur"))
    self.requests:add(requests_of(reading, self.object))
    self.errors:add(reading:rate(self.object, "hrsp_5xx"))
  end
end

-- What the views say of objects of this kind, each thing once.
local function lines_of(kind)
  local found, seen = {}, {}
  for _, view in ipairs(views) do
    local has = false
    for _, other in ipairs(view.kinds or {}) do
      has = has or other == kind
    end
    for _, column in ipairs(has and view.columns or {}) do
      if not seen[column.id] and not column.name and column.id ~= "proc" then
        seen[column.id] = true
        found[#found + 1] = column
      end
    end
  end
  return found
end

-- What a column says of one process, nil: of all.
local function cell(column, reading, object, nb)
  local before = reading.nb
  reading:look_at(nb)
  local text, style = column.show(column.value(reading, object), reading, object)
  reading:look_at(before)
  return text, style
end

local function put_history(screen, row, title, history, write, style)
  local last = history:last()
  local column = screen:put(row, 1, ("%-10s "):format(title), "dim")
  column = screen:put(row, column, ("%8s "):format(last and write(last) or "-"), "bold")
  screen:put(row, column + 1, history:line(math.max(0, screen.columns - column)), style)
end

-- How wide the titles are, and the cells, of which as many as possible are to be seen.
local LABEL, NARROWEST, WIDEST = 13, 11, 22

local function cell_width(screen, count)
  return math.max(NARROWEST, math.min(math.floor((screen.columns - LABEL) / count), WIDEST))
end

-- The numbers of the processes that have the object, from the one that is to stand first.
local function processes_of(self)
  local all = core.process_nb(self.object)
  self.offset = math.max(0, math.min(self.offset, #all - 1))
  local found = {}
  for i = self.offset + 1, #all do
    found[#found + 1] = all[i]
  end
  return found
end

local function draw_values(self, screen, top, bottom, reading)
  local numbers = processes_of(self)
  local lines = lines_of(self.kind)
  local width = cell_width(screen, #numbers + 1)
  self.down = math.max(0, math.min(self.down, #lines - (bottom - top)))
  for i = 0, #numbers do
    local title = i == 0 and "ALL" or "process " .. numbers[i]
    screen:put(top, LABEL + i * width + 1, (" "):rep(width - 1 - #title) .. title, "bold")
  end
  for i = 1, math.min(#lines - self.down, bottom - top) do
    local column, row = lines[i + self.down], top + i
    screen:put(row, 2, column.title, "dim")
    for place = 0, #numbers do
      local start = LABEL + place * width + 1
      if start > screen.columns then
        break
      end
      local text, style = cell(column, reading, self.object, numbers[place])
      local blank = math.max(0, width - 1 - select(2, text:gsub("[^\128-\191]", "")))
      screen:put(row, start + blank, text, style, start + width - 2)
    end
  end
end

--- Draws it into the rows from `top` to `bottom`.
function Detail:draw(screen, top, bottom, reading)
  local column = screen:put(top, 1, self:title(), "bold")
  column = screen:put(top, column + 2, self.kind, "dim")
  if not self.object then
    screen:put(top, column + 2, "is gone: no process has it any more", "alarm")
    return
  end
  local meaning, words, count = reading:status(self.object)
  column = screen:put(top, column + 2, words, meaning.style)
  screen:put(top, column + 2, ("in %d of %d processes"):format(count, reading:process_count()), "dim")
  local next_row = top + 1
  if bottom - top >= 8 then
    put_history(screen, top + 1, "sessions", self.sessions, format.count, "cyan")
    put_history(screen, top + 2, "requests/s", self.requests, format.rate, "cyan")
    put_history(screen, top + 3, "5xx/s", self.errors, format.rate, "red")
    next_row = top + 5
  end
  draw_values(self, screen, next_row, bottom, reading)
end

return detail
