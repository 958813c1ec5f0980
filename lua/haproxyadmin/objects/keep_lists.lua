-- The entries of maps and ACLs over reloads: which of them were added, changed or deleted
-- since a process began, and the same done again in the one that a reload has started.
--
-- What is kept of each list are two dumps; entries become Lua strings only where they differ.

local check = require "haproxyadmin.base.check"
local dump = require "haproxyadmin.runtime.dump"
local new_plan = require "haproxyadmin.objects.sync_plan"
local patterns = require "haproxyadmin.replies.patterns"
local run = require "haproxyadmin.runtime.run"
local sync = require "haproxyadmin.runtime.sync"
local wanted = require "haproxyadmin.runtime.wanted"

local keep_lists = {}

local kinds = { "map", "acl" }

-- The files that an option means: true for all, a set of names, or false; nil and an error.
local function files_of(name, value)
  if value == nil or type(value) == "boolean" then
    return value or false
  elseif type(value) ~= "table" or #value == 0 then
    return check.fail(name, "true or a sequence of files", value)
  end
  local files = {}
  for i, file in ipairs(value) do
    local text, err = check.text(("%s[%d]"):format(name, i), file)
    if not text then
      return nil, err
    end
    files[patterns.file(text)] = true
  end
  return files
end

--- Which lists are kept, by what they are: made of the options `maps` and `acls`. Nil and an
-- error.
function keep_lists.chosen(options)
  local chosen = {}
  for _, what in ipairs(kinds) do
    local err
    chosen[what], err = files_of(what .. "s", options[what .. "s"])
    if err then
      return nil, err
    end
  end
  return chosen
end

-- ---- reading ----

-- By file, the processes that have it, as dump.all takes them.
local function places_of(context, processes, what, files)
  local requests, err = run.read(context, "show " .. what, {}, processes)
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, row in ipairs(patterns.list(request.reply:lines(1))) do
      local is_meant = row.file and (files == true or files[row.file])
      -- What a map and an ACL share is a map, whose entries have values.
      if is_meant and not (what == "acl" and row.is_map) then
        row.process = request.process
        found[row.file] = found[row.file] or {}
        table.insert(found[row.file], row)
      end
    end
  end
  return found
end

--- Reads the chosen lists of these processes: by process's number, what they are and file
-- their dumps. Nil and an error.
function keep_lists.read(context, processes, chosen)
  local found = {}
  for _, process in ipairs(processes) do
    found[process.nb] = { map = {}, acl = {} }
  end
  for _, what in ipairs(kinds) do
    local by_file, err = {}, nil
    if chosen[what] then
      by_file, err = places_of(context, processes, what, chosen[what])
    end
    if not by_file then
      return nil, err
    end
    for file, places in pairs(by_file) do
      local dumps
      dumps, err = dump.all(context, "show " .. what .. " entries", { id = file }, places)
      if not dumps then
        return nil, err
      end
      for i, place in ipairs(places) do
        found[place.process.nb][what][file] = dumps[i]
      end
    end
  end
  return found
end

--- Lets go of the dumps of one process's lists.
function keep_lists.free(lists)
  for _, what in ipairs(kinds) do
    for _, one in pairs(lists and lists[what] or {}) do
      one:free()
    end
  end
end

-- ---- what has changed ----

-- How many entries are looked at before others may run.
local AT_ONCE = 10000

local function each(context, found, has_values)
  local at, count = 0, 0
  return function()
    count = count + 1
    if count % AT_ONCE == 0 then
      context.transport:sleep(0)
    end
    local key, value
    at, key, value = found:next(at, has_values)
    return key, value
  end
end

