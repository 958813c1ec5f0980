-- haproxyadmin table ...

local changing = require "haproxyadmin.cli.change.changing"
local column = require "haproxyadmin.cli.show.column"
local failure = require "haproxyadmin.cli.base.failure"
local json = require "haproxyadmin.base.json_writer"
local ranges = require "haproxyadmin.cli.base.ranges"
local similar = require "haproxyadmin.cli.base.similar"
local single = require "haproxyadmin.cli.change.single"

local QUIET = { die = false }

local NAME = { "table", value = "TABLE", help = "its name (table list)" }
local KEY = { "key", value = "KEY", help = "a key of the table's type" }
local IF = {
  "--if",
  value = "'DATA OP N'",
  many = true,
  help = "only those: 'http_req_rate gt 50'; OP is eq, ne, le, ge, lt or gt; four at most",
}

local function find(call)
  return call:haproxy():table(call.given.table)
end

-- The conditions as the library takes them; nil without.
local function filter_of(call)
  local found = {}
  for i, text in ipairs(call.given["if"] or {}) do
    local data, operator, value = text:match "^%s*(%S+)%s+(%a%a)%s+(%d+)%s*$"
    if not data then
      failure.raise("usage", ("a condition is 'DATA OP N', such as 'gpc0 gt 0', not %s"):format(similar.quote(text)))
    end
    found[i] = { data, operator, tonumber(value) }
  end
  return found[1] and found or nil
end

local function list(call)
  local items = {}
  for i, each in ipairs(call:haproxy():tables()) do
    items[i] = {
      table = each.name,
      type = each.type,
      size = each.size,
      used = each.used,
      processes = json.list(each.process_nb),
    }
  end
  call:items({
    column("table", "TABLE", { names = true }),
    column("type", "TYPE"),
    column("size", "SIZE", { right = true }),
    column("used", "USED", { right = true }),
    column("processes", "PROCESS", { show = ranges.write }),
  }, items, {
    name = function(item)
      return item.table
    end,
  })
end

local fixed = { key = true, process_nb = true }

-- What entries have beside their key, in the order of the alphabet.
local function data_of(items)
  local names, seen = {}, {}
  for _, item in ipairs(items) do
    for name in pairs(item) do
      if not seen[name] and not fixed[name] then
        seen[name], names[#names + 1] = true, name
      end
    end
  end
  table.sort(names)
  return names
end

local function print_entries(call, items)
  local columns = { column("key", "KEY", { names = true }), column("process_nb", "PROCESS", {
    show = function(value)
      return type(value) == "table" and ranges.write(value) or tostring(value)
    end,
  }) }
  for _, name in ipairs(data_of(items)) do
    columns[#columns + 1] = column(name, name:upper(), { right = true })
  end
  call:items(columns, items, {
    name = function(item)
      return tostring(item.key)
    end,
  })
end

-- An entry as a table that JSON can be made of.
local function item_of(entry)
  local item = entry:totable()
  item.key, item.process_nb = entry.key, entry.process_nb
  if type(item.process_nb) == "table" then
    item.process_nb = json.list(item.process_nb)
  end
  return item
end

local function show(call)
  local items, filter, each = {}, filter_of(call), find(call)
  local entries = call.given.per_process and each:entries(filter) or each:sums(filter)
  for entry in entries do
    items[#items + 1] = item_of(entry)
  end
  print_entries(call, items)
end

local function get(call)
  local entry = find(call):lookup(call.given.key)
  if not entry then
    failure.raise("nothing", ("%s has no entry of the key %s"):format(call.given.table, similar.quote(call.given.key)))
  end
  print_entries(call, { item_of(entry) })
end

local function values_of(words)
  local values = {}
  for _, word in ipairs(words) do
    local data, number = word:match "^([%w_%[%]]+)=(%d+)$"
    if not data then
      failure.raise("usage", ("DATA=N was expected, such as gpc0=1, not %s"):format(similar.quote(word)))
    end
    values[data] = tonumber(number)
  end
  return values
end

local function set(call)
  local each, key = find(call), call.given.key
  local values = values_of(call.given.value)
  return (single.run(call, {
    what = { "entry", "entries" },
    object = ("%s: the entry %s"):format(each.name, key),
    to = table.concat(call.given.value, " "),
    sentence = "was set",
    send = function()
      return each:set(key, values, QUIET)
    end,
  }))
end

local function clear(call)
  local given, each, filter = call.given, find(call), filter_of(call)
  local ways = (given.key and 1 or 0) + (filter and 1 or 0) + (given.all and 1 or 0)
  if ways ~= 1 then
    failure.raise("usage", "what is cleared? one of a KEY, --if and --all")
  end
  local object = given.key and ("%s: the entry %s"):format(each.name, given.key) or each.name
  return (single.run(call, {
    what = { "table", "tables" },
    object = object,
    sentence = given.key and "was deleted" or filter and "has no such entry any more" or "has no entry any more",
    question = not given.key and ("entries of %s will be deleted. Go on?"):format(each.name) or nil,
    send = function()
      if given.all then
        return each:clear_all(QUIET)
      end
      return each:clear(given.key or filter, QUIET)
    end,
  }))
end

return {
  name = "table",
  help = "Stick tables: what HAProxy counts for each client, or whatever the key is.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists stick tables.",
      examples = { "haproxyadmin table list" },
      run = list,
    },
    {
      name = "show",
      help = "Shows entries, those of all processes added up.",
      arguments = { NAME },
      options = { IF, { "--per-process", help = "each process's own entries" } },
      examples = { "haproxyadmin table show www --if 'http_req_rate gt 50' --sort -http_req_rate" },
      run = show,
    },
    {
      name = "get",
      help = "Shows the entry of a key.",
      arguments = { NAME, KEY },
      examples = { "haproxyadmin table get www 192.0.2.1" },
      run = get,
    },
    {
      name = "set",
      help = "Sets data of a key.",
      arguments = { NAME, KEY, { "value", value = "DATA=N", count = "+", help = "gpc0=1" } },
      options = changing.options(),
      examples = { "haproxyadmin table set www 192.0.2.1 gpc0=1" },
      run = set,
    },
    {
      name = "clear",
      help = "Deletes an entry, those that are so, or all.",
      arguments = { NAME, { "key", value = "KEY", count = "?", help = KEY.help } },
      options = changing.options { IF, { "--all", help = "all entries" } },
      examples = { "haproxyadmin table clear www 192.0.2.1", "haproxyadmin table clear www --if 'gpc0 gt 0' --yes" },
      run = clear,
    },
  },
}
