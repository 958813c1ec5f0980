-- Taking back what a batch did to the entries of maps and ACLs: those of the keys that it is about
-- to change are read before, and made the same again where it failed. What somebody else has changed
-- meanwhile is left as it is, and told.
--
-- An entry is a text here, as HAProxy prints it: a key, and of a map a blank and the value. Entries
-- that are deleted or changed are named by their references, which are each process's own. Those of a
-- list are kept by their first words, so that a key is looked for among few: {words = the words, in
-- the order in which they came first; of = {[word] = a sequence of {text =, reference =}}}.

local commands = require "haproxyadmin.commands"
local dump = require "haproxyadmin.runtime.dump"
local patterns = require "haproxyadmin.replies.patterns"
local run = require "haproxyadmin.runtime.run"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local undo_entries = {}

-- What commands do to a list of entries.
local known = {
  ["add acl"] = { what = "acl", does = "add" },
  ["add map"] = { what = "map", does = "add" },
  ["set map"] = { what = "map", does = "set" },
  ["del acl"] = { what = "acl", does = "del" },
  ["del map"] = { what = "map", does = "del" },
  ["clear acl"] = { what = "acl", does = "clear" },
  ["clear map"] = { what = "map", does = "clear" },
}

-- ---- texts ----

local function first_word(text)
  return text:match "^%S*"
end

