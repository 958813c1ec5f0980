-- What may be changed from the page, and by whom: only what can be undone there.
--
-- POST api/servers/BACKEND/SERVER  {"state": "ready" | "drain" | "maint"} or {"weight": N}
-- POST api/frontends/NAME          {"state": "enabled" | "disabled"}
--
-- `expect` is what whoever asks saw: the status, or the weight. Where it is another one by
-- now nothing is done (409). `confirm` is the backend's name where the last server that
-- takes sessions would be taken out, and the frontend's where that is disabled. `processes`
-- is "all", which is what is meant without it, a process's number, or a list of numbers. The
-- answer tells of each of them what it was and what it is.

local check = require "haproxyadmin.base.check"
local flat = require "haproxyadmin.web.flat"
local json = require "haproxyadmin.base.json_writer"
local rows = require "haproxyadmin.replies.status"
local status = require "haproxyadmin.web.status"
local token = require "haproxyadmin.web.token"

local changes = {}

local function answer(code, value, headers)
  headers = headers or {}
  headers["content-type"] = "application/json"
  return code, headers, json.encode(value)
end

local function refuse(number, code, words, headers, more)
  local told = { error = { code = code, message = words } }
  for key, value in pairs(more or {}) do
    told[key] = value
  end
  return answer(number, told, headers)
end

-- ---- who may ----

-- Names by which only this machine calls itself: without others that are allowed.
local LOOPBACK = { localhost = true, ["127.0.0.1"] = true, ["[::1]"] = true }

local function host_name(host)
  return (host:match "^%[[^%]]*%]" or host:match "^[^:]*"):lower()
end

local function is_foreign(request)
  local headers = request.headers
  local from = headers["sec-fetch-site"]
  if from then
    return from ~= "same-origin"
  end
  local origin = headers.origin
  return origin ~= nil and origin:match "^https?://(.*)$" ~= headers.host
end

-- Nil where the request may change something; otherwise the answer. A foreign page cannot
-- get further than the first lines, so that nobody's failures are counted for what it tries.
local function forbidden(self, request)
  local headers, admin = request.headers, self.site.admin
  if not admin then
    return refuse(403, "read_only", "nothing can be changed here: that is what --admin is for")
  elseif not headers.host or not (self.site.hosts or LOOPBACK)[host_name(headers.host)] then
    return refuse(421, "foreign_host", "this host is not called that here")
  elseif is_foreign(request) then
    return refuse(403, "foreign_origin", "the request was made by another site")
  elseif not (headers["content-type"] or ""):lower():match "^application/json%s*;?" then
    return refuse(415, "not_json", "the body has to be application/json")
  elseif admin.trusted then
    return nil
  end
  local remote, now = request.remote or "", self.site.now()
  local seconds = self.failures:wait(remote, now)
  if seconds then
    local words = ("too many wrong tokens; try again in %d s"):format(seconds)
    return refuse(429, "too_many", words, { ["retry-after"] = ("%d"):format(seconds) })
  end
  local given = (headers.authorization or ""):match "^[Bb]earer ([!-~]+)$"
  if not given or not token.is_same(given, admin.token) then
    if given then
      self.failures:add(remote, now)
      self.site.log(("%s: a wrong token"):format(check.quote(remote)))
    end
    return refuse(401, "no_token", "the right token is needed", { ["www-authenticate"] = "Bearer" })
  end
  return nil
end

-- ---- what is wanted ----

local server_states = { ready = "ready", drain = "drain", maint = "maint" }
local frontend_states = { enabled = "enable", disabled = "disable" }

local function bad(words)
  return nil, words
end

