--- ACLs and maps: HAProxy's "patterns", by id or by file.
-- @classmod haproxyadmin.HAProxy

local call = require "haproxyadmin.runtime.send"
local check = require "haproxyadmin.base.check"
local command = require "haproxyadmin.runtime.command"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local patterns = {}

-- An id is a number ("4" is one too) or a file name.
local function identifier(id)
  if type(id) == "number" or (type(id) == "string" and id:match "^%d+$") then
    local number, err = check.integer("id", tonumber(id), 0)
    if not number then
      return nil, err
    end
    return { "identifier", "#" .. ("%d"):format(number), "id" }
  elseif type(id) ~= "string" or id == "" then
    return check.fail("id", "integer or file name", id)
  end
  return { "identifier", id, "id" }
end

local function text(name, value)
  if type(value) == "number" then
    -- All the digits of an integer; Lua 5.1 writes 1e+15.
    return value % 1 == 0 and ("%.0f"):format(value) or tostring(value)
  end
  return check.text(name, value)
end

-- The part for an id, and a text that goes with it; or nil and an error.
local function with_text(id, name, value)
  local part, err = identifier(id)
  if not part then
    return nil, err
  end
  local word
  word, err = text(name, value)
  if not word then
    return nil, err
  end
  return part, word
end

-- Sends what reads; the requests with their replies, or an error where a reply
-- does not look right.
local function read(state, parts, looks_right, kind)
  local line, err = command.encode(parts)
  if not line then
    return nil, err
  end
  local requests = command.requests(state, line, kind)
  for _, request in ipairs(requests) do
    request.safe = true
  end
  call.send(state, requests, state.retry)
  local ok
  ok, err = command.judge(requests, looks_right)
  if not ok then
    return nil, err
  end
  return requests
end

-- What a dump's first line must look like; nothing at all is an empty list.
local function is_list(reply)
  return reply == "" or reply:match "^# id " ~= nil
end

local function is_dump(reply)
  return reply == "" or reply:match "^0x%x+ " ~= nil
end

local function is_answer(reply)
  return reply:match "^type=" ~= nil
end