local function is_of(what, text, key)
  return text == key or what == "map" and text:sub(1, #key + 1) == key .. " "
end

local function text_of(what, key, value)
  return what == "map" and key .. " " .. value or key
end

-- The key of an entry that nobody named: of a map it ends at the first blank.
local function key_of(what, text)
  return what == "map" and first_word(text) or text
end

-- ---- before ----

--- What a command of a batch (runtime/plan.lua) does to entries: {what =, id =, key =, value =,
-- does =}; nil where it is of another kind.
function undo_entries.target(wanted)
  local row = known[wanted.row.name]
  if not row or not wanted.args then
    return nil
  end
  local args = wanted.args
  return { what = row.what, does = row.does, id = args.id, key = args.key or args.pattern, value = args.value }
end

-- The lists that targets are of, by kind and id: {what =, id =, words =}; `words`: the first words of
-- all keys, or nil where each entry counts.
local function lists_of(targets)
  local lists = {}
  for _, target in pairs(targets) do
    local name = target.what .. " " .. target.id
    local own = lists[name] or { what = target.what, id = target.id, words = {} }
    lists[name] = own
    if target.does == "clear" then
      own.words = nil
    elseif own.words then
      own.words[first_word(target.key)] = true
    end
  end
  return lists
end

local function is_meant(row, id)
  local number = tonumber(id:match "^#(%d+)$")
  if number then
    return row.id == number
  end
  return row.file == patterns.file(id)
end

-- The processes that have the list: a sequence of {process =, count =}.
local function places_of(own, requests)
  local places = {}
  for _, request in ipairs(requests) do
    for _, row in ipairs(patterns.list(request.reply:lines(1))) do
      if is_meant(row, own.id) then
        places[#places + 1] = { process = request.process, count = row.count }
        break
      end
    end
  end
  return places
end

local function put(entries, word, list)
  if not entries.of[word] then
    entries.words[#entries.words + 1] = word
  end
  entries.of[word] = list
end

-- How many entries are looked at before others may run.
local AT_ONCE = 1000

-- The entries of a dump that count.
local function entries_of(context, own, found)
  local entries, is_map = { words = {}, of = {} }, own.what == "map"
  local pause, seen = dump.pause(context.transport), 0
  local at, key, value, reference = found:next(0, is_map)
  while at do
    seen = seen + 1
    if seen % AT_ONCE == 0 then
      pause()
    end
    if not is_map then
      value, reference = nil, value
    end
    local word = first_word(key)
    if not own.words or own.words[word] then
      local list = entries.of[word] or {}
      list[#list + 1] = { text = text_of(own.what, key, value), reference = reference }
      put(entries, word, list)
    end
    at, key, value, reference = found:next(at, is_map)
  end
  return entries
end

-- Reads the entries of a list in these places: by process; or nil and an error.
local function read(context, own, places)
  local by_process = {}
  if #places == 0 then
    return by_process
  end
  local dumps, err = dump.all(context, "show " .. own.what .. " entries", { id = own.id }, places)
  if not dumps then
    return nil, err
  end
  for i, found in ipairs(dumps) do
    by_process[places[i].process] = entries_of(context, own, found)
    found:free()
  end
  return by_process
end

-- The same of those that can be read.
local function read_what_is_there(context, own, places)
  local found = read(context, own, places)
  if found then
    return found
  end
  found = {}
  for _, place in ipairs(places) do
    local one = read(context, own, { place }) or {}
    found[place.process] = one[place.process]
  end
  return found
end

--- Reads the entries that commands are about to change. `targets`: by the place of the command.
-- Returns what undo_entries.changes takes, or nil and an error.
function undo_entries.prepare(context, targets)
  local lists, listed = lists_of(targets), {}
  for _, own in pairs(lists) do
    local err
    if not listed[own.what] then
      listed[own.what], err = run.read(context, "show " .. own.what, {})
      if not listed[own.what] then
        return nil, err
      end
    end
    own.places = places_of(own, listed[own.what])
    own.before, err = read(context, own, own.places)
    if not own.before then
      return nil, err
    end
  end
  return lists
end

-- ---- what the batch made of it ----

local function texts_of(list)
  local texts = {}
  for i, entry in ipairs(list) do
    texts[i] = entry.text
  end
  return texts
end

-- Those of one key, in their order.
local function of_key(what, entries, key)
  local found = {}
  for _, entry in ipairs(entries.of[first_word(key)] or {}) do
    if is_of(what, entry.text, key) then
      found[#found + 1] = entry
    end
  end
  return found
end

local function copy_of(entries)
  local copy = { words = {}, of = {} }
  for _, word in ipairs(entries.words) do
    put(copy, word, entries.of[word])
  end
  return copy
end

-- What a command that names a key leaves of the entries with the same first word.
local function replayed(list, target)
  local left, made = {}, nil
  if target.does ~= "del" then
    made = { text = text_of(target.what, target.key, target.value) }
  end
  for _, entry in ipairs(list) do
    if target.does == "add" or not is_of(target.what, entry.text, target.key) then
      left[#left + 1] = entry
    elseif target.does == "set" then
      left[#left + 1] = made
    end
  end
  if target.does == "add" then
    left[#left + 1] = made
  end
  return left
end

-- Does to `entries` what a command did; notes in `keys` which keys it was on.
local function replay(entries, target, keys)
  local function touch(key)
    if not keys[key] then
      keys[key] = true
      keys[#keys + 1] = key
    end
  end
  if target.does == "clear" then
    for _, word in ipairs(entries.words) do
      for _, entry in ipairs(entries.of[word]) do
        touch(key_of(target.what, entry.text))
      end
      entries.of[word] = {}
    end
    return
  end
  touch(target.key)
  local word = first_word(target.key)
  put(entries, word, replayed(entries.of[word] or {}, target))
end

-- ---- back ----

local function are_same(one, other)
  if #one ~= #other then
    return false
  end
  for i, text in ipairs(one) do
    if text ~= other[i] then
      return false
    end
  end
  return true
end

local function begins_with(list, beginning)
  for i, text in ipairs(beginning) do
    if text ~= list[i] then
      return false
    end
  end
  return true
end

local function value_in(own, text, key)
  return own.what == "map" and text:sub(#key + 2) or nil
end

-- The commands that make the entries of a key, which are `now`, what they were: a sequence of {name,
-- args}.
local function commands_back(own, key, now, before)
  local list, is_map = {}, own.what == "map"
  local function add(name, args)
    args.id = own.id
    list[#list + 1] = { name .. " " .. own.what, args }
  end
  local kept = 0
  if is_map and #now == #before then
    for i, entry in ipairs(now) do
      if entry.text ~= before[i] then
        add("set", { key = { reference = entry.reference }, value = value_in(own, before[i], key) })
      end
    end
    return list
  elseif begins_with(before, texts_of(now)) then
    kept = #now
  elseif begins_with(texts_of(now), before) then
    kept = #before
  end
  for i = kept + 1, #now do
    add("del", { key = { reference = now[i].reference } })
  end
  for i = kept + 1, #before do
    add("add", { key = key, pattern = key, value = value_in(own, before[i], key) })
  end
  return list
end

-- What the entries of a key were, for the caller: of a map the value, or a sequence of them; of an ACL
-- whether it was there; nil where there was none.
local function value_before(own, key, before)
  if own.what == "acl" then
    return #before > 0 or nil
  end
  local values = {}
  for i, text in ipairs(before) do
    values[i] = value_in(own, text, key)
  end
  return #values > 1 and values or values[1]
end

-- The changes that make one key in one process what it was; or nil and why there are none.
local function of_one_key(own, process, key, expected, now)
  local before = texts_of(of_key(own.what, own.before[process], key))
  local there = of_key(own.what, now, key)
  local texts = texts_of(there)
  if are_same(texts, before) then
    return {}
  elseif not are_same(texts, texts_of(of_key(own.what, expected, key))) then
    return nil, "somebody else has changed its entries meanwhile"
  end
  local changes = {}
  for i, command in ipairs(commands_back(own, key, there, before)) do
    local row = commands.find(command[1])
    local line, err = commands.encode(row, command[2])
    if not line then
      return nil, err.message
    end
    -- One value was set back, however many commands that took.
    local fields = i == 1 and { { key, nil, value_before(own, key, before) } } or {}
    changes[i] = { process = process, object = own.what .. " " .. own.id, row = row, line = line, fields = fields }
  end
  return changes
end

-- Adds the changes of one process's list, and what is lost.
local function of_process(own, process, taken, now, changes, lost)
  local function lose(command, why)
    table.insert(lost, { process_nb = process.nb, command = command, why = why })
  end
  if not own.before[process] or not now[process] then
    for _, one in ipairs(taken) do
      lose(one.line, own.before[process] and "its entries cannot be read" or "what was before is not known")
    end
    return
  end
  local expected, keys, line_of = copy_of(own.before[process]), {}, {}
  for _, one in ipairs(taken) do
    local known_before = #keys
    replay(expected, one.target, keys)
    for i = known_before + 1, #keys do
      line_of[keys[i]] = one.line
    end
  end
  for _, key in ipairs(keys) do
    local found, why = of_one_key(own, process, key, expected, now[process])
    if not found then
      lose(line_of[key], why)
    end
    for _, change in ipairs(found or {}) do
      changes[#changes + 1] = change
    end
  end
end

-- What processes took of one list: by process, a sequence.
local function taken_of(name, context, taken)
  local found = {}
  for _, process in ipairs(context.processes) do
    for _, one in ipairs(taken[process] or {}) do
      if one.target.what .. " " .. one.target.id == name then
        found[process] = found[process] or {}
        table.insert(found[process], one)
      end
    end
  end
  return found
end

--- The changes that take back what processes took of a batch: a sequence of changes as in
-- change.lua, which are to be sent in this order. `lists`: what prepare returned; `taken`: by
-- process, a sequence of {target =, line =}. What cannot be taken back is added to `lost`.
function undo_entries.changes(context, lists, taken, lost)
  local changes = {}
  for _, name in ipairs(sorted_keys(lists)) do
    local own, places = lists[name], {}
    local by_process = taken_of(name, context, taken)
    for _, place in ipairs(own.places) do
      places[#places + 1] = by_process[place.process] and place or nil
    end
    local now = read_what_is_there(context, own, places)
    for _, process in ipairs(context.processes) do
      if by_process[process] then
        of_process(own, process, by_process[process], now, changes, lost)
      end
    end
  end
  return changes
end

return undo_entries
