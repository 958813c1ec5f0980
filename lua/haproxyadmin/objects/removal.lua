-- Servers and backends that are deleted at run time.
--
-- HAProxy deletes a server that is in maintenance and has no connection any more, not even
-- an idle one, and a backend that is not published and has no stream any more. So it is
-- asked again until that is so: HAProxy 3.0 and later wait for it themselves, older ones
-- are asked in intervals.

local commands = require "haproxyadmin.commands"
local errors = require "haproxyadmin.errors"
local judge = require "haproxyadmin.runtime.judge"
local plan = require "haproxyadmin.runtime.plan"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local version = require "haproxyadmin.base.version"

local removal = {}

-- What is done first, what deletes, what HAProxy is asked to wait for, and what it says
-- as long as it has to be waited for.
local kinds = {
  server = {
    first = "disable server",
    command = "del server",
    condition = "srv-removable",
    busy = "still has connections",
  },
  backend = {
    first = "unpublish backend",
    command = "del backend",
    condition = "be-removable",
    busy = "still has attached streams",
  },
}

-- The first version that waits.
local WAITS_SINCE = version.number "3.0"

-- Seconds that one exchange waits at most, and between two questions to older versions.
local WINDOW, PAUSE = 1, 0.05

local function waits(process)
  return process.version ~= nil and process.version >= WAITS_SINCE
end

-- The requests that delete, behind a wait of so many milliseconds where there is one.
local function requests_of(kind, wanted, wait)
  local requests, anybody = plan.requests(wanted), false
  for i, self in ipairs(requests) do
    if wait and waits(self.process) then
      local name = self.commands[1]:match "%S+$"
      local line = ("wait %d %s %s"):format(math.ceil(wait * 1000), kind.condition, name)
      requests[i] = request.new(self.process, self.row, { line, self.commands[1] }, "text", false)
      requests[i].shown = self.commands[1]
    elseif wait then
      anybody = true
    end
  end
  return requests, anybody
end

-- Sends them; each request then has its `answer`, or a code.
local function exchange(context, requests, seconds)
  send.all(context, requests, context.retry, nil, seconds)
  for _, self in ipairs(requests) do
    if not self.code then
      local last = #self.commands
      self.answer = commands.out_of_mode(self.row, self.commands[last], self.reply:text(last))
    end
  end
end

-- Sorts what came of the requests: into `gone` and `kept` (processes), or into what is
-- asked again: processes. `last`: by process, the request that was the last one.
local function sort(kind, requests, state)
  local again = {}
  local results = judge.results(requests)
  for i, self in ipairs(requests) do
    local result, process = results[i], self.process
    state.last[process] = self
    if result.ok then
      table.insert(state.gone, process)
    elseif not self.code and result.code == "not_found" then
      table.insert(state.absent, process)
    elseif not self.code and self.answer:find(kind.busy, 1, true) then
      again[#again + 1] = process
    else
      table.insert(state.kept, process)
    end
  end
  return again
end

-- Deletes what is ready for it in these processes, within so many seconds.
local function delete(context, kind, args, processes, seconds, state)
  local transport = context.transport
  local deadline = transport:now() + seconds
  local pause, wait = PAUSE, nil
  while #processes > 0 do
    local wanted, err = plan.wanted(processes, kind.command, args)
    if not wanted then
      return nil, err
    end
    local requests, others = requests_of(kind, wanted, wait)
    exchange(context, requests, context.timeout + (wait or 0))
    processes = sort(kind, requests, state)
    local left = deadline - transport:now()
    if left <= 0 then
      break
    elseif #processes > 0 and (others or not wait) then
      transport:sleep(math.min(pause, left))
      pause = math.min(pause * 2, WINDOW)
    end
    wait = math.max(math.min(WINDOW, left), 0.001)
  end
  for _, process in ipairs(processes) do
    table.insert(state.kept, process)
  end
  return true
end

--- May all processes be asked to delete? True, or nil and an error.
function removal.is_possible(context, what, args)
  local wanted, err = plan.wanted(context.processes, kinds[what].command, args)
  return wanted and true, err
end

--- Makes a `server` or a `backend` ready (`args`: which one, as the table of commands takes
-- it) and deletes it in these processes. Returns those that deleted it, those that did not,
-- the last request to each of these, and those that did not know it.
function removal.run(context, what, args, processes, seconds)
  local kind = kinds[what]
  local state = { gone = {}, kept = {}, absent = {}, last = {} }
  local wanted = plan.wanted(processes, kind.first, args)
  if not wanted then
    return {}, processes, {}, {}
  end
  local requests = plan.requests(wanted)
  exchange(context, requests, context.timeout)
  local ready = {}
  local results = judge.results(requests)
  for i, self in ipairs(requests) do
    state.last[self.process] = self
    if results[i].ok then
      ready[#ready + 1] = self.process
    elseif not self.code and results[i].code == "not_found" then
      table.insert(state.absent, self.process)
    else
      table.insert(state.kept, self.process)
    end
  end
  delete(context, kind, args, ready, seconds, state)
  return state.gone, state.kept, state.last, state.absent
end

--- The error of a process that did not delete: `last` as removal.run returns it.
function removal.why(process, last)
  local self = last[process]
  if self and self.code then
    return request.failure(self)
  elseif self then
    return request.refusal(self)
  end
  return errors.new("CommandFailed", "unsupported", ("process %d cannot delete this"):format(process.nb))
end

--- The numbers of processes, as a text.
function removal.numbers(processes)
  local list = {}
  for i, process in ipairs(processes) do
    list[i] = process.nb
  end
  table.sort(list)
  return table.concat(list, ", ")
end

return removal
