-- A state as users see it: a plain table that says what is wanted of limits, frontends
-- and servers, in all processes, and in single ones where they differ, and of the entries
-- of maps and ACLs, which all processes share.
--
--    {
--      version = 1,
--      limits = { maxconn = 2000 },
--      frontends = { www = { maxconn = 100, state = "enabled" } },
--      backends = { app = { published = true, servers = { app1 = { weight = 10, state = "drain" } } } },
--      maps = { ["/etc/sites.map"] = { { "key", "value" } } },
--      processes = { { process_nb = 2, backends = { ... } } },
--    }

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local merged = require "haproxyadmin.state.merged"
local settings = require "haproxyadmin.state.settings"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local document = {
  -- The form of the table.
  VERSION = 1,
}

-- ---- checking ----

-- A check takes the path of what it looks at, and the value. It returns the value, or a
-- copy where something in it is written in another way, or nil and a ValueError. Where
-- there is no path nobody reads the message: to put paths together takes longer than to
-- check ten thousand servers.

local function below(path, key)
  return path and path .. "." .. key
end

local function is_table(path, value)
  if type(value) ~= "table" then
    return check.fail(path or "", "table", value)
  end
  return value
end

local function unknown(path, key, known)
  local message = ("argument '%s': unknown key '%s' (known: %s)"):format(
    path or "",
    tostring(key),
    table.concat(sorted_keys(known), ", ")
  )
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- The table with another value in it: itself where that is the same one.
local function with(value, copy, key, found)
  if found == value[key] then
    return copy
  elseif copy == value then
    copy = {}
    for other, item in pairs(value) do
      copy[other] = item
    end
  end
  copy[key] = found
  return copy
end

-- Checks the fields of one object. Values that were seen before are right.
local function fields_of(kind)
  local known = settings.fields[kind]
  return function(path, value, seen)
    local copy, err = is_table(path, value)
    if not copy then
      return nil, err
    end
    local own = seen[kind]
    if not own then
      own = {}
      seen[kind] = own
    end
    for key, wanted in next, value do
      local right = own[key]
      if not right or right[wanted] == nil then
        if not known[key] then
          return unknown(path, key, known)
        end
        local found
        found, err = known[key].check(below(path, key) or key, wanted)
        if found == nil then
          return nil, err
        end
        copy = with(value, copy, key, found)
        if found == wanted then
          own[key] = right or {}
          own[key][wanted] = true
        end
      end
    end
    return copy
  end
end

-- Checks a table of objects, by name.
local function named(check_object)
  return function(path, value, seen)
    local copy, err = is_table(path, value)
    if not copy then
      return nil, err
    end
    for key, object in next, value do
      if type(key) ~= "string" then
        return check.fail(path or "", "table with names as keys", value)
      end
      local found
      found, err = check_object(below(path, key), object, seen)
      if not found then
        return nil, err
      end
      copy = with(value, copy, key, found)
    end
    return copy
  end
end

-- Checks a table with these keys, each of which may be left out.
local function parts(known)
  return function(path, value, seen)
    local copy, err = is_table(path, value)
    if not copy then
      return nil, err
    end
    for key, part in next, value do
      if not known[key] then
        return unknown(path, key, known)
      end
      local found
      found, err = known[key](below(path, key), part, seen)
      if found == nil then
        return nil, err
      end
      copy = with(value, copy, key, found)
    end
    return copy
  end
end

local function check_published(path, value)
  return settings.fields.backend.published.check(path or "published", value)
end

-- What a backend is made with, where a process does not have it.
local function made_with(name)
  return function(path, value)
    return check.text(path or name, value)
  end
end

local check_backend = parts {
  published = check_published,
  from = made_with "from",
  mode = made_with "mode",
  guid = made_with "guid",
  servers = named(fields_of "server"),
}

local of_process = {
  limits = fields_of "limits",
  frontends = named(fields_of "frontend"),
  backends = named(check_backend),
}

local function check_number(path, value)
  return check.integer(path or "", value, 0)
end

local check_process = parts {
  process_nb = check_number,
  limits = of_process.limits,
  frontends = of_process.frontends,
  backends = of_process.backends,
}

local function check_processes(path, value, seen)
  local copy, err = is_table(path, value)
  if not copy then
    return nil, err
  end
  for i, process in ipairs(value) do
    local own = path and ("%s[%d]"):format(path, i)
    local found
    found, err = check_process(own, process, seen)
    if not found then
      return nil, err
    elseif not found.process_nb then
      return check.fail((own or "") .. ".process_nb", "number of a process", nil)
    end
    copy = with(value, copy, i, found)
  end
  return copy
end

local function check_version(path, value)
  if value ~= document.VERSION then
    return check.fail(path or "", ("%d, the form that is known here"):format(document.VERSION), value)
  end
  return value
end

-- Entries are checked by who sends them.
local check_lists = named(is_table)

local check_state = parts {
  version = check_version,
  maps = check_lists,
  acls = check_lists,
  limits = of_process.limits,
  frontends = of_process.frontends,
  backends = of_process.backends,
  processes = check_processes,
}

-- Checks without a path, and, where something is wrong, with it.
local function checked(check_it)
  return function(path, value)
    local found = check_it(nil, value, {})
    if found then
      return found
    end
    return check_it(path, value, {})
  end
end

--- A checked state (`path`: what a message calls it), or nil and a ValueError that names the
-- place. It is the table itself where nothing in it is written in another way than here.
document.check = checked(check_state)

--- The same of what is wanted of one server.
document.check_server = checked(fields_of "server")

-- ---- one process ----

--- What a checked state wants of a process: {limits =, frontends =, backends =}.
function document.for_process(state, nb)
  local found = state
  for _, own in ipairs(state.processes or {}) do
    if own.process_nb == nb then
      found = merged(found, own)
    end
  end
  return found
end

-- ---- all processes ----

-- Puts what all tables have alike into `common` and takes it out of them. A table that
-- is not in all of them stays where it is.
local function extract(tables, common)
  for key, value in pairs(tables[1]) do
    local everywhere = true
    for i = 2, #tables do
      local other = tables[i][key]
      if type(value) == "table" then
        everywhere = everywhere and other ~= nil
      else
        everywhere = everywhere and other == value
      end
    end
    if everywhere and type(value) == "table" then
      local inner = {}
      for i = 1, #tables do
        inner[i] = tables[i][key]
      end
      common[key] = extract(inner, {})
      for i = 1, #tables do
        if next(inner[i]) == nil then
          tables[i][key] = nil
        end
      end
    elseif everywhere then
      common[key] = value
      for i = 1, #tables do
        tables[i][key] = nil
      end
    end
  end
  return common
end

--- The state of all processes, made of what each is like: a sequence of {process_nb =,
-- limits =, frontends =, backends =}, which it changes.
function document.of(list)
  local numbers = {}
  for i, own in ipairs(list) do
    numbers[i], own.process_nb = own.process_nb, nil
  end
  local state = list[1] and extract(list, {}) or {}
  state.version = document.VERSION
  for i, own in ipairs(list) do
    if next(own) ~= nil then
      own.process_nb = numbers[i]
      state.processes = state.processes or {}
      table.insert(state.processes, own)
    end
  end
  return state
end

return document
