-- Servers that are added at run time: in every process, or in none.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local judge = require "haproxyadmin.runtime.judge"
local keywords = require "haproxyadmin.commands.server_keywords"
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local removal = require "haproxyadmin.objects.removal"
local request = require "haproxyadmin.runtime.request"
local runtime_batch = require "haproxyadmin.runtime.batch"
local success = require "haproxyadmin.replies.success"
local version = require "haproxyadmin.base.version"

local added_servers = {}

-- ---- what is wanted ----

-- Options that are no keywords, and the one that is called otherwise: `port` is the
-- server's own.
local own = { name = true, address = true, port = true, enable = true }
local CHECK_PORT, CHECK_PORT_KEYWORD = "check-port", "port"

-- An IP address, or the path of a unix socket, with the port as HAProxy reads both.
local function full_address(address, port)
  if type(address) == "string" and (address:match "^/." or address:match "^unix@." or address:match "^abns@.") then
    if port ~= nil then
      return check.fail("port", "none beside a unix socket", port)
    end
    return address
  elseif type(address) ~= "string" or not core.is_ip(address) then
    return check.fail("address", "IPv4 or IPv6 address, or path of a unix socket", address)
  end
  local text = address:find(":", 1, true) and ("[%s]"):format(address) or address
  if port == nil then
    return text
  end
  local value, err = check.port("port", port)
  if not value then
    return nil, err
  end
  return ("%s:%d"):format(text, value)
end

-- A keyword with its value: {keyword}, {keyword, value}, or nothing where it is switched
-- off; or nil and an error.
local function keyword_of(name, value)
  if name == CHECK_PORT then
    local port, err = check.port(name, value)
    if not port then
      return nil, err
    end
    return { CHECK_PORT_KEYWORD, tostring(port) }
  end
  local known = type(name) == "string" and keywords.find(name)
  if not known then
    local message = "'%s' is no keyword of a server that is added at run time"
    return nil, errors.new("ValueError", "bad_argument", message:format(tostring(name)))
  elseif known.takes == "nothing" then
    if type(value) ~= "boolean" then
      return check.fail(name, "boolean", value)
    end
    return value and { name } or false
  elseif type(value) == "number" then
    local text, err = check.numeral(name, value)
    if not text then
      return nil, err
    end
    return { name, text }
  end
  local ok, err = check.text(name, value)
  if not ok then
    return nil, err
  end
  return { name, value }
end

-- HAProxy wants the second behind the first.
local FIRST, BEHIND = "source", "usesrc"

local function before(a, b)
  if a[1] == BEHIND then
    return b[1] ~= FIRST and FIRST .. " " < b[1]
  elseif b[1] == BEHIND then
    return a[1] == FIRST or a[1] < FIRST
  end
  return a[1] < b[1]
end