-- By key its entries in their order, as a sequence of values (of an ACL: of true).
local function by_key(context, found, has_values)
  local groups = {}
  for key, value in each(context, found, has_values) do
    local group = groups[key] or {}
    groups[key] = group
    group[#group + 1] = has_values and value or true
  end
  return groups
end

local function same(one, other)
  if #one ~= #other then
    return false
  end
  for i, value in ipairs(one) do
    if value ~= other[i] then
      return false
    end
  end
  return true
end

local NOTHING = {}

-- By key what its entries are in `last`, where they are others than in `first`; nil where
-- there is none.
local function changes_of(context, first, last, has_values)
  local before, after, changed = by_key(context, first, has_values), by_key(context, last, has_values), {}
  for key, group in pairs(before) do
    if not same(group, after[key] or NOTHING) then
      changed[key] = after[key] or NOTHING
    end
  end
  for key, group in pairs(after) do
    if not before[key] then
      changed[key] = group
    end
  end
  return next(changed) ~= nil and changed or nil
end

-- The entries of `now` with the changes, in the order of `now`, and of `last` what is new.
local function with_changes(context, now, last, changed, has_values)
  local entries, done = {}, {}
  local function add(key, value)
    entries[#entries + 1] = has_values and { key, value } or key
  end
  local function go_through(found, all)
    for key, value in each(context, found, has_values) do
      if changed[key] and not done[key] then
        done[key] = true
        for _, own in ipairs(changed[key]) do
          add(key, own)
        end
      elseif all and not changed[key] then
        add(key, value)
      end
    end
  end
  go_through(now, true)
  go_through(last, false)
  return entries
end

-- ---- setting again ----

-- Adds what was done in one process to what was done in others.
local function join(made, synced)
  if not made then
    return synced
  end
  for _, name in ipairs { "added", "changed", "deleted", "kept", "exchanges" } do
    made[name] = made[name] + synced[name]
  end
  for _, numbers in ipairs(synced.processes) do
    table.insert(made.processes, numbers)
  end
  return made
end

local function skip(plan, process, what, file)
  table.insert(plan.skipped, {
    process_nb = process.nb,
    object = what .. " " .. file,
    code = "not_found",
    why = "this process does not have it",
  })
end

-- One list of one process; what sync.run made, nothing where there was nothing to do, or nil
-- and an error.
local function restore_one(context, process, what, file, kept, now)
  local has_values = what == "map"
  local changed = changes_of(context, kept.first[what][file], kept.last[what][file], has_values)
  if not changed then
    return nil
  end
  local entries = with_changes(context, now, kept.last[what][file], changed, has_values)
  local set, err = wanted.entries(has_values, entries, function() end, true)
  if not set then
    return nil, err
  end
  return sync.run(context, { what = what, file = file, only = process }, set, {})
end

--- Did the lists of a process change? `kept`: {first =, last =}, as `read` has them for one
-- process.
function keep_lists.changed(context, kept)
  for _, what in ipairs(kinds) do
    for file, last in pairs(kept.last[what]) do
      local first = kept.first[what][file]
      if first and first ~= last and changes_of(context, first, last, what == "map") then
        return true
      end
    end
  end
  return false
end

--- Makes the same changes in other processes. `list`: a sequence of {process =, kept =, now =}:
-- `kept` as above, `now` as `read` has it for the process. Notes in the plan what was
-- done. True, or nil and an error.
function keep_lists.restore(context, list, plan)
  for _, what in ipairs(kinds) do
    local made = {}
    for _, own in ipairs(list) do
      for file, last in pairs(own.kept.last[what]) do
        local first, now = own.kept.first[what][file], own.now[what][file]
        local synced, err
        if first and first ~= last and now then
          synced, err = restore_one(context, own.process, what, file, own.kept, now)
        elseif first and first ~= last then
          skip(plan, own.process, what, file)
        end
        if err then
          return nil, err
        elseif synced then
          made[file] = join(made[file], synced)
        end
      end
    end
    for file, synced in pairs(made) do
      plan[what .. "s"][file] = new_plan(synced, context.transport)
    end
  end
  return true
end

return keep_lists
