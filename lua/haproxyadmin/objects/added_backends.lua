--- HAProxy, however many processes serve it.
-- @classmod haproxyadmin.HAProxy

local backend_servers = require "haproxyadmin.objects.backend_servers"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local judge = require "haproxyadmin.runtime.judge"
local metrics = require "haproxyadmin.base.metrics"
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local removal = require "haproxyadmin.objects.removal"
local run = require "haproxyadmin.runtime.run"
local send = require "haproxyadmin.runtime.send"

local added_backends = {}

-- Seconds until streams of a backend that is not published any more have ended.
local ENDING = 5

-- The backend as it is now; false where there is none; or nil and an error.
local function find(context, name)
  local snapshot, err = reading.proxy(context, "backend", name, true)
  if not snapshot then
    return nil, err
  end
  return core.find(snapshot, "backend", context, true, name) or false
end

-- ---- adding ----

local known = { name = true, from = true, mode = true, guid = true, publish = true }

local function is_name(text)
  return type(text) == "string" and text:match "^[%w_.:-]+$" ~= nil
end

-- The arguments of `add backend`; or nil and an error.
local function arguments_of(given)
  if type(given) ~= "table" then
    return check.fail("backend", "table of options", given)
  end
  for key in pairs(given) do
    if not known[key] then
      return check.fail(tostring(key), "none of this name (known: from, guid, mode, name, publish)", given[key])
    end
  end
  for _, key in ipairs { "name", "from" } do
    if not is_name(given[key]) then
      return check.fail(key, "letters, digits, and any of _ . : -", given[key])
    end
  end
  local settings = {}
  if given.mode ~= nil then
    if given.mode ~= "tcp" and given.mode ~= "http" then
      return check.fail("mode", "'tcp' or 'http'", given.mode)
    end
    settings[#settings + 1] = { "mode", given.mode }
  end
  if given.guid ~= nil then
    local ok, err = check.text("guid", given.guid)
    if not ok then
      return nil, err
    end
    settings[#settings + 1] = { "guid", given.guid }
  end
  if given.publish ~= nil and type(given.publish) ~= "boolean" then
    return check.fail("publish", "boolean", given.publish)
  end
  return { backend = given.name, defaults = given.from, settings = settings[1] and settings or nil }
end

-- Runs a command in processes; those that did it, those that may have, and an error where
-- not all did.
local function run_in(context, processes, name, args)
  local wanted, err = plan.wanted(processes, name, args)
  if not wanted then
    return {}, {}, err
  end
  local requests = plan.requests(wanted)
  send.all(context, requests, context.retry)
  local did, unknown = {}, {}
  for i, result in ipairs(judge.results(requests)) do
    if result.ok then
      did[#did + 1] = requests[i].process
    elseif requests[i].code and requests[i].sent then
      unknown[#unknown + 1] = requests[i].process
    end
  end
  local _
  _, err = judge.all(requests)
  return did, unknown, err
end

local function take_back(context, args, processes, unknown, err)
  local words = { err.message }
  if #processes > 0 then
    local gone, kept = removal.run(context, "backend", { backend = args.backend }, processes, context.timeout)
    if #gone > 0 then
      words[#words + 1] = "what was added was deleted again in process " .. removal.numbers(gone)
    end
    if #kept > 0 then
      words[#words + 1] = "it could not be deleted, and may be left, in process " .. removal.numbers(kept)
    end
  end
  if #unknown > 0 then
    words[#words + 1] = "it may have been added, unpublished, in process " .. removal.numbers(unknown)
  end
  err.message = table.concat(words, "; ")
  judge.mark_undone(err)
  return nil, err
end

-- In every process, or in none.
local function add_backend(_, context, _, given)
  local args, err = arguments_of(given)
  if not args then
    return nil, err
  elseif #context.processes == 0 then
    return plan.nobody()
  end
  local did, unknown
  did, unknown, err = run_in(context, context.processes, "add backend", args)
  if not err and given.publish ~= false then
    local _
    _, _, err = run_in(context, context.processes, "publish backend", { backend = args.backend })
  end
  if err then
    return take_back(context, args, did, unknown, err)
  end
  local backend
  backend, err = find(context, given.name)
  if not backend and err then
    err.message = err.message .. "; the backend was added"
  end
  return backend or nil, err
end

-- ---- deleting ----

local UNPUBLISHED = "UNPUB"

local function is_published(backend)
  for _, entry in ipairs(core.values(backend, metrics.number.backend.status)) do
    if tostring(entry[2]):find(UNPUBLISHED, 1, true) then
      return false
    end
  end
  return true
end

local function not_deleted(context, name, was_published, gone, kept, last)
  local err = removal.why(kept[1], last)
  if #gone > 0 then
    err.message = ("%s; deleted in process %s, unpublished in process %s"):format(
      err.message,
      removal.numbers(gone),
      removal.numbers(kept)
    )
  elseif was_published and not run.command(context, {}, "publish backend", { backend = name }) then
    err.message = err.message .. "; no process has deleted it; it may be unpublished"
  end
  return nil, err
end

-- Does HAProxy keep a backend for the sake of its servers alone?
local function has_servers(kept, last)
  for _, process in ipairs(kept) do
    local self = last[process]
    if not self or self.code or not (self.answer or ""):find("Only a backend without server", 1, true) then
      return false
    end
  end
  return #kept > 0
end

local function delete_servers(context, backend, options)
  for _, server in ipairs(core.siblings(backend)) do
    local ok, err = backend_servers.del_server(backend, context, {
      drain = options.drain,
      on_timeout = options.on_timeout,
      timeout = options.timeout,
      missing_ok = true,
    }, core.name(server))
    if ok == nil then
      err.message = err.message .. "; its backend is not deleted, and unpublished"
      return nil, err
    end
  end
  return true
end

local function absent(options, name)
  if options.missing_ok then
    return false
  end
  return nil, errors.new("ValueError", "not_found", ("there is no backend %s"):format(check.quote(name)))
end

-- Deletes a backend with its servers in every process.
local function del_backend(_, context, options, name)
  local ok, err = backend_servers.check(options, name)
  if not ok then
    return nil, err
  end
  local args = { backend = name }
  ok, err = removal.is_possible(context, "backend", args)
  if not ok then
    return nil, err
  end
  local backend
  backend, err = find(context, name)
  if not backend then
    if backend == false then
      return absent(options, name)
    end
    return nil, err
  end
  local was_published = is_published(backend)
  -- What refers to it is found out first: then its servers stay, too.
  local gone, kept, last = removal.run(context, "backend", args, context.processes, options.timeout or ENDING)
  if has_servers(kept, last) then
    ok, err = delete_servers(context, backend, options)
    if not ok then
      return nil, err
    end
    local more
    more, kept, last = removal.run(context, "backend", args, context.processes, options.timeout or ENDING)
    for _, process in ipairs(more) do
      gone[#gone + 1] = process
    end
  end
  if #kept > 0 then
    return not_deleted(context, name, was_published, gone, kept, last)
  end
  return true
end

added_backends.methods = {
  --- Adds a backend in every process: `add backend`, then `publish backend` (9.3; level
  -- admin; HAProxy 3.4 and later). Where a process refuses, or fails, the others delete it
  -- again, and the error's message says so.
  -- @function HAProxy:add_backend
  -- @tparam table backend `name`; `from`: the name of a `defaults` section; `mode`: `"tcp"` or
  -- `"http"`, where that section has none; `guid`; `publish` (true): false leaves it
  -- unpublished, so that nothing is sent to it
  -- @treturn Backend
  -- @raise `ValueError` (an option that cannot be right; nothing was sent), `CommandFailed`
  -- (`unsupported`: a process is older; `exists`; `not_found`: no such section;
  -- `bad_argument`, `permission`), `MultipleCommandResults`, `HAProxySocketError`
  add_backend = { arguments = 1, tables = true, call = add_backend },
  --- Deletes a backend in every process: `unpublish backend`, its servers as
  -- `Backend:del_server` does, and `del backend` (9.3; level admin; HAProxy 3.4 and later).
  -- What the configuration refers to is not deleted, and its servers neither. A backend
  -- that no process deletes is published again if it was.
  -- @function HAProxy:del_backend
  -- @tparam string name
  -- @tparam[opt] table options those of `Backend:del_server`: `drain` and `on_timeout` for
  -- the sessions of its servers; `timeout` (5): seconds for its streams to end; `missing_ok`
  -- @treturn boolean true; false where there is none
  -- @raise as `Backend:del_server`
  del_backend = { arguments = 1, call = del_backend, options = backend_servers.options },
}

return added_backends