local function keywords_of(given)
  local list = {}
  for name, value in pairs(given) do
    if not own[name] then
      local keyword, err = keyword_of(name, value)
      if err then
        return nil, err
      end
      list[#list + 1] = keyword or nil
    end
  end
  table.sort(list, before)
  return list[1] and list or nil
end

-- What a caller wants of one server: {name =, args =, given =}; or nil and an error.
local function spec_of(backend, given)
  if type(given) ~= "table" then
    return check.fail("server", "table of options", given)
  elseif type(given.name) ~= "string" or not given.name:match "^[%w_.:-]+$" then
    return check.fail("name", "letters, digits, and any of _ . : -", given.name)
  elseif given.enable ~= nil and type(given.enable) ~= "boolean" then
    return check.fail("enable", "boolean", given.enable)
  end
  local address, err = full_address(given.address, given.port)
  if not address then
    return nil, err
  end
  local list
  list, err = keywords_of(given)
  if err then
    return nil, err
  end
  local args = { server = { core.name(backend), given.name }, address = address, keywords = list }
  return { name = given.name, args = args, given = given }
end

-- ---- what the versions take ----

local function unsupported(process, message, ...)
  return nil, errors.new("CommandFailed", "unsupported", ("process %d: " .. message):format(process.nb, ...))
end

-- To this release a server that is to be checked at no port is the end.
local PORTLESS_CHECK = version.number "2.6.0"

local function check_keyword(process, name)
  local known, number = keywords.find(name), process.version
  if number < version.number(known.since) then
    local message = "keyword '%s' is in HAProxy %s and later for servers that are added; this process is a %s"
    return unsupported(process, message, name, known.since, version.text(number))
  elseif known.last and number > version.number(known.last) then
    local message = "keyword '%s' is not in HAProxy %s any more for servers that are added"
    return unsupported(process, message, name, version.text(number))
  end
  return true
end

-- What servers ask for in all: each keyword once, and whether one is to be checked at no port.
local function asked_for(specs)
  local names, known, portless = {}, {}, false
  for _, spec in ipairs(specs) do
    local given = spec.given
    for _, keyword in ipairs(spec.args.keywords or {}) do
      if not known[keyword[1]] then
        known[keyword[1]] = true
        names[#names + 1] = keyword[1]
      end
    end
    portless = portless or given.check and given.port == nil and given[CHECK_PORT] == nil
  end
  return names, portless
end

local function check_process(process, names, portless)
  for _, name in ipairs(names) do
    local ok, err = check_keyword(process, name)
    if not ok then
      return nil, err
    end
  end
  if portless and process.version == PORTLESS_CHECK then
    return unsupported(process, "HAProxy 2.6.0 ends where a server is to be checked and has no port")
  end
  return true
end

-- Do the versions of all processes take that?
local function check_versions(processes, specs)
  local names, portless = asked_for(specs)
  local checked = {}
  for _, process in ipairs(processes) do
    local number = process.version
    if number and not checked[number] then
      local ok, err = check_process(process, names, portless)
      if not ok then
        return nil, err
      end
      checked[number] = true
    end
  end
  return true
end

-- What is wanted of all processes for each of the servers: their lines.
local function plan_all(backend, context, list)
  local specs, wanted = {}, {}
  for i, given in ipairs(list) do
    local spec, err = spec_of(backend, given)
    if not spec then
      return nil, err
    end
    wanted[i], err = plan.wanted(context.processes, "add server", spec.args)
    if not wanted[i] then
      return nil, err
    end
    wanted[i].object = backend
    specs[i] = spec
  end
  local ok, err = check_versions(context.processes, specs)
  if not ok then
    return nil, err
  end
  return specs, wanted
end

-- ---- doing it ----

-- Which processes took each of the servers: a sequence of {process, ...}, and those of
-- which that is not known. `spoken`: what batch.send says of those that somebody did not just
-- take, all or none of these commands.
local function who_took(wanted, spoken)
  local took, unknown = {}, {}
  for i = 1, #wanted do
    local requests = spoken[i]
    took[i] = requests and {} or wanted[i].processes
    for _, self in ipairs(requests or {}) do
      if self.code then
        unknown[self.process.nb] = self.sent or nil
      elseif success.of(self.row, request.answer(self)) then
        table.insert(took[i], self.process)
      end
    end
  end
  return took, unknown
end

-- The commands that begin the checks of new servers, and let them serve.
local function enabling(context, backend, specs)
  local list = {}
  local function add(name, spec)
    local wanted = plan.wanted(context.processes, name, { server = spec.args.server })
    wanted.object = backend
    list[#list + 1] = wanted
  end
  for _, spec in ipairs(specs) do
    if spec.given.enable ~= false then
      if spec.given.check then
        add("enable health", spec)
      end
      if spec.given["agent-check"] then
        add("enable agent", spec)
      end
      add("enable server", spec)
    end
  end
  return list
end

local function numbers(set)
  local list = {}
  for nb in pairs(set) do
    list[#list + 1] = nb
  end
  table.sort(list)
  return #list > 0 and table.concat(list, ", ") or nil
end

-- Takes back what was done: each server is deleted where it was added. Completes the
-- error by what came of that.
local function take_back(context, specs, took, unknown, err)
  local undone, left = {}, {}
  for i, spec in ipairs(specs) do
    if #took[i] > 0 then
      local gone, kept = removal.run(context, "server", { server = spec.args.server }, took[i], context.timeout)
      for _, process in ipairs(gone) do
        undone[process.nb] = true
      end
      for _, process in ipairs(kept) do
        left[process.nb] = true
      end
    end
  end
  local words = { err.message }
  if numbers(undone) then
    words[#words + 1] = "what was added was deleted again in process " .. numbers(undone)
  end
  if numbers(left) then
    words[#words + 1] = "it could not be deleted, and is in maintenance, in process " .. numbers(left)
  end
  if numbers(unknown) then
    words[#words + 1] = "it may have been added, in maintenance, in process " .. numbers(unknown)
  end
  err.message = table.concat(words, "; ")
  judge.mark_undone(err)
  return nil, err
end

-- The names of the servers that each process took, by process. Nearly always all took all.
local function names_taken(specs, took)
  local names, by_process = {}, {}
  for i, spec in ipairs(specs) do
    names[i] = spec.name
    for _, process in ipairs(took[i]) do
      by_process[process] = by_process[process] or {}
      table.insert(by_process[process], spec.name)
    end
  end
  for process, some in pairs(by_process) do
    by_process[process] = #some == #names and names or some
  end
  return by_process
end

-- The new servers as objects, by the names that were just given: what each process says of
-- them is read when somebody asks.
local function objects_of(context, backend, specs, took)
  local snapshot = reading.named(context, core.name(backend), names_taken(specs, took))
  local servers = {}
  for i, spec in ipairs(specs) do
    servers[i] = core.find(snapshot, "server", context, true, core.name(backend), spec.name)
  end
  return servers
end

local function first_error(outcomes)
  for _, outcome in ipairs(outcomes) do
    if outcome ~= true then
      return outcome
    end
  end
end

--- Adds servers to a backend: all of them in every process that has it, or none in any.
-- `list`: a sequence of tables as Backend:add_server takes them. Returns the servers, or
-- nil and an error that says what was taken back.
function added_servers.add(context, backend, list)
  if #context.processes == 0 then
    return plan.nobody()
  end
  local specs, wanted = plan_all(backend, context, list)
  if not specs then
    return nil, wanted
  elseif #specs == 0 then
    return {}
  end
  local outcomes, failed, _, spoken = runtime_batch.send(context, wanted)
  local took, unknown = who_took(wanted, spoken)
  if failed > 0 then
    return take_back(context, specs, took, unknown, first_error(outcomes))
  end
  local list_of_enabling = enabling(context, backend, specs)
  if #list_of_enabling > 0 then
    outcomes, failed = runtime_batch.send(context, list_of_enabling)
    if failed > 0 then
      return take_back(context, specs, took, {}, first_error(outcomes))
    end
  end
  return objects_of(context, backend, specs, took)
end

return added_servers
