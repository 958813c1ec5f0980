-- Discovery: which sockets there are, and which HAProxy process is behind each.

local behind = require "haproxyadmin.base.behind"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local master = require "haproxyadmin.runtime.master"
local number = require "haproxyadmin.runtime.number"
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local record = require "haproxyadmin.runtime.process"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local twins = require "haproxyadmin.runtime.twins"
local version = require "haproxyadmin.base.version"

local discover = {}

local function value_error(code, message, address)
  return nil, errors.new("ValueError", code, message, { socket_file = address })
end

-- ---- addresses ----

local function in_folder(folder)
  local names, words = core.list(folder)
  if not names then
    local found, code = core.path(folder)
    code = found and (found.folder and "permission" or "bad_argument") or code
    return value_error(code, ("socket_dir %s cannot be read: %s"):format(folder, words))
  end
  local addresses = {}
  for _, name in ipairs(number.sort(names)) do
    local path = folder:gsub("/*$", "") .. "/" .. name
    local found = core.path(path)
    if found and found.socket and core.address("unix@" .. path) then
      addresses[#addresses + 1] = path
    end
  end
  return addresses
end

local function check_address(name, address, seen)
  local ok, err = check.text(name, address)
  if not ok then
    return nil, err
  end
  local kind, why = core.address(address)
  if not kind then
    local shown = check.excerpt(address)
    return value_error("bad_argument", ("argument '%s': address '%s' %s"):format(name, shown, why), address)
  elseif seen[address] then
    return value_error("bad_argument", ("argument '%s': %s stands there twice"):format(name, address), address)
  end
  seen[address] = true
  return address
end

-- The names of a table whose keys are all texts, in natural order; nil where they are not.
local function names_of(list)
  local names = {}
  for key in pairs(list) do
    if type(key) ~= "string" or key == "" or key:find "%c" then
      return nil
    end
    names[#names + 1] = key
  end
  return #names > 0 and number.sort(names) or nil
end

-- The addresses of a table that gives each of them a name, and the names.
local function named(list, names)
  local addresses, seen = {}, {}
  for i, name in ipairs(names) do
    local ok, err = check_address(("sockets.%s"):format(name), list[name], seen)
    if not ok then
      return nil, err
    end
    addresses[i] = list[name]
  end
  return addresses, names
end

-- The addresses that are given; their names, where they have some. Nil and an error.
local function given(list)
  local count = 0
  for _ in pairs(list) do
    count = count + 1
  end
  local names = names_of(list)
  if names then
    return named(list, names)
  elseif count == 0 or count ~= #list then
    return check.fail("sockets", "sequence of at least one address, without gaps, or addresses by name", list)
  end
  local addresses, seen = {}, {}
  for i, address in ipairs(list) do
    local ok, err = check_address(("sockets[%d]"):format(i), address, seen)
    if not ok then
      return nil, err
    end
    addresses[i] = address
  end
  return addresses
end

local function one_of(options)
  local count, chosen = 0, nil
  for _, name in ipairs { "socket_dir", "socket_file", "sockets", "master" } do
    if options[name] ~= nil then
      count, chosen = count + 1, name
    end
  end
  if count ~= 1 then
    local got = count == 0 and "none" or "several"
    return value_error("bad_argument", "exactly one of socket_dir, socket_file, sockets, master expected, got " .. got)
  end
  return chosen
end

--- Where the options say that the sockets are: what a context has as `source`; or nil
-- and a ValueError. `shown`: what the option is called there, if it is another name.
function discover.source(options, shown)
  local option, err = one_of(options)
  if not option then
    return nil, err
  end
  local found, names
  if option == "sockets" then
    found, names = given(options.sockets)
    err = names
  elseif option == "socket_file" or option == "master" then
    found, err = check_address(shown or option, options[option], {})
    found = found and { found }
  else
    found, err = check.text(option, options.socket_dir)
  end
  if not found then
    return nil, err
  elseif option == "socket_dir" then
    return { option = option, folder = found }
  elseif option == "master" then
    return { option = option, addresses = found, master = found[1] }
  end
  return { option = option, addresses = found, names = names }
end

-- ---- probing ----

-- Asks each of these new processes who it is, for no longer than so many seconds where
-- they are given. Returns the requests, and by process
-- the fields of `show info`, and by process the errors.
local function probe(context, processes, seconds)
  local requests = plan.command(processes, "show info", {})
  send.all(context, requests, false, nil, seconds)
  local infos, failures = {}, {}
  for _, self in ipairs(requests) do
    local err = reading.error(self)
    if err then
      failures[self.process] = err
    else
      record.learn_text(self.process, self.reply:text(1))
      infos[self.process] = core.info(self.reply:text(1))
    end
    self.reply:free()
  end
  return infos, failures
end

-- Something that time does not mend: another program, or no socket at all.
local function is_wrong(process, err)
  if behind.is_foreign(err) or err.name == "CommandFailed" then
    return true
  end
  local kind, path = core.address(process.address)
  local found = kind == "unix" and core.path(path)
  return found and not found.socket
end

-- A socket of a folder that cannot be passed over: who may not open it, or has no
-- descriptor left for it, would otherwise go on without a process that serves.
local function is_ours(err)
  return err.code == "permission" or err.code == "failed" and err.name == "SocketTransportError"
end

local OLDEST = "1.8"

local function too_old(process)
  if process.version and process.version < version.number(OLDEST) then
    local message = ("socket %s: HAProxy %s or later is needed, this is a %s"):format(
      process.address,
      OLDEST,
      version.text(process.version)
    )
    return errors.new("ValueError", "unsupported", message, { socket_file = process.address })
  end
end

-- What is to be done with each process that was asked: those that are kept, and
-- {address, err} for those of a folder that are not; or nil and an error.
local function sort_out(context, processes, failures)
  local folder = context.source.folder
  local left, passed_over = {}, {}
  for _, process in ipairs(processes) do
    local err = failures[process]
    if not err then
      err = too_old(process)
      if err then
        return nil, err
      end
      left[#left + 1] = process
    elseif folder and is_ours(err) then
      return nil, err
    elseif folder then
      passed_over[#passed_over + 1] = { process.address, err }
    elseif is_wrong(process, err) then
      return value_error(err.code, err.message, err.socket_file)
    else
      left[#left + 1] = process
    end
  end
  return left, passed_over
end

-- Leaves out the sockets of processes that are there by another one.
local function without_twins(context, known, joining, passed_over)
  local all = {}
  for _, list in ipairs { known, joining } do
    for _, process in ipairs(list) do
      all[#all + 1] = process
    end
  end
  local same = twins.find(context, all)
  for _, process in ipairs(known) do
    -- The one that joins has the socket of the higher level.
    local better = same[process]
    if better then
      process.address, better.address = better.address, process.address
      process.name, better.name = better.name, process.name
      same[better] = process
    end
  end
  local left = {}
  for _, process in ipairs(joining) do
    local twin = same[process]
    if twin then
      local message = ("socket %s is another one of the process behind %s"):format(process.address, twin.address)
      local err = errors.new("ValueError", "exists", message, { socket_file = process.address })
      passed_over[#passed_over + 1] = { process.address, err }
    else
      left[#left + 1] = process
    end
  end
  return left
end

local function none_lives(processes, failures)
  local reasons, first = {}, nil
  for _, process in ipairs(processes) do
    local err = failures[process]
    first = first or err
    reasons[#reasons + 1] = err.message
  end
  return value_error(
    first.code,
    "no socket with a live HAProxy: " .. table.concat(reasons, "; "),
    first.socket_file
  )
end

local function identify(context)
  if context.master then
    context.identity = context.source.master
    return
  end
  local addresses = {}
  for i, process in ipairs(context.processes) do
    addresses[i] = process.address
  end
  context.identity = table.concat(addresses, " ")
end

local function addresses_of(context)
  local source = context.source
  if not source.folder then
    return source.addresses
  end
  local addresses, err = in_folder(source.folder)
  if addresses and #addresses == 0 then
    return value_error("not_found", ("socket_dir %s: no socket there"):format(source.folder))
  end
  return addresses, err
end

-- Those of the processes that the caller means; or nil and an error.
local function meant(context, processes)
  if not context.only then
    return processes
  end
  local by_number, numbers, left, seen = {}, {}, {}, {}
  for i, process in ipairs(processes) do
    by_number[process.nb], numbers[i] = process, process.nb
  end
  for _, nb in ipairs(context.only) do
    if not by_number[nb] then
      local message = ("there is no process %d (there are: %s)"):format(nb, table.concat(numbers, ", "))
      return value_error("not_found", message)
    end
    seen[nb] = true
  end
  for _, process in ipairs(processes) do
    if seen[process.nb] then
      left[#left + 1] = process
    end
  end
  return left
end

-- ---- at first ----

-- The workers that serve, as new processes.
local function workers_of(context, found)
  local asked = {}
  for _, row in ipairs(found.workers) do
    if row.current then
      local process = record.new(#asked + 1, context.source.master)
      process.place = row.number
      master.adopt(process, row)
      asked[#asked + 1] = process
    end
  end
  return asked
end

-- The processes behind a master's socket; or nil and an error.
local function connect_master(context)
  local address = context.source.master
  local found, looked = send.look(context)
  if not found then
    local err = request.failure(looked)
    return value_error(err.code, err.message, err.socket_file)
  end
  local asked = workers_of(context, found)
  if #asked == 0 then
    return value_error("not_found", ("master %s: it has no worker"):format(address), address)
  end
  local infos, failures = probe(context, asked)
  if next(infos) == nil then
    return none_lives(asked, failures)
  end
  for _, process in ipairs(asked) do
    process.member = true
  end
  number.all(asked, infos)
  local left, err = meant(context, asked)
  if not left then
    return nil, err
  end
  context.processes, context.slots, context.pending = left, #asked, false
  identify(context)
  return true
end

local function connect(context)
  if context.master then
    return connect_master(context)
  end
  local addresses, err = addresses_of(context)
  if not addresses then
    return nil, err
  end
  local asked = {}
  for i, address in ipairs(addresses) do
    asked[i] = record.new(i, address)
    asked[i].name = context.source.names and context.source.names[i]
  end
  local infos, failures = probe(context, asked)
  if next(infos) == nil then
    return none_lives(asked, failures)
  end
  local left, passed_over = sort_out(context, asked, failures)
  if not left then
    return nil, passed_over
  end
  left = without_twins(context, {}, left, passed_over)
  for i, process in ipairs(left) do
    process.slot, process.member = i, true
  end
  number.all(left, infos)
  left, err = meant(context, left)
  if not left then
    return nil, err
  end
  context.processes, context.passed_over = left, passed_over
  context.pending = false
  identify(context)
  return true
end

-- Seconds between two looks at what another coroutine does.
local PAUSE = 0.005

-- Is another coroutine connecting? One that was ended meanwhile, as hosts may do, is not
-- waited for without end.
local function is_connecting(context)
  local since = context.connecting
  return since and context.transport:now() - since <= 2 * context.timeout
end

--- Asks every address who is there, and fills the context; or nil and an error. Two
-- coroutines that come at once share one attempt.
function discover.connect(context)
  while is_connecting(context) do
    context.transport:sleep(PAUSE)
  end
  if not context.pending then
    return true
  end
  context.connecting = context.transport:now()
  local done, err = connect(context)
  context.connecting = nil
  return done, err
end

--- A text that names the sockets before anybody looked at them.
function discover.describe(context)
  return context.source.folder or table.concat(context.source.addresses, " ")
end

-- ---- later ----

-- The addresses of the folder that are no process's yet.
local function new_addresses(context)
  local addresses, err = in_folder(context.source.folder)
  if not addresses then
    return nil, err
  end
  local known = {}
  for _, process in ipairs(context.processes) do
    known[process.address] = true
  end
  local found, there = {}, {}
  for _, address in ipairs(addresses) do
    there[address] = true
    if not known[address] then
      found[#found + 1] = address
    end
  end
  return found, nil, there
end

local function next_slot(context)
  local last = 0
  for _, process in ipairs(context.processes) do
    last = math.max(last, process.slot)
  end
  return last + 1
end

local function join(context, addresses, seconds)
  local asked = {}
  for i, address in ipairs(addresses) do
    asked[i] = record.new(i, address)
  end
  local infos, failures = probe(context, asked, seconds)
  local joining, passed_over = sort_out(context, asked, failures)
  if not joining then
    return nil, passed_over
  end
  joining = without_twins(context, context.processes, joining, passed_over)
  for _, process in ipairs(joining) do
    process.slot, process.member = next_slot(context), true
    table.insert(context.processes, process)
    number.one(process, context.processes, infos[process])
  end
  context.passed_over = passed_over
  return #joining
end

-- A process whose socket's file is gone from the folder has left.
local function leave(context, there)
  local left = {}
  for _, process in ipairs(context.processes) do
    if there[process.address] then
      left[#left + 1] = process
    end
  end
  if #left > 0 then
    context.processes = left
  end
end

--- Looks at the folder again: sockets that were passed over or are new may have a
-- HAProxy by now. `also_gone`: processes whose sockets are gone leave. `seconds`: for an
-- answer, instead of the context's `timeout`. Returns how many processes joined; or nil and an error.
function discover.rescan(context, also_gone, seconds)
  context.missed, context.looked = false, context.transport:now()
  if not context.source.folder or context.only then
    return 0
  end
  local addresses, err, there = new_addresses(context)
  if not addresses then
    return nil, err
  end
  local joined = 0
  if #addresses > 0 then
    joined, err = join(context, addresses, seconds)
    if not joined then
      return nil, err
    end
  else
    context.passed_over = {}
  end
  if also_gone then
    leave(context, there)
  end
  identify(context)
  return joined
end

local function free_number(lists)
  local taken, number_of = {}, 1
  for _, list in ipairs(lists) do
    for _, process in ipairs(list) do
      taken[process.nb] = true
    end
  end
  while taken[number_of] do
    number_of = number_of + 1
  end
  return number_of
end

--- Looks which old workers a master has. Where it does not answer, the call that goes on
-- tells so.
function discover.old_workers(context)
  local found = send.look(context)
  if not found then
    return
  end
  local known, left = {}, {}
  for _, process in ipairs(context.old) do
    known[process.worker] = process
  end
  for _, row in ipairs(found.workers) do
    local process = known[row.pid]
    if not row.current and not process then
      process = record.worker(context.master.address, row)
      context.slots = context.slots + 1
      process.slot, process.nb = context.slots, free_number { context.processes, context.old, left }
      process.old, process.member = true, true
    end
    if not row.current then
      left[#left + 1] = process
    end
  end
  context.old = left
end

-- Seconds between two looks that nobody asked for: a socket that never answers costs
-- each of them a time-out.
local SELDOM = 5

--- Looks at the folder again because a process was missed, unless it did so a moment ago.
-- What comes of it is no matter of the call that goes on.
function discover.look_again(context)
  if not context.looked or context.transport:now() - context.looked >= SELDOM then
    discover.rescan(context)
  end
end

return discover
