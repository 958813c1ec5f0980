-- Servers that are deleted at run time.
--
-- HAProxy deletes a server that is in maintenance and has no connection any more, not even
-- an idle one. So it is asked again until that is so: HAProxy 3.0 and later wait for it
-- themselves, older ones are asked in intervals.

local core = require "haproxyadmin.core"
local judge = require "haproxyadmin.runtime.judge"
local new_request = require("haproxyadmin.runtime.request").new
local plan = require "haproxyadmin.runtime.plan"
local send = require "haproxyadmin.runtime.send"
local version = require "haproxyadmin.base.version"

local removal = {}

-- The first version that waits.
local WAITS_SINCE = version.number "3.0"

-- Seconds that one exchange waits at most, and between two questions to older versions.
local WINDOW, PAUSE = 1, 0.05

local function still_connected(text)
  return text:find("still has connections", 1, true) ~= nil
end

local function waits(process)
  return process.version ~= nil and process.version >= WAITS_SINCE
end

-- The requests that delete, behind a wait of so many milliseconds where there is one.
local function requests_of(wanted, wait)
  local requests, anybody = plan.requests(wanted), false
  for i, self in ipairs(requests) do
    if wait and waits(self.process) then
      local server = self.commands[1]:match "%S+$"
      local line = ("wait %d srv-removable %s"):format(math.floor(wait * 1000), server)
      requests[i] = new_request(self.process, self.row, { line, self.commands[1] }, "text", false)
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
      self.answer = self.reply:text(#self.commands)
    end
  end
end

-- Sorts what came of the requests: into `gone` and `kept` (processes), or into what is
-- asked again: processes. `last`: by process, the request that was the last one.
local function sort(requests, state)
  local again = {}
  local results = judge.results(requests)
  for i, self in ipairs(requests) do
    local result, process = results[i], self.process
    state.last[process] = self
    if result.ok then
      table.insert(state.gone, process)
    elseif not self.code and result.code == "not_found" then
      table.insert(state.absent, process)
    elseif not self.code and still_connected(self.answer) then
      again[#again + 1] = process
    else
      table.insert(state.kept, process)
    end
  end
  return again
end

-- Deletes a server, which is in maintenance, in these processes, within so many seconds.
local function delete(context, args, processes, seconds, state)
  local transport = context.transport
  local deadline = transport:now() + seconds
  local pause, wait = PAUSE, nil
  while #processes > 0 do
    local wanted, err = plan.wanted(processes, "del server", args)
    if not wanted then
      return nil, err
    end
    local requests, others = requests_of(wanted, wait)
    exchange(context, requests, context.timeout + (wait or 0))
    processes = sort(requests, state)
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

--- May a server of this name be deleted in all processes? True, or nil and an error.
function removal.is_possible(context, backend, name)
  local wanted, err = plan.wanted(context.processes, "del server", { server = { backend, name } })
  return wanted and true, err
end

--- Puts a server into maintenance and deletes it in these processes. Returns those that
-- deleted it, those that did not, the last request to each of these, and those that did
-- not know it.
function removal.run(context, backend, name, processes, seconds)
  local args = { server = { core.name(backend), name } }
  local state = { gone = {}, kept = {}, absent = {}, last = {} }
  local wanted = plan.wanted(processes, "disable server", args)
  if not wanted then
    return {}, processes, {}, {}
  end
  local requests = plan.requests(wanted)
  exchange(context, requests, context.timeout)
  local disabled = {}
  local results = judge.results(requests)
  for i, self in ipairs(requests) do
    state.last[self.process] = self
    if results[i].ok then
      disabled[#disabled + 1] = self.process
    elseif not self.code and results[i].code == "not_found" then
      table.insert(state.absent, self.process)
    else
      table.insert(state.kept, self.process)
    end
  end
  delete(context, args, disabled, seconds, state)
  return state.gone, state.kept, state.last, state.absent
end

return removal
