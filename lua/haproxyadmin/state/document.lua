-- A state as users see it: a plain table that says what is wanted of limits, frontends
-- and servers, in all processes, and in single ones where they differ, and of the entries
-- of maps and ACLs, which all processes share.
--
--    {
--      version = 1,
--      limits = { maxconn = 2000 },
--      frontends = { www = { maxconn = 100, state = "enabled" } },
--      backends = { app = { servers = { app1 = { weight = 10, state = "drain" } } } },
--      maps = { ["/etc/sites.map"] = { { "key", "value" } } },
--      processes = { { process_nb = 2, backends = { ... } } },
--    }

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local settings = require "haproxyadmin.state.settings"

local document = {
  -- The form of the table.
  VERSION = 1,
}

-- ---- checking ----

local function is_table(name, value)
  if type(value) ~= "table" then
    return check.fail(name, "table", value)
  end
  return value
end

-- The keys of a table must be these.
local function only(name, value, known)
  for key in pairs(value) do
    if not known[key] then
      local names = {}
      for other in pairs(known) do
        names[#names + 1] = other
      end
      table.sort(names)
      local message = ("argument '%s': unknown key '%s' (known: %s)"):format(
        name,
        tostring(key),
        table.concat(names, ", ")
      )
      return nil, errors.new("ValueError", "bad_argument", message)
    end
  end
  return value
end

-- A copy of the fields of one object, checked.
local function fields_of(kind)
  local known = settings.fields[kind]
  return function(name, value)
    local ok, err = is_table(name, value)
    if ok then
      ok, err = only(name, value, known)
    end
    if not ok then
      return nil, err
    end
    local fields = {}
    for key, wanted in pairs(value) do
      local found
      found, err = known[key].check(name .. "." .. key, wanted)
      if found == nil then
        return nil, err
      end
      fields[key] = found
    end
    return fields
  end
end

-- A copy of a table of objects, by name.
local function named(check_object)
  return function(name, value)
    local ok, err = is_table(name, value)
    if not ok then
      return nil, err
    end
    local objects = {}
    for key, object in pairs(value) do
      if type(key) ~= "string" then
        return check.fail(name, "table with names as keys", value)
      end
      objects[key], err = check_object(name .. "." .. key, object)
      if not objects[key] then
        return nil, err
      end
    end
    return objects
  end
end

-- A copy of a table with these keys, each of which may be left out.
local function parts(known)
  return function(name, value)
    local ok, err = is_table(name, value)
    if ok then
      ok, err = only(name, value, known)
    end
    if not ok then
      return nil, err
    end
    local found = {}
    for key, part in pairs(value) do
      found[key], err = known[key](name .. "." .. key, part)
      if found[key] == nil then
        return nil, err
      end
    end
    return found
  end
end

local check_backend = parts { servers = named(fields_of "server") }

local of_process = {
  limits = fields_of "limits",
  frontends = named(fields_of "frontend"),
  backends = named(check_backend),
}

local function check_number(name, value)
  return check.integer(name, value, 0)
end

local check_process = parts {
  process_nb = check_number,
  limits = of_process.limits,
  frontends = of_process.frontends,
  backends = of_process.backends,
}

local function check_processes(name, value)
  local ok, err = is_table(name, value)
  if not ok then
    return nil, err
  end
  local found = {}
  for i, process in ipairs(value) do
    local own = ("%s[%d]"):format(name, i)
    found[i], err = check_process(own, process)
    if not found[i] then
      return nil, err
    elseif not found[i].process_nb then
      return check.fail(own .. ".process_nb", "number of a process", nil)
    end
  end
  return found
end

local function check_version(name, value)
  if value ~= document.VERSION then
    return check.fail(name, ("%d, the form that is known here"):format(document.VERSION), value)
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

--- A checked copy of a state (`name`: what a message calls it), or nil and a ValueError
-- that names the place.
function document.check(name, state)
  return check_state(name, state)
end

--- A checked copy of what is wanted of one server.
document.check_server = fields_of "server"

-- ---- one process ----

-- Two tables of the same form as one; the second counts where both say something.
local function merged(first, second)
  if second == nil then
    return first
  elseif type(first) ~= "table" or type(second) ~= "table" then
    return second
  end
  local both = {}
  for key, value in pairs(first) do
    both[key] = merged(value, second[key])
  end
  for key, value in pairs(second) do
    if both[key] == nil then
      both[key] = value
    end
  end
  return both
end

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
