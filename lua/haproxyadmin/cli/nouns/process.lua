-- haproxyadmin process ...

local failure = require "haproxyadmin.cli.base.failure"
local numbers = require "haproxyadmin.cli.base.numbers"
local processes = require "haproxyadmin.cli.items.processes"
local selectors = require "haproxyadmin.cli.items.selectors"
local similar = require "haproxyadmin.cli.base.similar"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local function read(call)
  local snapshot = call:snapshot()
  return processes.items(snapshot, call.failed), snapshot
end

-- Those of the numbers that were given as arguments; all where none was.
local function choose(items, given)
  if #given == 0 then
    return items
  end
  local by_number, left = {}, {}
  for _, item in ipairs(items) do
    by_number[item.nb or 0] = item
  end
  for _, number in ipairs(given) do
    if not by_number[number] then
      failure.raise("nothing", ("there is no process %d that answers"):format(number))
    end
    left[#left + 1] = by_number[number]
  end
  return left
end

local function list(call)
  local items, snapshot = read(call)
  local options = { name = processes.name, snapshot = snapshot, more = processes.more(items) }
  call:items(processes.columns(), items, options)
end

-- Arguments that are numbers of processes, and the others.
local function split(words)
  local found, others = {}, {}
  for _, word in ipairs(words) do
    local list_of = numbers.list(word)
    for _, number in ipairs(list_of or {}) do
      found[#found + 1] = number
    end
    if not list_of then
      others[#others + 1] = word
    end
  end
  return found, others
end

-- Does a field's name fit one of the patterns? Each notes that it was of use.
local function fits(patterns, used, name)
  local found = #patterns == 0
  for i, pattern in ipairs(patterns) do
    if name:find(pattern) then
      found, used[i] = true, true
    end
  end
  return found
end

-- One item for each field of each process.
local function fields_of(items, words)
  local patterns, used, found = {}, {}, {}
  for i, word in ipairs(words) do
    patterns[i] = selectors.pattern(word)
  end
  for _, item in ipairs(items) do
    for _, name in ipairs(sorted_keys(item.info)) do
      if fits(patterns, used, name) then
        found[#found + 1] = { item = item, field = name, value = item.info[name] }
      end
    end
  end
  for i, word in ipairs(words) do
    if not used[i] then
      failure.raise("nothing", ("no process has a field %s"):format(similar.quote(word)))
    end
  end
  return found
end

local function of(key)
  return function(item)
    return item[key]
  end
end

local function info(call)
  local items, snapshot = read(call)
  local given, words = split(call.given.word)
  local found = fields_of(choose(items, given), words)
  call:items({
    {
      key = "process",
      title = "PROC",
      get = function(item)
        return item.item.nb
      end,
      right = true,
    },
    { key = "field", title = "FIELD", get = of "field" },
    { key = "value", title = "VALUE", get = of "value", show = tostring },
  }, found, { name = of "field", snapshot = snapshot })
end

local function show(call)
  local items, snapshot = read(call)
  local given = split(call.given.number)
  call:items(processes.columns(), choose(items, given), {
    name = processes.name,
    snapshot = snapshot,
    more = processes.more(items),
  })
end

local function is_of(capture, name)
  return name == nil or capture.frontend == name or capture.backend == name
end

local function errors(call)
  local found = {}
  for _, capture in ipairs(call:haproxy():captures()) do
    if is_of(capture, call.given.proxy) then
      found[#found + 1] = capture
    end
  end
  call:items({
    { key = "process", title = "PROC", get = of "process_nb", right = true },
    { key = "date", title = "DATE", get = of "date" },
    { key = "kind", title = "KIND", get = of "kind" },
    { key = "frontend", title = "FRONTEND", get = of "frontend" },
    { key = "backend", title = "BACKEND", get = of "backend" },
    { key = "server", title = "SERVER", get = of "server" },
    { key = "source", title = "SOURCE", get = of "source" },
    { key = "position", title = "AT", get = of "position", right = true },
    { key = "bytes", title = "BYTES", get = of "bytes", wide = true },
  }, found, { name = of "date" })
end

local noun = {
  name = "process",
  help = "HAProxy's processes.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists the processes: whether they answer, since when, and what they do.",
      examples = { "haproxyadmin process list", "haproxyadmin process list -o json --columns process,Pid,Version" },
      run = list,
    },
    {
      name = "show",
      help = "Shows some of the processes.",
      arguments = { { "number", value = "N", count = "+", help = "numbers of processes: 1,3-4" } },
      examples = { "haproxyadmin process show 2", "haproxyadmin process show 1-2 -o wide" },
      run = show,
    },
    {
      name = "info",
      help = "Shows what processes say of themselves (`show info`): all fields, or some.",
      arguments = {
        { "word", value = "N|FIELD", count = "*", help = "numbers of processes, and fields: Maxconn, 'Ssl*'" },
      },
      examples = { "haproxyadmin process info", "haproxyadmin process info 1 Maxconn 'Cum*'" },
      run = info,
    },
    {
      name = "errors",
      help = "Shows the last invalid request and response of each proxy (`show errors`).",
      arguments = { { "proxy", value = "PROXY", count = "?", help = "only of this frontend or backend" } },
      examples = { "haproxyadmin process errors", "haproxyadmin process errors www -o json" },
      run = errors,
    },
  },
}

for _, verb in ipairs(require "haproxyadmin.cli.verbs.process_changes") do
  table.insert(noun.verbs, verb)
end

return noun
