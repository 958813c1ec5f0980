-- ACLs and maps: HAProxy's "patterns", by id or by file.

local call = require "haproxyadmin.call"
local check = require "haproxyadmin.check"
local command = require "haproxyadmin.command"
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

-- Names an entry of a list: {nb, lines}, or an error for what is no list.
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
    local part, err = identifier(id)
    if not part then
      return nil, err
    end
    value, err = text("value", value)
    if not value then
      return nil, err
    end
    local requests
    requests, err = read(state, { { "words", "get " .. what }, part, { "value", value, "value" } }, is_answer, "list")
    if not requests then
      return nil, err
    end
    local answer = requests[1].reply:text()
    for _, request in ipairs(requests) do
      if request.reply:text() ~= answer then
        return inconsistent(("%q in %s %s"):format(value, what, tostring(id)), requests)
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
    for i, given in ipairs { key, names[2] and value } do
      local word
      word, err = text(names[i], given)
      if not word then
        return nil, err
      end
      parts[#parts + 1] = { "value", word, names[i] }
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
    local part, err = identifier(id)
    if not part then
      return nil, err
    end
    key, err = text("key", key)
    if not key then
      return nil, err
    end
    if is_reference(key) then
      return by_reference(state, what, id, part, "del " .. what, key)
    end
    return delete_key(state, { { "words", "del " .. what }, part, { "key", key, "key" } })
  end
end

local function set_map(_, state, _, id, key, value)
  local part, err = identifier(id)
  if not part then
    return nil, err
  end
  key, err = text("key", key)
  if not key then
    return nil, err
  end
  value, err = text("value", value)
  if not value then
    return nil, err
  end
  local more = { "value", value, "value" }
  if is_reference(key) then
    return by_reference(state, "map", id, part, "set map", key, more)
  end
  return command.run(state, { { "words", "set map" }, part, { "key", key, "key" }, more })
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
  show_acl = { 1, show "acl" },
  show_map = { 1, show "map" },
  get_acl = { 2, get "acl" },
  get_map = { 2, get "map" },
  add_acl = { 2, add("acl", { "pattern" }) },
  add_map = { 3, add("map", { "key", "value" }) },
  set_map = { 3, set_map },
  del_acl = { 2, delete "acl" },
  del_map = { 2, delete "map" },
  clear_acl = { 1, clear "acl" },
  clear_map = { 1, clear "map" },
}

return patterns