-- The entries of a dump. One may hold a line's end, which this module sends to
-- nobody: what does not begin as an entry belongs to the one before.
local function entries_of(reply)
  local entries = {}
  for _, line in ipairs(reply:lines()) do
    if #entries == 0 or line:match "^0x%x+ " then
      entries[#entries + 1] = line
    else
      entries[#entries] = entries[#entries] .. "\n" .. line
    end
  end
  return entries
end

-- Entries without their references, which differ between processes. The order
-- may differ as well, where several clients wrote at once.
local function fingerprint(lines)
  local entries = {}
  for i, line in ipairs(lines) do
    entries[i] = line:gsub("^0x%x+ ", "")
  end
  table.sort(entries)
  return table.concat(entries, "\n")
end

local function inconsistent(what, requests)
  local results = {}
  for i, request in ipairs(requests) do
    results[i] = { request.process.nb, request.reply:text(), ok = true }
  end
  local message = ("processes disagree on %s"):format(what)
  return nil, errors.new("InconsistentData", "inconsistent", message, { results = results })
end

local function dump(state, what, id)
  local part, err = identifier(id)
  if not part then
    return nil, err
  end
  local requests
  requests, err = read(state, { { "words", "show " .. what }, part }, is_dump, "list")
  if not requests then
    return nil, err
  end
  local first = entries_of(requests[1].reply)
  local expected = #requests > 1 and fingerprint(first)
  for i = 2, #requests do
    if fingerprint(entries_of(requests[i].reply)) ~= expected then
      return inconsistent(("the entries of %s %s"):format(what, tostring(id)), requests)
    end
  end
  return first, nil, requests
end

local function show(what)
  return function(_, state, _, id)
    if id ~= nil then
      local lines, err = dump(state, what, id)
      return lines, err
    end
    local requests, err = read(state, { { "words", "show " .. what } }, is_list, "list")
    return requests and requests[1].reply:lines(), err
  end
end

local function get(what)
  return function(_, state, _, id, value)
    local part, word = with_text(id, "value", value)
    if not part then
      return nil, word
    end
    local parts = { { "words", "get " .. what }, part, { "value", word, "value" } }
    local requests, err = read(state, parts, is_answer, "list")
    if not requests then
      return nil, err
    end
    local answer = requests[1].reply:text()
    for _, request in ipairs(requests) do
      if request.reply:text() ~= answer then
        return inconsistent(("%q in %s %s"):format(word, what, tostring(id)), requests)
      end
    end
    return requests[1].reply:lines()[1]
  end
end

local function add(what, names)
  return function(_, state, _, id, key, value)
    local part, err = identifier(id)
    if not part then
      return nil, err
    end
    local parts = { { "words", "add " .. what }, part }
    local given = { key, value }
    for i, name in ipairs(names) do
      local word
      word, err = text(name, given[i])
      if not word then
        return nil, err
      end
      parts[#parts + 1] = { "value", word, name }
    end
    return command.run(state, parts)
  end
end

-- ---- entries by reference ----

local function is_reference(key)
  return type(key) == "string" and key:match "^0x%x+$" ~= nil
end

-- Which one of the equal entries of its process a reference names: the entry
-- without the reference, and its place among its equals.
local function find_reference(lines, reference)
  local equals = {}
  for _, line in ipairs(lines) do
    local pointer, entry = line:match "^(0x%x+) (.*)$"
    if pointer then
      equals[entry] = (equals[entry] or 0) + 1
      if pointer == reference then
        return entry, equals[entry]
      end
    end
  end
end

local function reference_of(lines, wanted, place)
  for _, line in ipairs(lines) do
    local pointer, entry = line:match "^(0x%x+) (.*)$"
    if entry == wanted then
      place = place - 1
      if place == 0 then
        return pointer
      end
    end
  end
end

-- A reference is an address in one process's memory. It is looked up there,
-- and each process is told its own reference of the same entry.
local function by_reference(state, what, id, part, verb, reference, more)
  if state.collect then
    return check.fail("key", "a key (an entry cannot be named by its reference in a batch)", reference)
  end
  local _, err, requests = dump(state, what, id)
  if err then
    return nil, err
  end
  local entry, place
  for _, request in ipairs(requests) do
    entry, place = find_reference(entries_of(request.reply), reference)
    if entry then
      break
    end
  end
  if not entry then
    local message = ("no process has an entry %s in %s %s"):format(reference, what, tostring(id))
    return nil, errors.new("CommandFailed", "not_found", message)
  end
  local commands = {}
  for i, request in ipairs(requests) do
    local own = reference_of(entries_of(request.reply), entry, place)
    local line
    line, err = command.encode { { "words", verb }, part, { "reference", own, "key" }, more }
    if not line then
      return nil, err
    end
    commands[i] = { process = request.process, line = line, kind = "text" }
  end
  call.send(state, commands, state.retry)
  return command.judge(commands, command.succeeded "silent")
end

-- The replies to "<command>;<the same command>".
local function both(reply)
  if reply:sub(1, 1) == "\n" then
    return "", (reply:sub(2):gsub("\n+$", ""))
  end
  local first, second = reply:match "^(.-)\n\n(.*)$"
  return first or reply, (second or ""):gsub("\n+$", "")
end

-- Up to HAProxy 3.2 a key's entries are all deleted at once, since 3.3 one at a
-- time. So the command is sent twice in one line (if there is room for it), and
-- again to the processes where all of it succeeded, until a key is not found.
local function delete_key(state, parts)
  local line, err = command.encode(parts)
  if not line then
    return nil, err
  end
  local once = line:gsub("\n$", "")
  local twice = once .. ";" .. once
  local paired = #twice <= core.line_max
  local requests = command.requests(state, paired and twice .. "\n" or line, "text")
  for _, request in ipairs(requests) do
    request.shown = once
  end
  local left = requests
  repeat
    call.send(state, left, state.retry)
    local more = {}
    for _, request in ipairs(left) do
      if not request.code then
        local first, second = request.reply:text(), ""
        if paired then
          first, second = both(first)
        end
        request.answer = request.answer or first
        if first == "" and second == "" then
          more[#more + 1] = request
        end
      end
    end
    left = more
  until #left == 0
  return command.judge(requests, command.succeeded "silent")
end

local function delete(what)
  return function(_, state, _, id, key)
    local part, word = with_text(id, "key", key)
    if not part then
      return nil, word
    elseif is_reference(word) then
      return by_reference(state, what, id, part, "del " .. what, word)
    end
    return delete_key(state, { { "words", "del " .. what }, part, { "key", word, "key" } })
  end
end

local function set_map(_, state, _, id, key, value)
  local part, word = with_text(id, "key", key)
  if not part then
    return nil, word
  end
  local new, err = text("value", value)
  if not new then
    return nil, err
  end
  local more = { "value", new, "value" }
  if is_reference(word) then
    return by_reference(state, "map", id, part, "set map", word, more)
  end
  return command.run(state, { { "words", "set map" }, part, { "key", word, "key" }, more })
end

local function clear(what)
  return function(_, state, _, id)
    local part, err = identifier(id)
    if not part then
      return nil, err
    end
    return command.run(state, { { "words", "clear " .. what }, part })
  end
end

patterns.methods = {
  --- The lines of `show acl`: without `id` one line for each ACL, with `id` the
  -- entries of that one (management guide 9.3, "show acl"). They are the first
  -- process's. The entries must be the same in every process, save for their
  -- references (`0x...`) and their order; the list without `id` is not compared.
  -- @function HAProxy:show_acl
  -- @tparam[opt] integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn {string,...} empty for an empty ACL
  -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`: on HAProxy 3.4
  -- a socket below level admin may not read ACLs and maps), `InconsistentData`,
  -- `MultipleCommandResults`, `HAProxySocketError`
  show_acl = { 1, show "acl" },
  --- The lines of `show map`: without `id` one line for each map, with `id` the
  -- entries of that one (management guide 9.3, "show map"). They are the first
  -- process's. The entries must be the same in every process, save for their
  -- references (`0x...`) and their order; the list without `id` is not compared.
  -- @function HAProxy:show_map
  -- @tparam[opt] integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn {string,...} empty for an empty map
  -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`: on HAProxy 3.4
  -- a socket below level admin may not read ACLs and maps), `InconsistentData`,
  -- `MultipleCommandResults`, `HAProxySocketError`
  show_map = { 1, show "map" },
  --- Whether an ACL matches a value, and by which entry: `get acl` (9.3, "get acl").
  -- @function HAProxy:get_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number value
  -- @treturn string the line that HAProxy answers, such as
  -- `type=str, case=sensitive, match=yes, idx=tree, pattern="/admin"`
  -- @raise `ValueError`, `CommandFailed` (`not_found`: no such ACL; `permission`),
  -- `InconsistentData`, `MultipleCommandResults`, `HAProxySocketError`
  get_acl = { 2, get "acl" },
  --- What HAProxy finds in a map for a value: `get map` (9.3, "get map").
  -- @function HAProxy:get_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number value
  -- @treturn string the line that HAProxy answers, such as
  -- `type=str, case=sensitive, found=no`
  -- @raise `ValueError`, `CommandFailed` (`not_found`: no such map; `permission`),
  -- `InconsistentData`, `MultipleCommandResults`, `HAProxySocketError`
  get_map = { 2, get "map" },
  --- Adds an entry in every process: `add acl` (9.3, "add acl"). HAProxy does not
  -- look whether it is there already. Level admin from HAProxy 3.4 on; older
  -- versions take it at every level.
  -- @function HAProxy:add_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number pattern
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  add_acl = { 2, add("acl", { "pattern" }) },
  --- Adds an entry in every process: `add map` (9.3, "add map"). HAProxy does not
  -- look whether the key is there already; a look-up finds the first. Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:add_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @tparam string|number value
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  add_map = { 3, add("map", { "key", "value" }) },
  --- Changes the value of a key in every process: `set map` (9.3, "set map"). Level
  -- as `HAProxy:add_acl`. A key `0x...` is the reference of one entry: it is an
  -- address in one process's memory, so each process is told its own reference of
  -- the same entry.
  -- @function HAProxy:set_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @tparam string|number value
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  set_map = { 3, set_map },
  --- Deletes all entries of a key in every process: `del acl` (9.3, "del acl"),
  -- repeated where a version of HAProxy deletes one entry at a time. A key `0x...`
  -- is the reference of one entry, as in `HAProxy:set_map`. Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:del_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  del_acl = { 2, delete "acl" },
  --- Deletes all entries of a key in every process: `del map` (9.3, "del map"),
  -- repeated where a version of HAProxy deletes one entry at a time. A key `0x...`
  -- is the reference of one entry, as in `HAProxy:set_map`. Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:del_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @tparam string|number key
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  del_map = { 2, delete "map" },
  --- Deletes all entries in every process: `clear acl` (9.3, "clear acl"). Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:clear_acl
  -- @tparam integer|string id a number as `show_acl()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  clear_acl = { 1, clear "acl" },
  --- Deletes all entries in every process: `clear map` (9.3, "clear map"). Level as
  -- `HAProxy:add_acl`.
  -- @function HAProxy:clear_map
  -- @tparam integer|string id a number as `show_map()` prints it, or the file's
  -- name as HAProxy's configuration writes it
  -- @treturn boolean true
  -- @raise `ValueError` (an argument that cannot be sent), `CommandFailed`
  -- (`not_found`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  clear_map = { 1, clear "map" },
}

return patterns
