-- Making the entries of a map or an ACL those that are wanted, in every process: by
-- as few changes as each process needs (diff), or by a new version that is filled,
-- counted and committed in all of them (replace).

local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local dump = require "haproxyadmin.runtime.dump"
local errors = require "haproxyadmin.errors"
local fill = require "haproxyadmin.runtime.fill"
local judge = require "haproxyadmin.runtime.judge"
local new_plan = require "haproxyadmin.runtime.plan"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local reading = require "haproxyadmin.runtime.reading"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"
local version = require "haproxyadmin.base.version"

local sync = {}

-- From these versions on there are versions of maps, and payloads that end with a
-- pattern.
local VERSIONS_SINCE, PATTERNS_SINCE = version.number "2.4", version.number "2.9"

-- What costs HAProxy as much as the entry of a payload: a command of its own, and an
-- entry that goes with the version that it is of; and the exchanges of a replacement.
local COMMAND, GONE, EXCHANGES = 5, 0.3, 500

-- The same of an entry that HAProxy passes over on its way to one that it changes or
-- deletes: by its reference, or by its key where there is no index.
local PASSED, PASSED_WITHOUT_INDEX = 1 / 250, 1 / 40

-- How often entries are compared before it is given up to make them equal: others may
-- change them meanwhile.
local ROUNDS = 3

-- ---- one sync ----

-- What is known of one: the context, `what` ("map" or "acl"), `file` or `id`, the wanted
-- `entries`, its `options`, whether it is to `verify` what came of it, the `places` (see
-- dump.places), and how many `exchanges` there were with each process, by its slot.
local function begin(context, target, entries, options)
  local self = {
    context = context,
    what = target.what,
    file = target.file,
    id = target.id,
    only = target.only,
    name = target.file or ("#%d"):format(target.id),
    entries = entries,
    options = options,
    -- What was only rehearsed is not to be found.
    verify = options.verify ~= false and not rehearsal.is_on(context),
    exchanges = {},
  }
  return self
end

local function count_exchange(self, processes)
  for _, process in ipairs(processes) do
    self.exchanges[process.slot] = (self.exchanges[process.slot] or 0) + 1
  end
end

local function processes_of(self)
  local processes = {}
  for i, place in ipairs(self.places) do
    processes[i] = place.process
  end
  return processes
end

-- Where it is, and who has it. True, or nil and an error.
local function look(self)
  local places, err = dump.places(self.context, self.what, self.file, self.id, self.only)
  if not places then
    return nil, err
  end
  self.places = places
  local processes = processes_of(self)
  local ok
  ok, err = reading.info(self.context, processes)
  if not ok then
    return nil, err
  end
  for _, place in ipairs(places) do
    if self.what == "acl" and place.is_map then
      local message = ("ACL %s is shared with a map, whose entries have values: hap:map() changes it"):format(self.name)
      return nil, errors.new("ValueError", "bad_argument", message)
    end
    place.pid, place.start = place.process.pid, place.process.start
  end
  count_exchange(self, processes)
  count_exchange(self, processes)
  return true
end

local function args(self, version_number)
  return { id = self.name, version = version_number }
end

-- The words of a row that a script puts entries behind, for one process; or nil and an
-- error.
local function words(self, place, name, version_number)
  local row = commands.find(name .. " " .. (version_number and "version" or "entries"))
  local line, err = commands.words(row, args(self, version_number))
  if not line then
    return nil, err
  end
  local ok
  ok, err = commands.allowed(row, line, place.process.version)
  if not ok then
    err.message = ("process %d: %s"):format(place.process.nb, err.message)
    return nil, err
  end
  return line, nil, row
end

local function too_long()
  local message = "argument 'wanted': an entry is longer than HAProxy takes at once, 12288 bytes with its command"
  return nil, errors.new("ValueError", "too_big", message)
end

local function is_named(place)
  local number = place.process.version
  return number ~= nil and number >= PATTERNS_SINCE
end

-- ---- plans ----

