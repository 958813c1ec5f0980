--- A list of certificates (crt-list), as HAProxy keeps it in its memory: in every process
-- that has it. The list's file is neither read nor written.
--
-- Made by `HAProxy:crt_lists` and `HAProxy:crt_list`. Its commands are in HAProxy 2.2 and
-- later, at level admin.
-- @classmod haproxyadmin.CrtList

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local crt_lists = require "haproxyadmin.replies.crt_lists"
local errors = require "haproxyadmin.errors"
local handle = require "haproxyadmin.objects.handle"
local run = require "haproxyadmin.runtime.run"
local store = require "haproxyadmin.objects.store"
local stores = require "haproxyadmin.runtime.stores"
local transaction = require "haproxyadmin.runtime.transaction"

-- ---- reading ----

-- The entries of each process: a sequence of {process =, entries =}.
local function read(self, context, processes)
  local requests, err = run.read(context, "show ssl crt-list entries", { file = self._file }, processes)
  if not requests then
    return nil, err
  end
  local readings = {}
  for i, request in ipairs(requests) do
    readings[i] = { process = request.process, entries = crt_lists.entries(request.reply:lines(1)) }
  end
  return readings
end

-- Entries without the numbers of their lines, which depend on what was added and deleted
-- before.
local function as_text(list)
  local lines = {}
  for i, entry in ipairs(list) do
    lines[i] = crt_lists.line_of(entry)
  end
  return table.concat(lines, "\n")
end

local function entries(self, context)
  local readings, err = read(self, context, self._processes)
  if not readings then
    return nil, err
  end
  local expected = as_text(readings[1].entries)
  for i = 2, #readings do
    if as_text(readings[i].entries) ~= expected then
      local values = {}
      for j, reading in ipairs(readings) do
        values[j] = { reading.process.nb, as_text(reading.entries) }
      end
      return handle.disagreement(values, "the entries of crt-list " .. self._file)
    end
  end
  return readings[1].entries
end

-- ---- entries that a caller gives ----

local function refuse(name, value, expected)
  return check.fail(name, expected, value)
end

-- A part of a list's line, in which blanks and brackets mean something.
local function check_part(name, value, pattern, expected)
  if type(value) ~= "string" or value == "" or value:find(pattern) then
    return refuse(name, value, expected)
  end
  return true
end

local function check_filters(filters)
  if filters ~= nil and type(filters) ~= "table" then
    return refuse("filters", filters, "sequence of names")
  end
  for _, filter in ipairs(filters or {}) do
    local ok, err = check_part("filters", filter, "[%s%z%[%]#]", "names without blanks and brackets")
    if not ok then
      return nil, err
    end
  end
  return true
end

-- The arguments of `add` as an entry.
local function entry_given(file, options)
  local ok, err = stores.check_file("file", file)
  if ok and options.options ~= nil then
    ok, err = check_part("options", options.options, "[%z\r\n%[%]]", "text without brackets and line ends")
  end
  if ok then
    ok, err = check_filters(options.filters)
  end
  local plain = options.options == nil and #(options.filters or {}) == 0
  if ok and not plain then
    ok, err = check_part("file", file, "[%s%z%[%]]", "name without blanks and brackets (with options or filters)")
  end
  if not ok then
    return nil, err
  end
  return { file = file, options = options.options, filters = options.filters }, nil, plain
end

-- ---- changes ----

