-- Other programs that change a store at the same time: each of HAProxy's stores has one
-- transaction at a time, and some versions let it be overwritten. So another's is waited
-- for, and what comes between our look and our steps is found out.

local base64 = require "haproxyadmin.base.base64"
local certificates = require "haproxyadmin.replies.certificates"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local judge = require "haproxyadmin.runtime.judge"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local request = require "haproxyadmin.runtime.request"
local stores = require "haproxyadmin.runtime.stores"
local wait = require "haproxyadmin.runtime.wait"

local contention = {}

--- The fingerprints by which HAProxy shows what is in use, and what a transaction holds: of
-- a certificate without its chain, of all authorities; nil of revocation lists.
function contention.fingerprint(kind, blocks)
  local found = {}
  for _, block in ipairs(blocks) do
    if block.label:find("CERTIFICATE", 1, true) and (kind ~= "cert" or not found[1]) then
      found[#found + 1] = core.sha1(base64.decode(block.body))
    end
  end
  return certificates.together(found)
end

-- The same of what these processes say of a file: a sequence, or nil and an error.
local function shown(context, kind, file, processes)
  return stores.details(context, kind, file, function(lines)
    return { fingerprint = certificates.fingerprint(lines) }
  end, processes)
end

-- Does the transaction hold what is to be sent? Then a call like this one left it behind,
-- whose process may have ended meanwhile.
local function is_own(context, kind, reading, file, fingerprint)
  if reading.open ~= file or not fingerprint then
    return false
  end
  local records = shown(context, kind, "*" .. file, { reading.process })
  return records ~= nil and records[1].fingerprint == fingerprint
end

-- A process whose transaction is another's, or nil.
local function busy_one(context, kind, readings, file, fingerprint)
  for _, reading in ipairs(readings) do
    if reading.open and not is_own(context, kind, reading, file, fingerprint) then
      return reading
    end
  end
end

-- Waits until no process has another's transaction open, as `busy` has; returns the last
-- readings.
local function wait_for_end(context, kind, file, limits, fingerprint, busy)
  local what = ("the end of another transaction, to change %s %s"):format(stores.labels[kind], check.quote(file))
  -- The first look was taken already, and is told of even if it took all the time.
  local soon = context.transport:now() + limits.interval
  local own_limits = {
    timeout = limits.timeout,
    interval = limits.interval,
    started = limits.started,
    deadline = math.max(limits.deadline, soon),
  }
  return wait.until_holds(context, own_limits, what, function(seconds)
    local readings, problem
    if not busy then
      readings, problem = stores.read(context, kind, seconds)
      if not readings then
        return nil, problem
      end
      busy = busy_one(context, kind, readings, file, fingerprint)
    end
    if busy then
      local seen = "process %d has one open on %s (abort() would end it)"
      seen = seen:format(busy.process.nb, check.quote(busy.open))
      busy = nil
      return false, seen
    end
    return readings
  end)
end

--- Waits, within these limits, until no process has another's transaction open. Returns the
-- processes that have the file, and behind an error's place those of them, as a set, where
-- a transaction of our own is open.
function contention.processes(context, kind, file, limits, fingerprint)
  local readings, err = stores.read(context, kind)
  local busy = readings and busy_one(context, kind, readings, file, fingerprint)
  if busy then
    readings, err = wait_for_end(context, kind, file, limits, fingerprint, busy)
  end
  if not readings then
    return nil, err
  end
  local processes, own = {}, {}
  for _, reading in ipairs(readings) do
    if reading.has[file] then
      processes[#processes + 1] = reading.process
      own[reading.process] = reading.open ~= nil
    end
  end
  return processes, nil, own
end

--- What another program did between our look and our first step: HAProxy says that it has
-- updated a transaction, where it should have opened one.
function contention.check_opened(file, own)
  return function(requests)
    for _, self in ipairs(requests) do
      if not own[self.process] and request.answer(self):find "^[Tt]ransaction updated " then
        local message = "process %d: another program has a transaction on %s at the same time"
        message = message:format(self.process.nb, check.quote(file))
        return nil, errors.new("CommandFailed", "in_use", message, { results = judge.results(requests) })
      end
    end
    return true
  end
end

--- Does every process have in use now what was committed? Another program may have put
-- its own certificate into the transaction in between.
function contention.check_committed(context, kind, file, processes, fingerprint)
  if rehearsal.is_on(context) then
    return true
  end
  local records, err = shown(context, kind, file, processes)
  if not records then
    return nil, err
  end
  for i, record in ipairs(records) do
    if record.fingerprint ~= fingerprint then
      local message = "process %d: another program has replaced %s at the same time"
      message = message:format(processes[i].nb, check.quote(file))
      return nil, errors.new("CommandFailed", "in_use", message)
    end
  end
  return true
end

--- Did another program come between? Then it is tried again.
function contention.is_in_use(err)
  if err.code == "in_use" then
    return true
  end
  for _, result in ipairs(err.name == "MultipleCommandResults" and err.results or {}) do
    if result.code == "in_use" then
      return true
    end
  end
  return false
end

return contention
