-- The reading that all requests share: however many ask, all processes are read once a
-- second at most. Who comes while a reading is under way waits for that one.

local behind = require "haproxyadmin.base.behind"
local errors = require "haproxyadmin.errors"
local protected = require "haproxyadmin.base.protected"

local reading = {}

--- Seconds that a reading serves, and that one may take when nobody says how long.
reading.FRESH, reading.TIMEOUT = 1, 5

-- Seconds between two looks for another's reading, and behind a look at a process that was
-- about to end.
local PAUSE, AGAIN = 0.02, 0.1

-- Seconds between two looks for processes whose sockets came later, or that did not answer
-- when they were looked for; and that a look may take, since a socket that never answers takes all of it.
local LOOK, LOOKING = 10, 1

-- Seconds after which another reads, although nobody has told how the last one ended: where
-- a request is ended from outside (nginx), what it was about to say is never said.
local FORGOTTEN = 30

local Reading = {}
Reading.__index = Reading

--- `open(numbers)`: the HAProxy object, or nil and an error; it is asked until there is one.
-- With a sequence of numbers: one of these processes only.
-- `transport`: what waits (`now`, `sleep`). `accumulate(snapshot)`: is given every reading, in
-- order; returns the Totals that have taken it. `log(words)`: is told when a process goes, and when it is back.
function reading.new(options)
  return setmetatable({
    open = options.open,
    transport = options.transport,
    accumulate = options.accumulate,
    timeout = options.timeout or reading.TIMEOUT,
    log = options.log or function() end,
    -- How many readings there were, and which failures: {[process's number] = {[code] = count}};
    -- number 0 stands for all.
    count = 0,
    failures = {},
    -- Processes, by their addresses, that answered last time, and that did not.
    answered = {},
    away = {},
  }, Reading)
end

local function late()
  return nil, errors.new("WaitTimeout", "timeout", "no reading was made in time")
end

-- Did one that answered last time leave this time, and not by being slow? A reload takes no
-- longer than a moment.
local function has_left(self, snapshot)
  for _, entry in ipairs(snapshot.failed) do
    if self.answered[entry[1]] and entry[2].code ~= "timeout" then
      return true
    end
  end
  return false
end

-- Lets processes take part that are there by now.
local function look_for_more(self, deadline)
  local now = self.transport:now()
  local seconds = math.min(LOOKING, (deadline - now) / 2)
  if now - self.looked < LOOK or seconds <= 0 then
    return
  end
  local joined, err = self.hap:rescan { keep = true, timeout = seconds, die = false }
  self.looked = self.transport:now()
  local words = not joined and err.message or nil
  if words and words ~= self.trouble then
    self.log(words)
  end
  self.trouble = words
end

local function take(self, deadline)
  local hap, err = self.hap, nil
  if not hap then
    hap, err = self.open()
    self.hap, self.looked = hap, self.transport:now()
  else
    look_for_more(self, deadline)
  end
  if not hap then
    return nil, err
  end
  local function snapshot()
    local seconds = math.min(deadline - self.transport:now(), self.timeout)
    if seconds <= 0 then
      return late()
    end
    return hap:snapshot { partial = true, timeout = seconds, die = false }
  end
  local taken
  taken, err = snapshot()
  if taken and has_left(self, taken) then
    self.transport:sleep(AGAIN)
    local again = snapshot()
    if again and #again.failed < #taken.failed then
      taken = again
    end
  end
  return taken, err
end

local function count_failure(self, process, code)
  local counts = self.failures[process] or {}
  self.failures[process] = counts
  counts[code] = (counts[code] or 0) + 1
end

--- Counts what else was asked of all processes, and was not answered.
function Reading:miss(err)
  count_failure(self, 0, err.code)
end

-- The sockets of the folder at which a process should answer that never has; so far they
-- have no number.
local function missed_of(hap)
  local missed = {}
  for _, entry in ipairs(hap.passed_over) do
    if behind.is_missed(entry[2]) then
      missed[#missed + 1] = entry
    end
  end
  return missed
end

local function note(self, taken)
  local answered, away = {}, {}
  for _, process in ipairs(taken.snapshot:processes()) do
    answered[process.address] = true
    if self.away[process.address] then
      self.log(("socket %s answers again"):format(process.address))
    end
  end
  for _, entry in ipairs(taken.snapshot.failed) do
    away[entry[1]] = true
    count_failure(self, entry.process_nb, entry[2].code)
    if not self.away[entry[1]] then
      self.log(entry[2].message)
    end
  end
  taken.missed = missed_of(self.hap)
  self.answered, self.away, self.nobody = answered, away, nil
  if self.accumulate then
    taken.totals = self.accumulate(taken.snapshot)
  end
end

-- Nobody answered.
local function note_failure(self, err)
  count_failure(self, 0, err.code)
  if self.nobody ~= err.code then
    self.nobody = err.code
    self.log(err.message)
  end
end

local function read(self, deadline)
  local mine = {}
  local begun = self.transport:now()
  self.under_way, self.begun = mine, begun
  local ok, snapshot, err = protected.call(take, self, deadline)
  if self.under_way ~= mine then
    -- Another has read meanwhile: totals take readings in their order only.
    return late()
  end
  self.under_way = nil
  if not ok then
    error(snapshot, 0)
  end
  self.count = self.count + 1
  local now = self.transport:now()
  self.last = { snapshot = snapshot, err = err, ended = now, seconds = now - begun, number = self.count }
  if snapshot then
    note(self, self.last)
  else
    note_failure(self, err)
  end
  return self.last
end

--- A reading that is no older than a second, or that was under way. `deadline`: on the
-- transport's clock. Returns `{ snapshot =, missed =, totals =, number =, ended =, seconds = }`, where
-- `missed` has {address, err} of each socket at which no process has answered yet; or nil and an error
-- where nobody answered, or not in time.
function Reading:get(deadline)
  local came = self.transport:now()
  local now, taken, err = came, nil, nil
  while not taken do
    local last = self.last
    if last and (now - last.ended < reading.FRESH or last.ended >= came) then
      taken = last
    elseif not self.under_way or now - self.begun > FORGOTTEN then
      taken, err = read(self, deadline)
    elseif now >= deadline then
      taken, err = late()
    else
      self.transport:sleep(math.min(PAUSE, deadline - now))
      now = self.transport:now()
    end
    if err then
      return nil, err
    end
  end
  if not taken.snapshot then
    return nil, taken.err
  end
  return taken
end

-- The addresses of processes by their numbers, of those that do not answer, too.
local function addresses_of(snapshot)
  local found = {}
  for _, process in ipairs(snapshot:processes()) do
    found[process.process_nb] = process.address
  end
  for _, entry in ipairs(snapshot.failed) do
    if entry.process_nb then
      found[entry.process_nb] = entry[1]
    end
  end
  return found
end

local function refuse(code, words)
  return nil, errors.new("ValueError", code, words)
end

--- The HAProxy object of some processes (nil: of all), as a reading has them: where
-- sockets came and went since, a number may be another process's by now. Or nil and an error.
function Reading:of(taken, numbers)
  if not numbers then
    return self.hap
  end
  local addresses = addresses_of(taken.snapshot)
  for _, nb in ipairs(numbers) do
    if not addresses[nb] then
      return refuse("not_found", ("there is no process %d"):format(nb))
    end
  end
  local hap, err = self.open(numbers)
  if not hap then
    return nil, err
  end
  for _, process in ipairs(hap:processes()) do
    local nb = process.process_nb
    if process.address ~= addresses[nb] then
      return refuse("changed", ("process %d is another one by now: look again"):format(nb))
    end
  end
  return hap
end

return reading
