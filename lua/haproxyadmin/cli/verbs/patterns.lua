-- The verbs of haproxyadmin map and haproxyadmin acl.

local column = require "haproxyadmin.cli.show.column"
local changing = require "haproxyadmin.cli.change.changing"
local failure = require "haproxyadmin.cli.base.failure"
local json = require "haproxyadmin.base.json_writer"
local ranges = require "haproxyadmin.cli.base.ranges"
local rehearsed = require "haproxyadmin.cli.change.rehearsed"
local similar = require "haproxyadmin.cli.base.similar"
local single = require "haproxyadmin.cli.change.single"

local QUIET = { die = false }

local function quote(key)
  return ('"%s"'):format(key)
end

--- The verbs of a kind, "map" or "acl".
return function(kind)
  local is_map = kind == "map"
  local what = is_map and { "map", "maps" } or { "ACL", "ACLs" }
  local verbs = {}

  -- ---- which one ----

  -- The one that is called so: its file, the end of its file's path, or its number.
  local function find(call)
    local word, hap = call.given.list, call:haproxy()
    local tail, found = {}, nil
    for _, list in ipairs(hap[kind .. "s"](hap)) do
      if list.name == word then
        found = list
      elseif ("/" .. list.name):sub(-#word - 1) == "/" .. word then
        tail[#tail + 1] = list
      end
    end
    if not found and #tail > 1 then
      local names = {}
      for i, list in ipairs(tail) do
        names[i] = list.name
      end
      failure.raise("usage", ("%s is several: %s"):format(similar.quote(word), table.concat(names, ", ")))
    elseif not found and #tail == 0 and word:match "^#?%d+$" then
      found = hap[kind](hap, word, QUIET)
    end
    found = found or tail[1]
    if not found then
      failure.raise("nothing", ("there is no %s %s"):format(what[1], similar.quote(word)))
    end
    return found
  end

  local LIST = {
    "list",
    value = what[1]:upper(),
    help = ("its file, or the end of the file's path; or its number (%s list)"):format(kind),
  }
  local KEY = { "key", value = is_map and "KEY" or "PATTERN", help = is_map and "a key" or "a pattern" }
  local VALUE = { "value", value = "VALUE", help = "what the key stands for" }

  -- ---- reading ----

  local function list_all(call)
    local hap, items = call:haproxy(), {}
    for i, list in ipairs(hap[kind .. "s"](hap)) do
      local count = list:get "count"
      items[i] = {
        name = list.name,
        id = list.id,
        count = count,
        processes = json.list(list.process_nb),
        description = list.description,
      }
    end
    call:items({
      column(kind, what[1]:upper(), {
        get = function(item)
          return item.name
        end,
        names = true,
      }),
      column("id", "ID", { right = true }),
      column("count", "ENTRIES", { right = true }),
      column("processes", "PROCESS", { show = ranges.write }),
      column("description", "USED BY", { wide = true }),
    }, items, {
      name = function(item)
        return item.name
      end,
    })
  end

  local entry_columns = {
    column("key", is_map and "KEY" or "PATTERN", { names = true }),
    is_map and column("value", "VALUE") or column("reference", "REFERENCE", { wide = true }),
    is_map and column("reference", "REFERENCE", { wide = true }) or nil,
  }

  local function name_of_entry(item)
    return item.key
  end

  -- What was read, or the error of processes that disagree, with what shows why.
  local function agreed(call, list, value, err)
    if err and err.code == "inconsistent" then
      call:say(("Compare with: haproxyadmin %s diff %s"):format(kind, list.name))
    end
    if err then
      error(err, 0)
    end
    return value
  end

  local function show(call)
    local list, items = find(call), {}
    for key, value, reference in agreed(call, list, list:entries(QUIET)) do
      if is_map then
        items[#items + 1] = { key = key, value = value, reference = reference }
      else
        items[#items + 1] = { key = key, reference = value }
      end
    end
    call:items(entry_columns, items, { name = name_of_entry })
  end

  local function get(call)
    local list = find(call)
    local found = list:lookup(call.given.key)
    if not found then
      failure.raise("nothing", ("%s has nothing for %s"):format(list.name, quote(call.given.key)))
    end
    local columns = { column("key", is_map and "KEY" or "PATTERN"), column("type", "MATCH"), column("case", "CASE") }
    if is_map then
      table.insert(columns, 2, column("value", "VALUE"))
    end
    call:items(columns, { found }, {
      name = function(item)
        return item.value or item.key
      end,
    })
  end

  -- ---- one entry ----

  local function one(call, method, sentence, ...)
    local list, arguments = find(call), { ... }
    arguments[#arguments + 1] = QUIET
    local unpack = table.unpack or unpack -- luacheck: ignore
    local status = single.run(call, {
      what = { "entry", "entries" },
      object = ("%s: the entry %s"):format(list.name, quote(call.given.key)),
      to = call.given.value,
      sentence = sentence,
      send = function()
        return list[method](list, unpack(arguments))
      end,
    })
    if status == failure.status.partial then
      call:say(("Compare with: haproxyadmin %s diff %s"):format(kind, list.name))
    end
    return status
  end

  local function add(call)
    return one(call, "add", "was added", call.given.key, call.given.value)
  end

  local function set(call)
    return one(call, "set", "was set", call.given.key, call.given.value)
  end

  local function del(call)
    return one(call, "del", "was deleted", call.given.key)
  end

  local function clear(call)
    local list = find(call)
    local count = list:get "count"
    return (single.run(call, {
      what = what,
      object = list.name,
      from = count and ("%d entries"):format(count),
      to = "0 entries",
      sentence = "has no entry any more",
      question = ("%s entries of %s will be deleted. Go on?"):format(count or "all", list.name),
      send = function()
        return list:clear(QUIET)
      end,
    }))
  end

  -- ---- all entries ----

  local words = { add = "add", set = "set", del = "delete" }

  -- A plan's changes, those that are the same in several processes in one line.
  local function lines_of(plan)
    local lines, by_text = {}, {}
    for nb, does, key, value in plan:changes() do
      local text = table.concat({ does, key, value or "" }, "\0")
      if not by_text[text] then
        by_text[text] = { change = words[does], key = key, value = value, processes = json.list {} }
        lines[#lines + 1] = by_text[text]
      end
      table.insert(by_text[text].processes, nb)
    end
    return lines
  end

  local function show_plan(call, plan)
    call:items({
      column("change", "CHANGE"),
      column("key", is_map and "KEY" or "PATTERN"),
      is_map and column("value", "VALUE") or column("processes", "PROCESS", { show = ranges.write }),
      is_map and column("processes", "PROCESS", { show = ranges.write }) or nil,
    }, lines_of(plan), { name = name_of_entry })
    local count = plan.added + plan.changed + plan.deleted
    if count > 0 and call.given.exit_code then
      return failure.status.would_change
    end
  end

  local function sync_options(call, dry_run)
    local given = call.given
    return {
      mode = given.mode,
      ordered = given.ordered or nil,
      unique = given.unique or nil,
      bytes = given.bytes or nil,
      dry_run = dry_run,
    }
  end

  -- What makes the others what one process is.
  local function among_processes(call, list)
    local options = call:options()
    options.process_nb = { list.process_nb[1] }
    local first = require("haproxyadmin").HAProxy(options)
    local wanted, own = {}, first[kind](first, list.name)
    for key, value in own:entries() do
      wanted[#wanted + 1] = is_map and { key, value } or key
    end
    first:close()
    return list:sync(wanted, { dry_run = true, ordered = call.given.ordered or nil })
  end

  local function diff(call)
    local list = find(call)
    if call.given.file then
      return show_plan(call, list:load(call.given.file, sync_options(call, true)))
    end
    return show_plan(call, among_processes(call, list))
  end

  local COUNTS = "%d added, %d changed, %d deleted"

  -- What each process is sent by a plan that is known: its commands for a dry run, else one that stands for them.
  local function sync_steps(call, list, plan)
    local steps, changes = {}, plan.added + plan.changed + plan.deleted > 0
    if call.given.dry_run and changes then
      steps = rehearsed.steps(call, list.name, function()
        return list:load(call.given.file, sync_options(call))
      end)
    end
    local sent = {}
    for _, step in ipairs(steps) do
      sent[step.process] = true
    end
    for _, each in ipairs(plan.processes) do
      local count = each.added + each.changed + each.deleted
      if not sent[each.process_nb] then
        local command = not call.given.dry_run and count > 0 and COUNTS or nil
        steps[#steps + 1] = { object = list.name, process = each.process_nb, command = command }
      end
    end
    return steps
  end

  local function sync(call)
    local list, file = find(call), call.given.file
    local plan = list:load(file, sync_options(call, true))
    local done = COUNTS:format(plan.added, plan.changed, plan.deleted)
    local _, status = changing.run(call, {
      what = what,
      objects = { list.name },
      steps = sync_steps(call, list, plan),
      sentence = "is as " .. file .. " says",
      question = ("entries of %s over all processes: %s. Go on?"):format(list.name, done),
      send = function()
        list:load(file, sync_options(call))
        call:say(done .. ", over all processes")
        return {}
      end,
    })
    if call.given.dry_run and plan.added + plan.changed + plan.deleted > 0 then
      call:say(("Its entries: haproxyadmin %s diff %s %s"):format(kind, list.name, file))
    end
    return status
  end

  local function save(call)
    local list = find(call)
    local file = call.given.file or list.file
    if not file then
      failure.raise("usage", ("%s has no file: say which one it goes to"):format(list.name))
    end
    agreed(call, list, list:save(file, QUIET))
    call:tell(("%s was saved to %s"):format(list.name, file))
  end

  -- ---- the rows ----

  local example = "haproxyadmin " .. kind .. " "
  local path = is_map and "/etc/haproxy/sites.map" or "/etc/haproxy/blocked.acl"

  local function verb(name, help, arguments, run, shown, options)
    verbs[#verbs + 1] = {
      name = name,
      help = help,
      arguments = arguments,
      options = options,
      examples = { example .. shown },
      run = run,
    }
  end

  local FILE = { "file", value = "FILE", help = "a file of HAProxy's own format" }
  local sync_rows = {
    { "--ordered", help = "the order of the entries counts, too" },
    { "--unique", help = "refuse a file that has a key twice" },
    { "--bytes", help = "the file need not be UTF-8" },
  }
  local mode_row = {
    "--mode",
    value = "MODE",
    choices = { "auto", "diff", "replace" },
    help = "diff: entry by entry; replace: all at once, in a new version; auto: what is cheaper",
  }
  local EXIT = { { "--exit-code", help = "exit status 10 where there is a difference" } }
  for _, row in ipairs(sync_rows) do
    EXIT[#EXIT + 1] = row
  end

  verb("list", ("Lists %s."):format(what[2]), nil, list_all, "list")
  verbs[1].aliases = { "ls" }
  verb("show", "Shows the entries; all processes must have the same ones.", { LIST }, show, "show " .. path)
  verb("get", "Looks a sample up, as HAProxy does.", { LIST, KEY }, get, ("get %s /one"):format(path))
  if is_map then
    local arguments = { LIST, KEY, VALUE }
    verb("add", "Adds an entry.", arguments, add, "add sites.map /one first", changing.options())
    verb("set", "Changes the value of a key.", arguments, set, "set sites.map /one 1st", changing.options())
  else
    verb("add", "Adds a pattern.", { LIST, KEY }, add, "add blocked.acl /private", changing.options())
  end
  verb("del", "Deletes all entries of a key.", { LIST, KEY }, del, ("del %s /one"):format(path), changing.options())
  verb("clear", "Deletes all entries.", { LIST }, clear, ("clear %s --yes"):format(path), changing.options())
  local OTHER = { "file", value = "FILE", count = "?", help = "a file of HAProxy's own format; without it processes" }
  local both = path .. " " .. path
  verb("diff", "Shows what differs from a file, or between processes.", { LIST, OTHER }, diff, "diff " .. both, EXIT)
  local own = { mode_row }
  for _, row in ipairs(sync_rows) do
    own[#own + 1] = row
  end
  local options = changing.options(own)
  verb("sync", "Makes every process what a file says.", { LIST, FILE }, sync, "sync " .. both, options)
  local TO = { "file", value = "FILE", count = "?", help = "where to (its own file)" }
  verb("save", "Writes the entries to a file, whole or not at all.", { LIST, TO }, save, ("save %s"):format(path))
  return verbs
end
