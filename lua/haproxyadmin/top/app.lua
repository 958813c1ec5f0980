-- The application: what is shown, and what each key does. It waits for nothing and writes
-- nothing: whoever drives it gives it readings and keys and lets it draw (loop.lua).

local actions = require "haproxyadmin.top.actions"
local core = require "haproxyadmin.core"
local details = require "haproxyadmin.top.detail"
local filter = require "haproxyadmin.top.filter"
local grid = require "haproxyadmin.top.grid"
local new_head = require("haproxyadmin.top.head").new
local new_log = require("haproxyadmin.top.log").new
local new_panel = require("haproxyadmin.top.panel").new
local new_prompt = require("haproxyadmin.top.prompt").new
local processes = require "haproxyadmin.top.processes"
local readings = require "haproxyadmin.top.reading"
local rows = require "haproxyadmin.top.rows"
local sorted_keys = require "haproxyadmin.base.sorted_keys"
local views = require "haproxyadmin.top.views"

local app = {}

local PROCESSES, LOG = 7, 8

-- Seconds for which rows stay where they are behind a key.
local FROZEN = 3

local App = {}
App.__index = App

local function key_of_record(record)
  return record.nb or record.number or record.address
end

-- A view with what its user has changed.
local function new_table(view, number)
  local columns, sort, down = view.columns, view.sort, view.down or false
  if number == PROCESSES then
    columns, sort = processes.columns, "nb"
  elseif number == LOG then
    columns, sort, down = require("haproxyadmin.top.log").columns, "time", true
  end
  return {
    view = view,
    columns = columns,
    sort = sort,
    down = down,
    toggled = {},
    rows = rows.new(view.kinds and readings.key or key_of_record),
  }
end

--- An application. Options: `hap`, `screen`, `clock()` (seconds, only forward), `interval`,
-- `title`, `read_only`, and what it asks its driver for: `quit(status)`, `suspend()`,
-- `read()` (a reading now), `work(fn, done)` (calls `fn`, which may wait, and then `done` with
-- what it returned).
function app.new(options)
  local self = setmetatable({
    hap = options.hap,
    screen = options.screen,
    driver = options,
    interval = options.interval,
    title = options.title,
    read_only = options.read_only,
    reading = readings.new(options.hap),
    head = new_head(),
    log = new_log(),
    tables = {},
    processes = {},
    touched = -math.huge,
    text = "",
  }, App)
  for number, view in ipairs(views) do
    self.tables[number] = new_table(view, number)
  end
  self.table = self.tables[1]
  return self
end

function App:number()
  for number, candidate in ipairs(self.tables) do
    if candidate == self.table then
      return number
    end
  end
end

-- ---- messages ----

function App:say(text, style)
  self.message = { text, style, self.driver.clock() }
end

-- Seconds for which a message stands at least.
local SAID = 5

local function forget_message(self)
  if self.message and not self.busy and self.driver.clock() - self.message[3] > SAID then
    self.message = nil
  end
end

-- ---- readings ----

local function column_of(state)
  for _, column in ipairs(state.columns) do
    if column.id == state.sort then
      return column
    end
  end
end

