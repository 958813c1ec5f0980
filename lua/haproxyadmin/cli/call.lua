-- What a verb gets to work with: what it was given, HAProxy, and where words go.
--
--    call.given      the values of its options and arguments, by name
--    call.format     the format of the output: "table", "json", ...
--    call:haproxy()  the HAProxy object
--    call:snapshot() a snapshot of those processes that answer; the others are told at the end
--    call:items(...) prints items in columns
--    call:tell(text) a line to stdout, unless --quiet: what was done
--    call:say(text)  a line to stderr, unless --quiet
--    call:warn(text) the same, that --quiet does not keep back
--
-- A verb returns nothing, or an exit status. What goes wrong is raised: errors of the library's
-- as they come, others by failure.raise.

local columns = require "haproxyadmin.cli.columns"
local failure = require "haproxyadmin.cli.failure"
local json = require "haproxyadmin.base.json_writer"
local output = require "haproxyadmin.cli.output"
local text = require "haproxyadmin.cli.text"
local where = require "haproxyadmin.cli.where"

local Call = {}
Call.__index = Call

local function format_of(given)
  if given.json then
    return "json"
  end
  return given.output or "tsv"
end

function Call.new(given)
  return setmetatable({ given = given, format = format_of(given), failed = {} }, Call)
end

--- The options of HAProxy{} that say where it is.
function Call:options()
  return where.options(self.given)
end

--- The HAProxy object, made when it is first asked for.
function Call:haproxy()
  if not self.hap then
    local haproxyadmin = require "haproxyadmin"
    self.hap = haproxyadmin.HAProxy(self:options())
  end
  return self.hap
end

--- A snapshot of the processes that answer. Those that do not are warned of at the end, and
-- the exit status says so. `options`: those of HAProxy:snapshot.
function Call:snapshot(options)
  local wanted = { partial = true }
  for key, value in pairs(options or {}) do
    wanted[key] = value
  end
  local snapshot = self:haproxy():snapshot(wanted)
  for _, entry in ipairs(snapshot.failed) do
    self.failed[#self.failed + 1] = entry[2]
  end
  return snapshot
end

--- A setting of the configuration that flags have no word for, or nil.
function Call:setting(name)
  return self.settings and self.settings[name]
end

--- Says on stdout what was done, unless --quiet.
function Call:tell(line)
  if not self.given.quiet then
    output.write(text.plain(line), "\n")
  end
end

--- Says something on stderr.
function Call:say(line)
  if not self.given.quiet then
    io.stderr:write(text.plain(line), "\n")
  end
end

function Call:warn(line) -- luacheck: no self
  io.stderr:write("haproxyadmin: ", text.plain(line), "\n")
end

-- What a document of JSON says of the processes.
local function of_processes(snapshot)
  local list = {}
  for i, process in ipairs(snapshot:processes()) do
    list[i] = json.object { "process", process.process_nb, "address", process.address, "pid", process.pid }
  end
  return json.list(list)
end

local function of_failures(failed)
  local list = {}
  for i, err in ipairs(failed) do
    list[i] = json.object { "code", err.code, "message", err.message, "address", err.socket_file or "" }
  end
  return list
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
  output.items(chosen, items, {
    format = self.format,
    no_header = given.no_header,
    name = options.name,
    head = options.snapshot and { "processes", of_processes(options.snapshot) },
    errors = of_failures(self.failed),
  })
end

--- Tells of the processes that did not answer, and returns the exit status.
function Call:finish(status)
  for _, err in ipairs(self.failed) do
    self:warn(err.message)
  end
  if status == nil and #self.failed > 0 then
    return failure.status.partial
  end
  return status or failure.status.done
end

return Call
