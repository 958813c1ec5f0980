-- Readings: `show stat` and `show info` of all processes, as one snapshot.

local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local plan = require "haproxyadmin.runtime.plan"
local record = require "haproxyadmin.runtime.process"
local request = require "haproxyadmin.runtime.request"
local new_request = request.new
local send = require "haproxyadmin.runtime.send"

local place_of = core.place

local reading = {}

-- Object types of `show stat <iid> <type> <sid>` (HAProxy's management guide,
-- 9.3 "show stat").
reading.types = { frontend = 1, backend = 2, server = 4 }

local info_row, stat_row = commands.find "show info", commands.find "show stat"

-- The lines of readings are many and have numbers only.
local function stat_line(iid, types, sid)
  return ("%s %d %d %d"):format(stat_row.name, iid, types, sid)
end

-- What is asked with one line each: the frames.
local INFO, STAT, BOTH = { "info" }, { "stat" }, { "info", "stat" }

-- A request that reads `lines`, whose answers are `frames`.
local function reads(process, lines, frames)
  return new_request(process, frames == STAT and stat_row or info_row, lines, frames, true)
end

-- Those that are read: also the old workers, where they were asked for.
local function read_of(context)
  if #context.old == 0 then
    return context.processes
  end
  local all = {}
  for _, list in ipairs { context.processes, context.old } do
    for _, process in ipairs(list) do
      all[#all + 1] = process
    end
  end
  return all
end

local function of_all(context, lines, frames)
  local requests = {}
  for i, process in ipairs(read_of(context)) do
    requests[i] = reads(process, lines, frames)
  end
  return requests
end

-- ---- answers ----

--- Why a request brought no reading, or nil if it did.
function reading.error(self)
  if self.code then
    return request.failure(self)
  end
  for i = 1, self.reply:count() do
    if not self.reply:shaped(i) then
      return request.in_words(self, i)
    end
  end
end

-- How much an error keeps of what each of the others answered: dumps are large, and
-- whoever logs the error would keep all of them.
local KEPT_BYTES = 4096

--- What the error of one process is without: who else answered what.
function reading.tell(requests, place, err)
  local results = {}
  for i, self in ipairs(requests) do
    local failed = i == place and err or reading.error(self)
    results[i] = {
      self.process.nb,
      name = self.process.name,
      not self.code and self.reply:text(1, KEPT_BYTES) or nil,
      ok = not failed,
      code = failed and failed.code or nil,
      err = failed or nil,
    }
    -- Of an object that was closed meanwhile nothing was asked.
    if self.reply then
      self.reply:free()
    end
  end
  err.results = results
  return nil, err
end

-- Do the requests, which ask all for the same, begin with `show info`?
local function ask_info(requests)
  return requests[1] ~= nil and requests[1].commands[1] == info_row.name
end

--- Notes who the processes are that said so in the first answer.
function reading.learn(requests)
  for _, self in ipairs(requests) do
    record.learn_text(self.process, self.reply:text(1))
  end
end

-- The collector does not see the text of a snapshot. Where that is large, the
-- collector is told, so that old ones do not pile up.
local LARGE = 2 ^ 20

local function tell_collector(snapshot)
  local bytes = core.bytes(snapshot)
  if bytes >= LARGE then
    collectgarbage("step", math.floor(bytes / 1024))
  end
end

--- A snapshot of what the requests brought.
function reading.snapshot(context, requests)
  if ask_info(requests) then
    reading.learn(requests)
  end
  local replies = {}
  for i = 1, #requests do
    local self = requests[i]
    replies[i] = { self.process.slot, self.process.nb, self.reply, self.process.old }
  end
  local snapshot, place = core.snapshot(context, replies)
  if not snapshot then
    local address = requests[place].process.address
    local message = ("socket %s answered with a table that does not say what its rows are"):format(address)
    return nil, errors.new("SocketApplicationError", "failed", message, { socket_file = address })
  end
  send.done(requests)
  tell_collector(snapshot)
  return snapshot
end

-- A process that ends may be the one that answers during a reload. Its rows are not
-- those of the process that serves: they are no answer, and its successor is asked.
local function is_ending(self)
  return not self.process.fixed and self.reply:shaped(1) and record.is_ending(self.reply:text(1))
end

-- Sends them once. A process that is ending has failed then: nobody asks its successor.
local function send_once(context, requests, seconds)
  send.all(context, requests, false, nil, seconds)
  for _, self in ipairs(ask_info(requests) and requests or {}) do
    if not self.code and is_ending(self) then
      self.code = "ending"
    end
  end
end

--- Sends requests that read. `seconds`: once only, and for no longer than that.
function reading.send(context, requests, seconds)
  if seconds then
    return send_once(context, requests, seconds)
  end
  send.all(context, requests, context.retry, ask_info(requests) and is_ending or nil)
end

-- Sends them and makes a snapshot of their replies; any failure is the whole's.
local function take(context, requests)
  if #requests == 0 then
    return plan.nobody()
  end
  reading.send(context, requests)
  for i, self in ipairs(requests) do
    local err = reading.error(self)
    if err then
      return reading.tell(requests, i, err)
    end
  end
  return reading.snapshot(context, requests)
end

-- ---- readings of everything ----

--- The requests of a whole snapshot. `line`: one more to ask, whose answer is a list.
-- `types`: of which objects `show stat` has rows (default: all).
function reading.whole(context, line, types)
  local stat = types and stat_line(-1, types, -1) or "show stat"
  if line then
    return of_all(context, { "show info", stat, line }, { "info", "stat", "list" })
  end
  return of_all(context, { "show info", stat }, BOTH)
end

--- `show info` of these processes (default: all).
function reading.info(context, processes)
  local requests = {}
  for i, process in ipairs(processes or read_of(context)) do
    requests[i] = reads(process, { "show info" }, INFO)
  end
  return take(context, requests)
end

--- Rows of one process, by ids.
function reading.rows(context, process, line)
  return take(context, { reads(process, { line }, STAT) })
end

--- All rows of some types.
function reading.all(context, types)
  return take(context, of_all(context, { "show info", stat_line(-1, types, -1) }, BOTH))
end

-- ---- one proxy by its name ----

-- HAProxy takes this name for the beginning of something else.
local DOMAIN = "domain"

-- The line that asks for a proxy by its name; nil where there is none.
local function name_line(name, types)
  if name == DOMAIN then
    return nil
  end
  return commands.encode(stat_row, { iid = name, type = types, sid = -1 })
end

-- Does an answer (the first, or that of this place) say that there is no such proxy?
local function is_unknown(self, place)
  place = place or 1
  return not self.code and not self.reply:shaped(place) and core.refusal(self.reply:text(place)) == "not_found"
end

-- Up to HAProxy 2.4 a process that ends shows none of its proxies.
local HIDES_BEFORE = 20500

local function may_hide(context)
  for _, process in ipairs(context.processes) do
    if (process.version or 0) < HIDES_BEFORE then
      return true
    end
  end
  return false
end

-- From 2.5 on it shows its frontends as stopped. So may one that serves, where
-- somebody has shut a frontend down; only `show info` tells.
local function looks_stopped(object)
  if not object or core.kind(object) ~= "frontend" then
    return false
  end
  for _, entry in ipairs(core.values(object, metrics.number.frontend.status)) do
    if entry[2] == "STOP" then
      return true
    end
  end
  return false
end

--- A snapshot that has the frontend or backend of this name, if there is one. A name
-- that is also a number, or that a frontend and a backend share, is not found by the
-- short way: then all rows are read.
function reading.proxy(context, kind, name, with_servers)
  local types = reading.types[kind] + (with_servers and reading.types.server or 0)
  local line = name_line(name, types)
  if not line then
    return reading.all(context, types)
  end
  local requests = of_all(context, { line }, STAT)
  reading.send(context, requests)
  local found, unknown = {}, 0
  for i, self in ipairs(requests) do
    if is_unknown(self) then
      unknown = unknown + 1
    else
      local err = reading.error(self)
      if err then
        return reading.tell(requests, i, err)
      end
      found[#found + 1] = self
    end
  end
  local snapshot, err = reading.snapshot(context, found)
  if not snapshot then
    return nil, err
  end
  local object = core.find(snapshot, kind, context, true, name)
  local known = (object and core.count(object) or 0) + unknown == #requests
  if known and not (unknown > 0 and may_hide(context)) and not looks_stopped(object) then
    return snapshot
  end
  return reading.all(context, types)
end

-- ---- objects that nobody has read ----

-- Names of servers as `show stat` would tell them.
local function stat_of(backend, names)
  local lines = { "# pxname,svname,type," }
  for i = 1, #names do
    lines[i + 1] = backend .. "," .. names[i] .. ",2,"
  end
  lines[#lines + 1] = "\n"
  return table.concat(lines, "\n")
end

--- A snapshot that has nothing but the names of servers of one backend: `names` has a
-- sequence of them by process, the same one where they are the same. What reads such an object
-- asks for it by its name.
function reading.named(context, backend, names)
  local replies, texts = {}, {}
  for _, process in ipairs(context.processes) do
    local own = names[process]
    if own then
      texts[own] = texts[own] or stat_of(backend, own)
      local session = core.session("once", #texts[own], false)
      session:ask(stat_row.name, "stat")
      session:feed(texts[own])
      replies[#replies + 1] = { process.slot, process.nb, session }
    end
  end
  return core.snapshot(context, replies)
end

-- ---- an object again ----

local function describe(object)
  local kind, name = core.kind(object), core.name(object)
  if kind == "server" then
    name = core.proxy(object) .. "/" .. name
  end
  return kind .. " " .. name
end

local function gone(object)
  local message = describe(object) .. " is gone: no process has it any more"
  return nil, errors.new("ValueError", "not_found", message)
end

-- The requests for the object's own rows: by the ids that they had at the last
-- reading; in a process that had none, which may have the object by now, by name.
local function of_object(context, object, types)
  local requests, processes = {}, read_of(context)
  local whole = types ~= reading.types.server
  local by_name
  -- Processes of one configuration have the same ids, and share the line.
  local lines, last_iid, last_sid
  for i = 1, #processes do
    local process = processes[i]
    local had, iid, sid = place_of(object, process.slot)
    sid = whole and -1 or sid
    local own = type(iid) == "number" and type(sid) == "number"
    if own and (iid ~= last_iid or sid ~= last_sid) then
      lines, last_iid, last_sid = { stat_line(iid, types, sid) }, iid, sid
    elseif not own and not by_name then
      by_name = { name_line(core.proxy(object), types) or stat_line(-1, types, -1) }
    end
    local self = reads(process, own and lines or by_name, STAT)
    self.known = had and "had" or "lacked"
    requests[i] = self
  end
  return requests
end

-- Has a process nothing to say of an object: it does not know its proxy, or it did not
-- have the object before and does not answer?
local function is_without(self)
  return is_unknown(self) or self.known ~= "had" and self.code ~= nil
end

-- Sends the requests for an object.
local function take_object(context, object, types)
  local requests = of_object(context, object, types)
  reading.send(context, requests)
  local found = {}
  for i = 1, #requests do
    local self = requests[i]
    if not self.code and self.reply:shaped(1) then
      found[#found + 1] = self
    elseif not is_without(self) then
      return reading.tell(requests, i, reading.error(self))
    end
  end
  return reading.snapshot(context, found)
end

-- The object in another snapshot, or nil.
local function again(context, object, snapshot)
  return core.find(snapshot, core.kind(object), context, true, core.proxy(object), core.name(object))
end

--- Takes a new reading of an object: its own rows, or, when its id moved (a reload),
-- all rows of its kind. `with_servers` keeps a backend's servers. Returns true, or
-- nil and an error.
function reading.renew(context, object, with_servers)
  local types = reading.types[core.kind(object)] + (with_servers and reading.types.server or 0)
  local snapshot, err = take_object(context, object, types)
  if not snapshot then
    return nil, err
  end
  local lost = core.count(object, snapshot) < core.count(object)
  if lost or types == reading.types.frontend and looks_stopped(again(context, object, snapshot)) then
    snapshot, err = reading.all(context, types)
    if not snapshot then
      return nil, err
    end
  end
  if core.move(object, snapshot) then
    return true
  end
  return gone(object)
end

--- Objects of one kind as they are now, as objects of their own (false: gone), asked
-- for once and until the deadline; nil where that cannot be told.
function reading.look(context, objects, seconds)
  local kind = core.kind(objects[1])
  local types = reading.types[kind]
  local requests
  if #objects == 1 then
    requests = of_object(context, objects[1], types)
  else
    requests = of_all(context, { stat_line(-1, types, -1) }, STAT)
  end
  send.all(context, requests, false, nil, seconds)
  local answered = {}
  for _, self in ipairs(requests) do
    if not is_without(self) then
      if reading.error(self) then
        return nil
      end
      answered[#answered + 1] = self
    end
  end
  local snapshot = reading.snapshot(context, answered)
  if not snapshot then
    return nil
  end
  local found = {}
  for i, object in ipairs(objects) do
    found[i] = again(context, object, snapshot) or false
  end
  return found
end

-- ---- servers, once ----

-- Makes requests for rows ask `show info` before them.
local function with_info(requests)
  for _, self in ipairs(requests) do
    self.row, self.frame = info_row, BOTH
    self.commands = { "show info", self.commands[1] }
  end
  return requests
end

-- Sends requests that ask for a server's rows behind `show info`, once. A process that
-- does not have its backend, or lacked it before and is away, is left out.
local function take_once(context, requests, seconds)
  reading.send(context, with_info(requests), seconds)
  local found = {}
  for i, self in ipairs(requests) do
    local failed = reading.error(self)
    if not failed then
      found[#found + 1] = self
    elseif not (self.code and self.known == "lacked") and not is_unknown(self, 2) then
      return reading.tell(requests, i, failed)
    end
  end
  return reading.snapshot(context, found)
end

-- Had a process one of the servers at the last reading?
local function had_one(servers, process)
  for _, server in ipairs(servers) do
    if place_of(server, process.slot) then
      return true
    end
  end
  return false
end

-- The requests for the servers' whole backends; `line` says which rows.
local function of_backends(context, servers, line)
  local requests = of_all(context, { line }, STAT)
  for _, self in ipairs(requests) do
    self.known = had_one(servers, self.process) and "had" or "lacked"
  end
  return requests
end

local function are_of_one_backend(servers)
  for _, server in ipairs(servers) do
    if core.proxy(server) ~= core.proxy(servers[1]) then
      return false
    end
  end
  return true
end

local function have_all(servers, snapshot)
  for _, server in ipairs(servers) do
    if core.count(server, snapshot) < core.count(server) then
      return false
    end
  end
  return true
end

--- Servers (not all processes need to have each), as all processes have them now: a
-- snapshot that has them, as far as there are. Each process is asked once, and for so many
-- seconds at most; one that is ending has failed, as one has that does not answer. More
-- than one server, or `whole`: the snapshot has all of their backends.
function reading.servers(context, servers, seconds, whole)
  local snapshot, err
  if #servers == 1 and not whole then
    snapshot, err = take_once(context, of_object(context, servers[1], reading.types.server), seconds)
    if not snapshot or have_all(servers, snapshot) then
      return snapshot, err
    end
  end
  -- By the backend's name, where it is one; and where that is another proxy's, too, among
  -- all.
  local types = reading.types.backend + reading.types.server
  local line = are_of_one_backend(servers) and name_line(core.proxy(servers[1]), types)
  if line then
    snapshot, err = take_once(context, of_backends(context, servers, line), seconds)
    if not snapshot or have_all(servers, snapshot) then
      return snapshot, err
    end
  end
  return take_once(context, of_backends(context, servers, stat_line(-1, types, -1)), seconds)
end

--- The error for an object that no process has any more.
reading.gone = gone

--- What a read of a live object begins with; nothing for one of a snapshot.
function reading.fresh(context, object)
  if not core.live(object) then
    return true
  end
  return reading.renew(context, object)
end

return reading