-- Numbers of processes as a sequence, each of them once; nil where that is not what it is.
local function numbers_of(value)
  local found, seen = {}, {}
  for _, nb in ipairs(type(value) == "table" and value or { value }) do
    if type(nb) ~= "number" or nb < 1 then
      return nil
    elseif not seen[nb] then
      seen[nb], found[#found + 1] = true, nb
    end
  end
  return found
end

-- The path's words: what is to be changed, `{kind, proxy, server}`; or nil.
local function target(path)
  local backend, server = path:match "^/api/servers/([^/]+)/([^/]+)$"
  if backend then
    return { kind = "server", proxy = backend, server = server }
  end
  local frontend = path:match "^/api/frontends/([^/]+)$"
  return frontend and { kind = "frontend", proxy = frontend }
end

local known =
  { state = "string", weight = "number", expect = "string or number", confirm = "string", processes = "any" }

-- Completes what is wanted by the body; or nil and what is wrong with it.
local function read(wanted, body)
  local asked = flat(body or "")
  if not asked then
    return bad "the body has to be one JSON object of texts and integers"
  end
  for name, value in pairs(asked) do
    if not known[name] then
      return bad(("there is no field %s"):format(check.quote(name)))
    elseif known[name] ~= "any" and not known[name]:find(type(value), 1, true) then
      return bad(("'%s' is a %s"):format(name, known[name]))
    end
  end
  local processes = asked.processes
  if processes == "all" then
    processes = nil
  end
  if (asked.state == nil) == (asked.weight == nil) or (asked.weight and wanted.kind ~= "server") then
    return bad(wanted.kind == "server" and "one of 'state' and 'weight' is needed" or "'state' is needed")
  elseif not numbers_of(processes) then
    return bad "'processes' is \"all\", a number or a list of numbers"
  elseif asked.weight and (asked.weight < 0 or asked.weight > 256) then
    return bad "'weight' is 0 to 256"
  end
  local states = wanted.kind == "server" and server_states or frontend_states
  if asked.state and not states[asked.state] then
    return bad(wanted.kind == "server" and "'state' is ready, drain or maint" or "'state' is enabled or disabled")
  end
  wanted.state, wanted.weight, wanted.expect, wanted.confirm =
    asked.state and states[asked.state], asked.weight, asked.expect, asked.confirm
  wanted.processes = processes ~= nil and numbers_of(processes) or nil
  return wanted
end

-- ---- what is so ----

-- The object as it is now, read anew; or nil and an error.
local function find(hap, wanted)
  if wanted.kind == "frontend" then
    return hap:frontend(wanted.proxy, { die = false })
  end
  local found, err = hap:server(wanted.server, wanted.proxy, { die = false })
  return found and found[1], err
end

-- What each process says of it: {[nb] = {status =, weight =}}, and their numbers in order.
local function look(object)
  local stats, err = object:stats_per_process { die = false }
  if not stats then
    return nil, err
  end
  local found, order = {}, {}
  for _, entry in ipairs(stats) do
    found[entry[1]] = { status = entry[2].status, weight = entry[2].weight }
    order[#order + 1] = entry[1]
  end
  return found, order
end

local function value_of(wanted, seen)
  if wanted.weight then
    return seen.weight
  end
  return seen.status and status.plain(seen.status)
end

-- What is expected may be told as the page shows it: where processes disagreed, nothing can
-- be expected of them all, and each of the values is right.
local function is_expected(wanted, seen)
  if wanted.expect == nil then
    return true
  end
  local expected = type(wanted.expect) == "string" and status.plain(wanted.expect) or wanted.expect
  for _, of_one in pairs(seen) do
    if tostring(value_of(wanted, of_one)) ~= tostring(expected) then
      return false
    end
  end
  return true
end

local function takes_sessions(row)
  return row.status ~= nil and rows.takes_sessions(row.status) and (row.weight or 0) > 0
end

local function takes_out(wanted)
  return wanted.state == "drain" or wanted.state == "maint" or wanted.weight == 0
end

-- Is there one for each process of `seen` that needs one?
local function all_have(left, seen)
  for nb, row in pairs(seen) do
    if takes_sessions(row) and not left[nb] then
      return false
    end
  end
  return true
end

-- Would a process have no server of the backend left that takes sessions, and has it one now?
local function is_last(hap, wanted, seen)
  local snapshot, err = hap:snapshot { die = false }
  if not snapshot then
    return nil, err
  end
  local left = {}
  for _, server in ipairs(snapshot:servers(wanted.proxy)) do
    if server.name ~= wanted.server then
      for nb, row in pairs((look(server))) do
        left[nb] = left[nb] or takes_sessions(row)
      end
      if all_have(left, seen) then
        return false
      end
    end
  end
  return not all_have(left, seen)
end

-- ---- doing it ----

local function do_it(object, wanted)
  if wanted.weight then
    return object:setweight(wanted.weight, { die = false })
  elseif wanted.kind == "server" then
    return object:setstate(wanted.state, { die = false })
  end
  return object[wanted.state](object, { die = false })
end

-- What is told of a process that did not take it.
local function failure_of(err, nb)
  for _, result in ipairs(err and err.results or {}) do
    if result[1] == nb then
      return not result.ok and (result.err and result.err.message or check.excerpt(tostring(result[2] or "")))
    end
  end
  return err and err.message
end

local function results(order, before, after, err)
  local list, failed = json.list {}, false
  for _, nb in ipairs(order) do
    local told = { process = nb, before = before[nb], after = after and after[nb], ok = true }
    local words = failure_of(err, nb)
    if words then
      told.ok, told.error, failed = false, words, true
    end
    list[#list + 1] = told
  end
  return list, failed
end

local function describe(seen, wanted, order)
  local words = {}
  for _, nb in ipairs(order) do
    local row = seen and seen[nb]
    words[#words + 1] = ("%d:%s"):format(nb, row and tostring(wanted.weight and row.weight or row.status) or "?")
  end
  return table.concat(words, ",")
end

local function name_of(wanted)
  return wanted.server and wanted.proxy .. "/" .. wanted.server or wanted.proxy
end

local codes = { not_found = 404, bad_argument = 400, permission = 403, unsupported = 409, changed = 409, timeout = 504 }

local function trouble(err)
  return refuse(codes[err.code] or 502, err.code, err.message)
end

-- Why it is not done although it may be; nil where nothing is in the way.
local function objection(hap, wanted, seen, order)
  if not is_expected(wanted, seen) then
    local words = ("%s is another one by now"):format(wanted.weight and "the weight" or "the status")
    return refuse(409, "changed", words, nil, { results = (results(order, seen, seen)) })
  elseif wanted.kind == "frontend" then
    if wanted.state == "disable" and wanted.confirm ~= wanted.proxy then
      return refuse(409, "confirm", "no new connections come in then: 'confirm' has to be the frontend's name")
    end
  elseif takes_out(wanted) and wanted.confirm ~= wanted.proxy then
    local last, err = is_last(hap, wanted, seen)
    if last == nil then
      return trouble(err)
    elseif last then
      return refuse(409, "confirm", "it is the last server that takes sessions: 'confirm' has to be the backend's name")
    end
  end
end

local function change(self, hap, request, wanted)
  local object, err = find(hap, wanted)
  if not object then
    return trouble(err)
  end
  local before, order = look(object)
  if not before then
    return trouble(order)
  end
  local number, headers, body = objection(hap, wanted, before, order)
  if number then
    return number, headers, body
  end
  local _
  _, err = do_it(object, wanted)
  local after = look(object)
  local list, failed = results(order, before, after, err)
  self.site.log(
    ("%s %s %s=%s before=%s after=%s%s"):format(
      check.quote(request.remote or ""),
      check.quote(name_of(wanted)),
      wanted.weight and "weight" or "state",
      wanted.weight and ("%d"):format(wanted.weight) or wanted.state,
      describe(before, wanted, order),
      describe(after, wanted, order),
      err and " failed: " .. check.excerpt(err.message) or ""
    )
  )
  if failed then
    return refuse(codes[err.code] or 502, err.code, err.message, nil, { results = list })
  end
  return answer(200, { results = list })
end

--- The handler of a site, for POST.
function changes.new(site)
  local self = { site = site, failures = token.failures() }
  return function(request)
    local number, headers, body = forbidden(self, request)
    if number then
      return number, headers, body
    end
    local wanted = target(request.path)
    if not wanted then
      return refuse(404, "not_found", "api/servers/BACKEND/SERVER and api/frontends/NAME can be changed")
    end
    local words
    wanted, words = read(wanted, request.body)
    if not wanted then
      return refuse(400, "bad_argument", words)
    end
    -- The HAProxy object is made with the first reading.
    local taken, err = site.reading:get(site.now() + 5)
    if not taken then
      return trouble(err)
    end
    local hap
    hap, err = site.reading:of(taken, wanted.processes)
    if not hap then
      return trouble(err)
    end
    return change(self, hap, request, wanted)
  end
end

return changes