-- The places of an entry among others; of a file's name, all of that file.
local function places_of(list, wanted)
  local places = {}
  for _, entry in ipairs(list) do
    local same = entry.file == wanted
    if type(wanted) == "table" then
      same = crt_lists.line_of(entry) == crt_lists.line_of(wanted)
    end
    if same then
      places[#places + 1] = entry.line
    end
  end
  return places
end

local function named(self, entry, line)
  return { list = self._file, entry = ("%s:%d"):format(entry, line) }
end

-- Takes back what was added: the last one of its equals.
local function undo_add(self, context, entry)
  return function(process)
    local readings, err = read(self, context, { process })
    if not readings then
      return nil, err
    end
    local places = places_of(readings[1].entries, entry)
    return places[1] and named(self, entry.file, places[#places])
  end
end

local function add(self, context, options, file)
  local entry, err, plain = entry_given(file, options)
  if not entry then
    return nil, err
  end
  local step = {
    command = plain and "add ssl crt-list" or "add ssl crt-list entry",
    args = { list = self._file, file = file, entry = crt_lists.line_of(entry) },
    undo = "del ssl crt-list",
    undo_args = undo_add(self, context, entry),
  }
  return transaction.run(context, self._processes, { step })
end

-- The line of the entry to delete in one process; or nil and an error.
local function line_in(reading, entry, file)
  local places = places_of(reading.entries, entry)
  if #places == 0 then
    local message = ("process %d: there is no such entry of %s"):format(reading.process.nb, check.quote(file))
    return nil, errors.new("ValueError", "not_found", message)
  elseif #places > 1 and type(entry) == "string" then
    local message = ("process %d: %s has %d entries: give one of entries()"):format(
      reading.process.nb,
      check.quote(file),
      #places
    )
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  return places[1]
end

local function del(self, context, options, entry)
  local file = type(entry) == "table" and entry.file or entry
  local ok, err = stores.check_file("entry", file)
  if not ok then
    return nil, err
  end
  local readings
  readings, err = read(self, context, self._processes)
  if not readings then
    return nil, err
  end
  local lines = {}
  for _, reading in ipairs(readings) do
    lines[reading.process], err = line_in(reading, entry, file)
    if err then
      return nil, err
    end
  end
  return run.command(context, options, "del ssl crt-list", function(process)
    return lines[process] and named(self, file, lines[process])
  end)
end

local make = class.of_tables {
  name = "CrtList",
  describe = store.name,
  methods = class.methods({}, {
    --- Its entries, in HAProxy's order: `show ssl crt-list -n <file>` (management guide 9.3).
    -- The processes must agree on them, save for their lines' numbers, which are the first
    -- process's.
    -- @function CrtList:entries
    -- @treturn {table,...} `file`: the certificate's; `line`: its number; `options`: the text
    -- in brackets, nil without; `filters`: a sequence of names
    -- @raise `CommandFailed` (`not_found`, `permission`), `InconsistentData`,
    -- `MultipleCommandResults`, `HAProxySocketError`
    entries = { call = entries },
    --- Adds a certificate that HAProxy has in its memory, in every process or in none: `add ssl
    -- crt-list` (9.3). It is used for new connections at once. Where one process refuses, the
    -- entry is deleted in the others again.
    -- @function CrtList:add
    -- @tparam string file the certificate's name
    -- @tparam[opt] table options `options`: as between the brackets of a crt-list, such as
    -- `alpn h2 ssl-min-ver TLSv1.2`; `filters`: a sequence of names, such as `*.example.com`
    -- @treturn boolean true
    -- @raise `ValueError`, `CommandFailed` (`not_found`: no such list or certificate;
    -- `bad_argument`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
    add = { arguments = 1, call = add, options = { options = "string", filters = "table" } },
    --- Deletes an entry in every process: `del ssl crt-list` (9.3). Each process is told its own
    -- line of it.
    -- @function CrtList:del
    -- @tparam string|table entry the certificate's name, where it has one entry; or one of
    -- `CrtList:entries`
    -- @treturn boolean true
    -- @raise `ValueError` (`not_found`; `bad_argument`: it has several entries),
    -- `CommandFailed` (`in_use`: it is a frontend's default certificate; `permission`),
    -- `MultipleCommandResults`, `HAProxySocketError`
    del = { arguments = 1, tables = true, call = del },
  }),
  --- Reads a property without raising.
  -- @function CrtList:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
  properties = {
    --- The list's file, as HAProxy's configuration has it. Asks nobody.
    -- @field CrtList.name
    name = store.name,
    --- The processes that had it when it was listed, a sequence of numbers. Asks nobody.
    -- @field CrtList.process_nb
    process_nb = store.process_nb,
  },
}

local function all(_, context)
  local requests, err = run.read(context, "show ssl crt-list", {})
  if not requests then
    return nil, err
  end
  local readings = {}
  for i, request in ipairs(requests) do
    readings[i] = { process = request.process, names = request.reply:lines(1) }
  end
  return store.objects(context, make, readings)
end

local function one(self, context, options, file)
  local ok, err = check.text("file", file)
  if not ok then
    return nil, err
  end
  local list
  list, err = all(self, context, options)
  local found = list and list:get(file)
  if list and not found then
    local message = ("there is no crt-list %s"):format(check.quote(file))
    return nil, errors.new("ValueError", "not_found", message)
  end
  return found, err
end

return { all = all, one = one }