-- Adds what a process gets to the sums of a plan.
local function note(plan, numbers)
  for _, name in ipairs { "added", "changed", "deleted", "kept" } do
    plan[name] = plan[name] + numbers[name]
  end
  plan.processes[#plan.processes + 1] = numbers
end

local function plan_of(self, mode)
  local plan = {
    mode = mode,
    added = 0,
    changed = 0,
    deleted = 0,
    kept = 0,
    exchanges = 0,
    processes = {},
    entries = self.entries,
    map = self.what == "map",
  }
  for _, place in ipairs(self.places) do
    local numbers = { process_nb = place.process.nb, added = 0, changed = 0, deleted = 0, kept = 0, others = 0 }
    numbers.diff = place.diff
    if place.diff then
      numbers.added, numbers.changed, numbers.deleted, numbers.kept = place.diff:numbers()
    else
      numbers.added, numbers.deleted = self.entries:count(), place.count or 0
    end
    place.numbers = numbers
    note(plan, numbers)
  end
  return plan
end

-- ---- comparing ----

local function foreign(place, self)
  local message = ("socket %s: '%s' is no list of entries"):format(place.process.address, self.name)
  return nil, errors.new("SocketApplicationError", "failed", message, { socket_file = place.process.address })
end

-- Compares each process with what is wanted: place.diff, place.counted. True, or nil and
-- an error.
local function compare(self, places)
  local diffs, err = dump.diffs(self.context, "show " .. self.what .. " entries", args(self), places, self.entries)
  if not diffs then
    return nil, err
  end
  for i, place in ipairs(places) do
    place.diff = diffs[i]
    if not place.diff then
      return foreign(place, self)
    end
    local added, changed, deleted, kept, ordered, references = place.diff:numbers()
    place.ordered = ordered
    place.steps = added + changed + deleted
    place.counted = changed + deleted + kept
    local searches, passed = references, PASSED
    if not fill.has_index(place.process.version) then
      searches, passed = changed + deleted, PASSED_WITHOUT_INDEX
    end
    place.searches = searches
    place.costs = added + COMMAND * (changed + deleted) + searches * place.counted * passed
    count_exchange(self, { place.process })
  end
  return true
end

-- ---- diff ----

local function job_of(self, place)
  local add, err, row = words(self, place, "add " .. self.what)
  local set, del
  if add and self.what == "map" then
    set, err = words(self, place, "set map")
  end
  if not err then
    del, err = words(self, place, "del " .. self.what)
  end
  if err then
    return nil, err
  end
  local script = core.script(place.diff, is_named(place), add, set, del)
  if not script then
    return too_long()
  end
  local job = fill.job(place.process, row, add, script, place.searches > 0 and place.counted or 0)
  job.place = place
  return job
end

local function jobs_of(self, places)
  local jobs = {}
  for _, place in ipairs(places) do
    if place.steps > 0 then
      local job, err = job_of(self, place)
      if not job then
        return nil, err
      end
      jobs[#jobs + 1] = job
    end
  end
  return jobs
end

local function send_jobs(self, jobs, options)
  fill.all(self.context, jobs, options)
  local requests = {}
  for i, job in ipairs(jobs) do
    requests[i] = job.request
    local slot = job.process.slot
    self.exchanges[slot] = (self.exchanges[slot] or 0) + job.exchanges
  end
  return requests
end

-- Those that had something to do: is each of them the process that it was, and has it
-- as many entries as are wanted? Where HAProxy does not count them (up to 2.5), all are
-- compared again.
local function doubtful(self, jobs)
  local old = {}
  for _, place in ipairs(self.places) do
    old[place.process] = place
  end
  local ok, err = look(self)
  if not ok then
    return nil, err
  end
  local worked = {}
  for _, job in ipairs(jobs) do
    worked[job.process] = job
  end
  local found = {}
  for _, place in ipairs(self.places) do
    local before, job = old[place.process], worked[place.process]
    place.numbers, place.diff = before and before.numbers, before and before.diff
    local same = before and before.pid == place.pid and before.start == place.start
    if job and place.count and same and place.numbers then
      -- Entries of versions that somebody prepares are counted, too.
      place.others = place.count - self.entries:count() - (before.count or 0) + before.counted
    end
    if (job and (place.others ~= 0 or job.missed > 0)) or not same then
      found[#found + 1] = place
    end
  end
  return found
end

local function changing()
  local message = "the entries are not yet as wanted: others change them, or processes are replaced, meanwhile"
  return nil, errors.new("InconsistentData", "inconsistent", message)
end

-- Makes each process equal by its own diff; true, or nil and an error.
local function apply_diffs(self)
  local places = self.places
  for round = 1, ROUNDS do
    local jobs, err = jobs_of(self, places)
    if not jobs then
      return nil, err
    elseif #jobs == 0 then
      return true
    end
    local requests = send_jobs(self, jobs, { tolerant = true, progress = round == 1 and self.options.progress })
    local ok
    ok, err = judge.all(requests)
    if not ok then
      return nil, err
    elseif not self.verify then
      return true
    end
    places, err = doubtful(self, jobs)
    if not places then
      return nil, err
    elseif #places == 0 then
      return true
    end
    ok, err = compare(self, places)
    if not ok then
      return nil, err
    end
    for _, place in ipairs(places) do
      if place.numbers then
        place.numbers.others = place.numbers.others + place.steps
      end
    end
  end
  for _, place in ipairs(places) do
    if place.steps > 0 then
      return changing()
    end
  end
  return true
end

-- ---- replace ----

-- A command of each place in its process, whose version is known; the requests, and true,
-- or nil and an error.
local function in_all(self, name, places, retry, seconds)
  local by_process, processes = {}, {}
  for i, place in ipairs(places) do
    by_process[place.process], processes[i] = place, place.process
  end
  local requests, err = new_plan.command(processes, name, function(process)
    return args(self, by_process[process].version)
  end)
  if not requests then
    return nil, nil, err
  end
  send.all(self.context, requests, retry, nil, seconds)
  count_exchange(self, processes)
  local ok
  ok, err = judge.all(requests)
  return requests, ok, err
end

-- Drops the versions that were prepared, as far as the version of HAProxy can. Whatever
-- comes of it: they are in nobody's use. Those that stay for sure are told by the error that
-- was the reason, since they take memory.
local function drop(self, err)
  local row = commands.find("clear " .. self.what .. " version")
  local until_version = version.number(row.drops_until)
  local places, left = {}, {}
  for _, place in ipairs(self.places) do
    local number = place.process.version
    if place.version and number and number < until_version then
      places[#places + 1] = place
    elseif place.version then
      left[#left + 1] = tostring(place.process.nb)
    end
  end
  if #places > 0 then
    in_all(self, row.name, places, false, dump.seconds(self.context, self.entries:count()))
  end
  if #left > 0 then
    local told = "%s; entries that were prepared stay in process %s, unused, until others are committed"
    err.message = told:format(err.message, table.concat(left, ", "))
  end
  return err
end

-- Prepares a version in every process: place.version. True, or nil and an error.
local function prepare(self)
  local requests, ok, err = in_all(self, "prepare " .. self.what, self.places, self.context.retry)
  for i, self_request in ipairs(requests or {}) do
    local answer = not self_request.code and request.answer(self_request) or ""
    if success.of(self_request.row, answer) then
      self.places[i].version = answer == success.REHEARSED and commands.ANY_VERSION or tonumber(answer:match "%d+$")
    end
  end
  return ok, err
end

local function fill_versions(self)
  local jobs = {}
  for i, place in ipairs(self.places) do
    local add, err, row = words(self, place, "add " .. self.what, place.version)
    if not add then
      return nil, err
    end
    local script = core.script(self.entries, is_named(place), add)
    if not script then
      return too_long()
    end
    jobs[i] = fill.job(place.process, row, add, script)
  end
  return judge.all(send_jobs(self, jobs, { together = true, progress = self.options.progress }))
end

local function miscounted(self, place, count)
  local message = ("process %d has %d of %d entries of the new version of %s: nothing was committed"):format(
    place.process.nb,
    count,
    self.entries:count(),
    self.name
  )
  return nil, errors.new("InconsistentData", "inconsistent", message)
end

local function replaced(place)
  local message = ("process %d was replaced by another one meanwhile: nothing was committed"):format(place.process.nb)
  return nil, errors.new("InconsistentData", "inconsistent", message)
end

-- Counts the entries of the new version in every process. HAProxy (2.6 on) tells how many
-- entries of all versions there are; where that does not say enough, the version is read.
local function count_versions(self)
  local before, wanted = self.places, self.entries:count()
  local ok, err = look(self)
  if not ok then
    return nil, err
  elseif #self.places ~= #before then
    self.places = before
    return replaced(before[1])
  end
  local unsure = {}
  for i, place in ipairs(before) do
    local now = self.places[i]
    if now.process ~= place.process or now.pid ~= place.pid or now.start ~= place.start then
      self.places = before
      return replaced(place)
    end
    if not (place.count and now.count) or now.count - place.count ~= wanted then
      unsure[#unsure + 1] = place
      place.numbers.others = place.count and now.count and now.count - place.count - wanted or 0
    end
  end
  self.places = before
  for _, place in ipairs(unsure) do
    local dumps
    dumps, err = dump.all(self.context, "show " .. self.what .. " version", args(self, place.version), {
      { process = place.process, count = wanted },
    })
    if not dumps then
      return nil, err
    end
    count_exchange(self, { place.process })
    local count = dump.count(self.context.transport, dumps[1])
    dumps[1]:free()
    if count ~= wanted then
      return miscounted(self, place, count)
    end
  end
  return true
end

local function committed_in(results)
  local done, left = {}, {}
  for _, result in ipairs(results) do
    table.insert(result.ok and done or left, tostring(result[1]))
  end
  return done, left
end

-- Commits in every process; true, or nil and an error that says who has what.
local function commit(self)
  local seconds = dump.seconds(self.context, self.entries:count())
  local _, ok, err = in_all(self, "commit " .. self.what, self.places, self.context.retry, seconds)
  if ok or not err or not err.results then
    return ok, err
  end
  local done, left = committed_in(err.results)
  if #done == 0 then
    return nil, err
  end
  local message = ("%s: new entries in process %s, old ones, as far as is known, in process %s; "):format(
    self.name,
    table.concat(done, ", "),
    table.concat(left, ", ")
  ) .. "the same call completes it: " .. err.message
  return nil, errors.new("MultipleCommandResults", "inconsistent", message, { results = err.results, cause = err })
end

local function replace(self)
  local ok, err = prepare(self)
  if ok then
    ok, err = fill_versions(self)
  end
  if ok and self.verify then
    ok, err = count_versions(self)
  end
  if not ok then
    return nil, drop(self, err)
  end
  return commit(self)
end

-- ---- which of the two ----

local function oldest(self)
  local found
  for _, place in ipairs(self.places) do
    local number = place.process.version or 0
    found = found and math.min(found, number) or number
  end
  return found
end

local function order_differs(self)
  for _, place in ipairs(self.places) do
    if not place.ordered then
      return true
    end
  end
  return false
end

local function cheaper(self)
  for _, place in ipairs(self.places) do
    if place.costs > self.entries:count() * (1 + GONE) + place.counted * GONE + EXCHANGES then
      return "replace"
    end
  end
  return "diff"
end

-- "diff" or "replace"; or nil and an error.
local function choose(self)
  local mode, options = self.options.mode or "auto", self.options
  local can_replace = oldest(self) >= VERSIONS_SINCE
  if mode == "replace" and not can_replace then
    local message = "mode 'replace' needs HAProxy 2.4 or later in every process; one is a %s"
    return nil, errors.new("CommandFailed", "unsupported", message:format(version.text(oldest(self))))
  elseif mode ~= "replace" and options.ordered and order_differs(self) then
    if mode == "diff" or not can_replace then
      local message = "the order of the entries differs, and only mode 'replace' (HAProxy 2.4 and later) changes it"
      return nil, errors.new("CommandFailed", "unsupported", message)
    end
    return "replace"
  elseif mode == "auto" then
    return can_replace and cheaper(self) or "diff"
  end
  return mode
end

local function sum(numbers)
  local total = 0
  for _, number in pairs(numbers) do
    total = total + number
  end
  return total
end

--- Makes the entries of a target ({what =, file = or id =}) the wanted ones in every process
-- that has it, or in its `only` one. Returns what was done, or with the option `dry_run` what would be:
-- {mode =, added =, changed =, deleted =, kept =, exchanges =, processes =, entries =};
-- or nil and an error. Options: `mode`, `ordered`, `verify`, `dry_run`, `progress`.
function sync.run(context, target, entries, options)
  local self = begin(context, target, entries, options)
  local ok, err = look(self)
  if not ok then
    return nil, err
  end
  if options.mode ~= "replace" or options.dry_run then
    ok, err = compare(self, self.places)
    if not ok then
      return nil, err
    end
  end
  local mode
  mode, err = choose(self)
  if not mode then
    return nil, err
  end
  local plan = plan_of(self, mode)
  if not options.dry_run then
    local apply = mode == "replace" and replace or apply_diffs
    ok, err = apply(self)
    if not ok then
      return nil, err
    end
  end
  plan.exchanges = sum(self.exchanges)
  return plan
end

return sync
