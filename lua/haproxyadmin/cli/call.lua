-- What a verb gets to work with: what it was given, HAProxy, and where words go.
--
--    call.given      the values of its options and arguments, by name
--    call.settings   what the configuration says, by key
--    call.format     the format of the output: "table", "json", ...
--    call.terminal   what stdout is: see show/terminal.lua
--    call:haproxy()  the HAProxy object
--    call.wrap       set before that: makes its transport of another one (or of nil)
--    call.interrupted a function that says, behind Ctrl-C, what state things are in; set while they are changed
--    call.finishes   set while something is changed: Ctrl-C is noted, and told at the end
--    call:snapshot() a snapshot of those processes that answer; the others are told at the end
--    call:items(...) prints items in columns
--    call:tell(text) a line to stdout, unless --quiet: what was done
--    call:say(text)  a line to stderr, unless --quiet
--    call:warn(text) the same, that --quiet does not keep back
--
-- A verb returns nothing, or an exit status. What goes wrong is raised: errors of the library's
-- as they come, others by failure.raise.

local columns = require "haproxyadmin.cli.show.columns"
local config = require "haproxyadmin.cli.sockets.config"
local behind = require "haproxyadmin.base.behind"
local failure = require "haproxyadmin.cli.base.failure"
local json = require "haproxyadmin.base.json_writer"
local messages = require "haproxyadmin.cli.show.messages"
local output = require "haproxyadmin.cli.show.output"
local terminal = require "haproxyadmin.cli.show.terminal"
local text = require "haproxyadmin.cli.base.text"
local where = require "haproxyadmin.cli.sockets.where"

local Call = {}
Call.__index = Call

local function format_of(given, is_terminal)
  if given.json then
    return "json"
  end
  return given.output or (is_terminal and "table" or "tsv")
end

local function of_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

-- What a verb reads stands until it ends: to look for garbage all the time costs more than the room.
local PAUSE = 400
-- What reads again and again has no use for what it read before, most of which the collector
-- does not see.
local SHORT_PAUSE = 150

function Call.new(given)
  collectgarbage("setpause", PAUSE)
  local screen = terminal.look(given.color)
  return setmetatable({
    given = given,
    settings = config.settings(given.context or of_environment "HAPROXYADMIN_CONTEXT"),
    terminal = screen,
    format = format_of(given, screen.is),
    failed = {},
  }, Call)
end

--- To be called by a verb that reads again and again until somebody ends it.
function Call.goes_on()
  -- lua5.4 begins with generations: what has lived through two of them, as a reading does while
  -- it is written, goes when there is twice as much of what the collector does see. Other
  -- versions know no such mode.
  pcall(collectgarbage, "incremental")
  collectgarbage("setpause", SHORT_PAUSE)
end

--- Is the output JSON? Then messages are, too.
function Call:is_json()
  return self.format == "json" or self.format == "ndjson"
end

--- A setting of the configuration that flags have no word for, or nil.
function Call:setting(name)
  return self.settings[name]
end

--- The options of HAProxy{} that say where it is, and by which transport.
function Call:options()
  local options = where.options(self.given, self.settings)
  if self.given.verbose and not options.transport then
    options.transport = require "haproxyadmin.cli.sockets.verbose"
  end
  if self.wrap then
    options.transport = self.wrap(options.transport)
  end
  return options
end

--- The HAProxy object, made when it is first asked for. A socket of a folder that nobody answers
-- is a process that does not answer.
function Call:haproxy()
  if not self.hap then
    local haproxyadmin = require "haproxyadmin"
    local ok, hap = pcall(haproxyadmin.HAProxy, self:options())
    if not ok then
      failure.connecting(hap)
    end
    self.hap = hap
    for _, entry in ipairs(self.hap.passed_over) do
      if behind.is_missed(entry[2]) then
        self.failed[#self.failed + 1] = entry[2]
      end
    end
  end
  return self.hap
end

--- A snapshot of the processes that answer. Those that do not are warned of at the end, and
-- the exit status says so; with --strict one of them is a failure. `options`: those of HAProxy:snapshot.
function Call:snapshot(options)
  local wanted = { partial = true }
  for key, value in pairs(options or {}) do
    wanted[key] = value
  end
  local snapshot = self:haproxy():snapshot(wanted)
  for _, entry in ipairs(snapshot.failed) do
    self.failed[#self.failed + 1] = entry[2]
  end
  if self.given.strict and self.failed[1] then
    failure.raise("partial", self.failed[1].message)
  end
  return snapshot
end

--- Says on stdout what was done, unless --quiet.
function Call:tell(line)
  if not self.given.quiet then
    output.write(text.plain(line), "\n")
  end
end

--- What was told is read now: who waits next may wait long.
function Call:flush() -- luacheck: no self
  output.flush()
end

--- Says something on stderr, unless --quiet.
function Call:say(line)
  if not self.given.quiet then
    messages.remark(line)
  end
end

--- Says on stderr what went wrong, and did not end the program.
function Call:warn(line)
  messages.warning(line, self:is_json())
end

-- What a document of JSON says of the processes.
local function of_processes(snapshot, failed)
  local list = {}
  local infos = snapshot:info()
  for i, process in ipairs(snapshot:processes()) do
    list[i] = json.object {
      "process",
      process.process_nb,
      "address",
      process.address,
      "up",
      true,
      "version",
      infos[i].Version,
      "pid",
      process.pid,
    }
  end
  for _, err in ipairs(failed) do
    list[#list + 1] = json.object { "address", err.socket_file or "", "up", false }
  end
  return json.list(list)
end

--- What a document of JSON has beside its items: `head` and `errors` of output.document.
function Call:frame(snapshot)
  local errors = {}
  for i, err in ipairs(self.failed) do
    errors[i] = messages.object(err)
  end
  return {
    head = snapshot and { "processes", of_processes(snapshot, self.failed) },
    errors = errors,
  }
end

--- Prints items. `list`: the columns; `options`: `name(item)` for -o name, `more(key)` makes a
-- column of another field, `snapshot` is where the items come from.
function Call:items(list, items, options)
  local given = self.given
  local chosen = columns.choose(list, given.columns, self.format, options.more)
  if given.sort then
    columns.sort(items, given.sort, list, options.more)
  end
  while given.limit and #items > given.limit do
    items[#items] = nil
  end
  local shown = {
    format = self.format,
    wide = self.format == "wide",
    no_header = given.no_header,
    name = options.name,
    terminal = self.terminal,
    pager = not given.no_pager,
    missing = function(titles)
      self:say(("%s: no room; -o wide shows all, --columns chooses"):format(table.concat(titles, ", ")))
    end,
  }
  if self.format == "json" then
    local frame = self:frame(options.snapshot)
    shown.head, shown.errors = frame.head, frame.errors
  end
  output.items(chosen, items, shown)
end

--- Tells of the processes that did not answer, and returns the exit status.
function Call:finish(status)
  output.flush()
  if self.format ~= "json" then
    for _, err in ipairs(self.failed) do
      self:warn(err.message)
    end
  end
  if status == nil and #self.failed > 0 then
    return failure.status.partial
  end
  return status or failure.status.done
end

return Call