local function objects_of(self, number)
  if number == LOG then
    return self.log
  elseif number == PROCESSES then
    return self.processes
  end
  local all = {}
  for _, kind in ipairs(self.reading.snapshot and views[number].kinds or {}) do
    local objects = self.reading:objects(kind)
    if #views[number].kinds == 1 then
      return objects
    end
    for _, object in ipairs(objects) do
      all[#all + 1] = object
    end
  end
  return all
end

-- Fills the table that is shown. `frozen`: its rows stay where they are.
local function fill(self, frozen)
  local state, number, reading = self.table, self:number(), self.reading
  local column = column_of(state)
  local fits
  if state.view.kinds and (self.fits or self.wrong) then
    fits = function(object)
      return (not self.fits or self.fits(reading, object)) and (not self.wrong or filter.wrong(reading, object))
    end
  end
  state.rows:fill(objects_of(self, number), {
    fits = fits,
    value = function(object)
      return column.value(reading, object)
    end,
    down = state.down,
    frozen = frozen and state.rows.order ~= nil,
  })
end

--- Takes a snapshot; or nil and the error, where nobody answered.
function App:take(snapshot, err)
  local failed = snapshot and snapshot.failed or {}
  if not snapshot then
    for _, process in ipairs(self.processes) do
      failed[#failed + 1] = { process.address, err }
    end
  end
  local before = self.read_once and self.processes or nil
  self.processes = processes.list(self.hap, snapshot, failed)
  self.log:compare(before, self.processes, processes.title)
  self.read_once = true
  self.err = not snapshot and err or nil
  if snapshot then
    self.reading:take(snapshot, self.driver.clock())
    self.at = os.date "%H:%M:%S"
    self.head:take(self.reading, self.processes)
    if self.detail then
      self.detail:take(self.reading)
    end
  else
    self.head:miss(self.processes)
  end
  fill(self, self.driver.clock() - self.touched < FROZEN)
  forget_message(self)
end

-- ---- views ----

local function show_view(self, number)
  self.detail = nil
  self.table = self.tables[(number - 1) % #views + 1]
  fill(self)
end

local function look_at(self, nb)
  self.reading:look_at(nb)
  self.head = new_head()
  if self.reading.snapshot then
    self.head:take(self.reading, self.processes)
  end
  fill(self)
end

-- The process behind the one that is looked at; behind the last, all of them.
local function next_process(self)
  local found
  for i, process in ipairs(self.processes) do
    if process.nb and process.nb == self.reading.nb then
      found = self.processes[i + 1]
    end
  end
  if self.reading.nb == nil then
    found = self.processes[1]
  end
  look_at(self, found and found.nb)
end

-- Everything that a process says of itself.
local function process_panel(process)
  if process.err then
    return new_panel("process " .. processes.title(process), { { process.err.message, "alarm" } })
  end
  local lines = {}
  for i, name in ipairs(sorted_keys(process.info)) do
    lines[i] = { ("%-32s %s"):format(name, tostring(process.info[name])) }
  end
  return new_panel(("process %s  %s"):format(processes.title(process), process.address), lines)
end

local function open(self)
  local object = self.table.rows:current()
  local number = self:number()
  if not object or number == LOG then
    return
  elseif number == PROCESSES then
    self.panel = process_panel(object)
  else
    self.detail = details.new(object)
    self.detail:take(self.reading)
  end
end

-- ---- sorting and columns ----

local function sort_by(self, by)
  local state = self.table
  local shown = grid.shown(state.columns, state.toggled)
  local place = 1
  for i, column in ipairs(shown) do
    if column.id == state.sort then
      place = i
    end
  end
  local column = shown[(place - 1 + by) % #shown + 1]
  state.sort = column.id
  -- Of numbers the largest are looked for, of names the first.
  state.down = not column.left
  fill(self)
end

local function column_lines(state)
  local lines = {}
  for i, column in ipairs(state.columns) do
    local is_shown = (column.hidden or false) == (state.toggled[column.id] or false)
    lines[i] = { ("%s %s"):format(is_shown and "[x]" or "[ ]", column.title) }
  end
  return lines
end

local function choose_columns(self)
  local state = self.table
  local panel = new_panel("Columns: Space shows or hides, Esc goes back", column_lines(state), 1)
  panel.choose = function(place)
    local id = state.columns[place].id
    state.toggled[id] = not state.toggled[id] or nil
    if #grid.shown(state.columns, state.toggled) == 0 then
      state.toggled[id] = not state.toggled[id] or nil
    end
    panel.lines = column_lines(state)
  end
  self.panel = panel
end

-- ---- prompts ----

local function ask_filter(self)
  self.prompt = new_prompt("filter", self.text, function(text)
    local fits, err = filter.read(text)
    if err then
      return err
    end
    self.text, self.fits = text, fits
    fill(self)
  end)
end

local LEAST, MOST = 0.1, 3600

local function ask_interval(self)
  self.prompt = new_prompt("seconds between two readings", ("%g"):format(self.interval), function(text)
    local seconds = tonumber(text)
    if not seconds or not (seconds >= LEAST and seconds <= MOST) then
      return ("a number from %g to %g expected"):format(LEAST, MOST)
    end
    self.interval = seconds
    self.driver.read()
  end)
end

-- The row under the cursor as a line of JSON.
local function as_json(self, object)
  local json = require "haproxyadmin.base.json_writer"
  local members = { "time", os.date "!%Y-%m-%dT%H:%M:%SZ" }
  local function add(key, value)
    members[#members + 1], members[#members + 2] = key, value
  end
  local number = self:number()
  if number == LOG then
    add("entry", object.text)
  elseif number == PROCESSES then
    add("process", object.nb)
    add("address", object.address)
    add("info", object.info or {})
  else
    local kind = core.kind(object)
    if kind == "server" then
      add("backend", core.proxy(object))
    end
    add(kind, core.name(object))
    local list = {}
    for i, entry in ipairs(core.stats(object)) do
      list[i] = json.object { "process", entry[1], "stat", entry[2] }
    end
    add("processes", json.list(list))
  end
  return json.encode(json.object(members)) .. "\n"
end

local function ask_file(self)
  local object = self.table.rows:current()
  if not object then
    return
  end
  local line = as_json(self, object)
  self.prompt = new_prompt("append to file", "haproxyadmin-top.ndjson", function(name)
    local file, err = io.open(name, "a")
    if not file then
      return err
    end
    local ok
    ok, err = file:write(line)
    local closed, words = file:close()
    if not ok or not closed then
      return err or words
    end
    self:say("appended to " .. name)
  end)
end

-- ---- actions ----

local function chosen_servers(self)
  local found = {}
  local objects = self.detail and { self.detail.object } or self.table.rows:chosen()
  for _, object in ipairs(self.table.view.kinds and objects or {}) do
    if core.kind(object) == "server" then
      found[#found + 1] = object
    end
  end
  return found
end

local function tell_results(self, title, lines)
  for _, line in ipairs(lines) do
    self.log:add(line[1], line[2])
  end
  if #lines == 1 then
    self:say(lines[1][1], lines[1][2])
  else
    self.panel = new_panel(title, lines)
  end
  self.busy = false
  self.driver.read()
end

local function act(self, task)
  self.busy = true
  self:say("working ...", "yellow")
  local hap = self.hap
  self.driver.work(function()
    return hap:batch(task.fill)
  end, function(ok, err)
    tell_results(self, task.title, actions.results(task.action, task.servers, self.reading, ok, err))
  end)
end

local function ask(self, task, plan)
  local lines = {}
  for text in (tostring(plan) .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = { text }
  end
  self.panel = new_panel("What would be sent: " .. task.title, lines)
  self.panel.question = task.title .. "? y/N"
  self.panel.yes = function()
    act(self, task)
  end
  if task.worry then
    table.insert(lines, 1, { task.worry, "alarm" })
    self.panel.question = task.title .. " all the same? Type yes: "
    self.panel.typed = ""
  end
end

local function plan(self, action, servers, value)
  local task = {
    action = action,
    servers = servers,
    title = ("%s %s%s"):format(action.ask, actions.names(servers), value and ": " .. value or ""),
    fill = actions.filler(action, servers, self.reading, value),
    worry = actions.worry(action, servers, self.reading, value),
  }
  self.busy = true
  local hap = self.hap
  self.driver.work(function()
    return hap:plan(task.fill)
  end, function(planned, err)
    self.busy = false
    if planned then
      ask(self, task, planned)
    else
      self:say(err.message, "red")
    end
  end)
end

local function start(self, action)
  local servers = chosen_servers(self)
  if self.read_only then
    return self:say("read-only: nothing is changed", "yellow")
  elseif self.busy then
    return self:say("the last change is still under way", "yellow")
  elseif not self.reading.snapshot or #servers == 0 then
    return self:say("that is for servers, and none is chosen", "yellow")
  elseif not action.prompt then
    return plan(self, action, servers)
  end
  self.prompt = new_prompt(action.prompt, "", function(value)
    if not value:match "^%d+%%?$" then
      return "a number expected, or one with %"
    end
    plan(self, action, servers, value)
  end)
end

-- ---- keys ----

local function page(self)
  return math.max(1, self.screen.rows - 6)
end

local moves = {
  up = -1,
  k = -1,
  down = 1,
  j = 1,
}

local function far(self, key)
  if key == "page_up" then
    return -page(self)
  elseif key == "page_down" then
    return page(self)
  elseif key == "home" or key == "g" then
    return -math.huge
  elseif key == "end" or key == "G" then
    return math.huge
  end
  return moves[key]
end

local general = {
  q = function(self)
    self.driver.quit(0)
  end,
  ["ctrl-c"] = function(self)
    self.driver.quit(130)
  end,
  ["ctrl-z"] = function(self)
    self.driver.suspend()
  end,
  ["ctrl-l"] = function(self)
    self.screen:forget()
  end,
  ["?"] = function(self)
    self.panel = new_panel("Keys", require "haproxyadmin.top.help")
  end,
  z = function(self)
    self.paused = not self.paused
    if not self.paused then
      self.driver.read()
    end
  end,
  i = ask_interval,
  p = next_process,
  a = function(self)
    look_at(self, nil)
  end,
  l = function(self)
    show_view(self, LOG)
  end,
  tab = function(self)
    show_view(self, self:number() + 1)
  end,
  backtab = function(self)
    show_view(self, self:number() - 1)
  end,
}

local of_table = {
  enter = open,
  [" "] = function(self)
    self.table.rows:mark()
    self.table.rows:move(1)
  end,
  ["*"] = function(self)
    self.table.rows:mark_shown()
  end,
  ["/"] = ask_filter,
  ["!"] = function(self)
    self.wrong = not self.wrong
    fill(self)
  end,
  s = function(self)
    sort_by(self, 1)
  end,
  [">"] = function(self)
    sort_by(self, 1)
  end,
  ["<"] = function(self)
    sort_by(self, -1)
  end,
  R = function(self)
    self.table.down = not self.table.down
    fill(self)
  end,
  c = choose_columns,
  x = ask_file,
  escape = function(self)
    self.table.rows:unmark()
    if self.fits or self.wrong then
      self.text, self.fits, self.wrong = "", nil, nil
      fill(self)
    end
  end,
}

local function key_of_panel(self, key)
  local panel = self.panel
  local by = far(self, key)
  if panel.question then
    if panel.typed and key ~= "enter" and #key == 1 then
      panel.typed = panel.typed .. key
    elseif panel.yes and ((not panel.typed and key:lower() == "y") or panel.typed == "yes") then
      self.panel = nil
      panel.yes()
    elseif by and not moves[key] or key == "up" or key == "down" then
      panel:move(by)
    else
      self.panel = nil
      self:say("nothing was changed", "yellow")
    end
  elseif by then
    panel:move(by)
  elseif panel.choose and key == " " then
    panel.choose(panel.chosen)
  elseif key == "ctrl-c" or key == "ctrl-z" or key == "ctrl-l" then
    general[key](self)
  else
    self.panel = nil
  end
end

local function key_of_detail(self, key)
  local detail, by = self.detail, far(self, key)
  if by then
    -- Its end is known when it is drawn.
    detail.down = math.max(0, math.min(detail.down + by, 1000))
  elseif key == "left" or key == "right" then
    detail.offset = math.max(0, detail.offset + (key == "left" and -1 or 1))
  elseif key == "escape" or key == "enter" then
    self.detail = nil
  else
    return false
  end
  return true
end

local function key_of_table(self, key)
  local by = far(self, key)
  if by then
    self.table.rows:move(by)
  elseif of_table[key] then
    of_table[key](self)
  else
    return false
  end
  return true
end

--- Does what a key means.
function App:key(key)
  self.touched, self.message = self.driver.clock(), nil
  if self.prompt then
    local prompt = self.prompt
    if prompt:key(key) and self.prompt == prompt then
      self.prompt = nil
    end
    return
  elseif self.panel then
    return key_of_panel(self, key)
  elseif (self.detail and key_of_detail or key_of_table)(self, key) then
    return
  elseif actions.by_key[key] then
    start(self, actions.by_key[key])
  elseif general[key] then
    general[key](self)
  elseif key:match "^[1-8]$" then
    show_view(self, tonumber(key))
  end
end

-- ---- drawing ----

-- The least room in which everything has its place.
local ROWS, COLUMNS = 10, 60

local function draw_views(self, screen)
  local column = 1
  local wide = screen.columns >= 100
  for number, view in ipairs(views) do
    local is_shown = self.tables[number] == self.table
    local title = wide and ("[%d] %s"):format(number, view.title)
      or (is_shown or screen.columns >= 76) and ("%d %s"):format(number, view.title)
      or tostring(number)
    column = screen:put(3, column + 1, title, is_shown and "bar" or "plain") + 1
  end
end

local function words_of_head(self)
  local words = self.paused and "PAUSED" or ("every %gs"):format(self.interval)
  if self.reading.nb then
    words = ("process %d only   %s"):format(self.reading.nb, words)
  end
  return self.read_only and words .. "   read-only" or words
end

local function words_of_rows(self)
  local state = self.table
  local number = self:number()
  local kinds = state.view.kinds
  local noun = number == LOG and "entries" or number == PROCESSES and "processes" or "rows"
  if kinds and #kinds == 1 then
    noun = kinds[1] .. "s"
  end
  local words = ("%d of %d %s"):format(#state.rows.list, state.rows.all, noun)
  local marked = state.rows:marked()
  if marked > 0 then
    words = ("%s, %d marked"):format(words, marked)
  end
  if not kinds then
    return words
  elseif self.wrong then
    words = "only what is wrong: " .. words
  end
  if self.text ~= "" then
    words = ("/%s: %s"):format(self.text, words)
  end
  return words
end

local function draw_foot(self, screen)
  local row = screen.rows
  local question = self.panel and self.panel.question
  if self.prompt then
    self.prompt:draw(screen, row)
  elseif question then
    local column = screen:put(row, 1, question, "alarm")
    screen:put(row, column, self.panel.typed or "", "bold")
  elseif self.message then
    screen:put(row, 1, self.message[1], self.message[2])
  elseif self.err then
    local words = "no process answers (last reading %s): %s"
    screen:put(row, 1, words:format(self.at or "never", self.err.message), "alarm")
  elseif self.panel then
    screen:put(row, 2, "Esc goes back", "dim")
  else
    local column = screen:put(row, 2, words_of_rows(self), "dim")
    local hint = self.read_only and "/ filter  ! wrong  Enter opens  ? help  q quit"
      or "d drain  m maint  r ready  w weight  / filter  ? help"
    if column + 2 + #hint > screen.columns then
      hint = "? help"
    end
    if column + 2 + #hint <= screen.columns then
      screen:put(row, screen.columns - #hint, hint, "dim")
    end
  end
end

local function draw_line(self, screen)
  local words = ("haproxyadmin top: %d/%d processes, at least %dx%d needed"):format(
    processes.answering(self.processes),
    #self.processes,
    COLUMNS,
    ROWS
  )
  screen:put(1, 1, words)
end

--- Puts everything on the screen.
function App:draw()
  local screen = self.screen
  screen:clear()
  if screen.rows < ROWS or screen.columns < COLUMNS then
    return draw_line(self, screen)
  end
  self.head:draw(screen, self.title, words_of_head(self), os.date "%H:%M:%S")
  draw_views(self, screen)
  local top, bottom = 4, screen.rows - 1
  if self.panel then
    self.panel:draw(screen, top, bottom)
  elseif self.detail then
    self.detail:draw(screen, top, bottom, self.reading)
  else
    local state = self.table
    grid.draw(screen, top, bottom, {
      columns = grid.shown(state.columns, state.toggled),
      sort = state.sort,
      down = state.down,
      still = self.still,
    }, state.rows, self.reading)
  end
  draw_foot(self, screen)
end

return app
