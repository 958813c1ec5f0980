-- Filling: the commands of a script for each process, window by window, all processes at
-- once. What is sent here is never sent again: it adds entries, and nobody knows which
-- of a window that was cut off are there.
--
-- Each process has a connection of its own while it is filled, where the transport can
-- open some; else, and through a master, each window has one. On a connection a process gets some windows in one
-- exchange, as soon as it has answered the one before, so that it does not wait for the
-- others. The deadline is each exchange's; all together have one as well.

local core = require "haproxyadmin.core"
local master = require "haproxyadmin.runtime.master"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local version = require "haproxyadmin.base.version"

local fill = {}

-- An answer is silence, or some words.
local MOST_WORDS = 1048576

-- Seconds that an entry may take in all windows together, on average: a hundred times
-- of what it does.
local EACH = 2e-4

-- How many more windows an exchange has: 16 are some 190 kB, or less than a tenth of a
-- second.
local WINDOWS = 15

-- Seconds in which HAProxy passes over one entry on its way to one that is changed or
-- deleted: where that is named by its reference or, before there was an index, by its key.
-- Some times of what it does.
local PASSED, PASSED_WITHOUT_INDEX = 1e-7, 5e-7

-- HAProxy 2.6 looks at one entry after the other for a key, 3.0 has an index; what is
-- between is taken for the slower.
local INDEX_SINCE = version.number "3.0"

--- Does a process of this version (a number, or nil) find the entries of a key without
-- looking at all others?
function fill.has_index(number)
  return number ~= nil and number >= INDEX_SINCE
end

--- A job: what one process is sent. `row`, `line`: how errors name it; `entries`: how many
-- the process may have to look through for each that is changed or deleted.
function fill.job(process, row, line, script, entries)
  return {
    request = request.new(process, row, { line }, "text", false),
    process = process,
    script = script,
    session = core.session("once", 0),
    passing = (entries or 0) * (fill.has_index(process.version) and PASSED or PASSED_WITHOUT_INDEX),
    done = 0,
    missed = 0,
    exchanges = 0,
  }
end

local function fail(job, code, words, sent)
  job.failed = true
  job.request.code, job.request.words = code, words
  job.request.sent = sent or job.done > 0
end

local function close(job)
  if job.connection then
    job.connection:close()
    job.connection = nil
  end
end

local function open(context, job)
  local transport = context.transport
  if not transport.open or context.master then
    return
  end
  local code, words
  job.connection, code, words = transport:open(job.process.address, transport:now() + context.timeout)
  job.fresh = true
  if not job.connection then
    fail(job, code, words, false)
  end
end

-- Looks at the answers of one window. One that did not find what was to be changed or
-- deleted is counted where the job is tolerant: somebody else was there before.
local function settle(job, exchange, tolerant)
  job.exchanges = job.exchanges + 1 + job.session:turns() - exchange.turns
  job.done = job.script:place()
  job.fresh = false
  if exchange.code then
    return fail(job, exchange.code, exchange.words, exchange.sent)
  end
  local session = job.session
  if session:alike() ~= "" then
    for i = 1, session:count() do
      local text = session:text(i)
      if text ~= "" and tolerant and core.refusal(text) == "not_found" then
        job.missed = job.missed + 1
      elseif text ~= "" then
        job.failed, job.request.answer = true, text
        return
      end
    end
  end
  job.done, job.steps = job.script:done()
end

-- Through a master: does the worker that was begun with still serve? Several lines may not be
-- sent to one that is gone, and what a reload has replaced need not be filled any more.
local function check_workers(context, jobs)
  local found, looked = send.look(context)
  for _, job in ipairs(jobs) do
    if not job.failed and not job.finished and not found then
      fail(job, looked.code, looked.words, false)
    elseif not job.failed and not job.finished and not master.serves(found, job.process) then
      fail(job, "gone", nil, false)
    end
  end
end

-- How many more windows an exchange of a job may have. A window of changes may take long.
local function more_windows(context, job)
  return context.transport.goes_on and job.passing == 0 and WINDOWS or 0
end

-- The next window of each job, and the seconds that it may take.
local function next_windows(context, jobs)
  if context.master then
    check_workers(context, jobs)
  end
  local exchanges, seconds = {}, context.timeout
  for _, job in ipairs(jobs) do
    if not job.failed and not job.finished then
      local stays = job.connection ~= nil
      local windows = more_windows(context, job)
      local line, steps = job.script:begin(
        job.session,
        stays,
        MOST_WORDS,
        job.fresh == true,
        windows,
        job.process.worker
      )
      if line then
        exchanges[#exchanges + 1] = {
          address = job.process.address,
          connection = job.connection,
          line = line,
          reply = job.session,
          job = job,
          turns = job.session:turns(),
        }
        seconds = math.max(seconds, context.timeout + steps * (windows * EACH + job.passing))
      else
        job.finished = true
        job.request.answer = ""
      end
    end
  end
  return exchanges, seconds
end

local function any_failed(jobs)
  for _, job in ipairs(jobs) do
    if job.failed then
      return true
    end
  end
  return false
end

local function report(progress, jobs, total)
  local done = 0
  for _, job in ipairs(jobs) do
    done = done + job.done
  end
  progress(done, total)
end

-- Jobs that nobody goes on with.
local function give_up(jobs, code)
  for _, job in ipairs(jobs) do
    if not job.failed and not job.finished then
      fail(job, code, nil, job.done > 0)
    end
  end
end

local function run(context, jobs, options)
  local transport = context.transport
  local total, longest = 0, 0
  for _, job in ipairs(jobs) do
    local _, steps = job.script:done()
    total = total + steps
    longest = math.max(longest, steps * (1 + job.passing / EACH))
  end
  local deadline = transport:now() + 10 * context.timeout + longest * EACH
  for _, job in ipairs(jobs) do
    open(context, job)
  end
  while not (options.together and any_failed(jobs)) do
    local exchanges, seconds = next_windows(context, jobs)
    local now = transport:now()
    if #exchanges == 0 then
      return
    elseif context.closed or now >= deadline then
      return give_up(jobs, context.closed and "over" or "timeout")
    end
    transport:exchange(exchanges, math.min(now + seconds, deadline))
    for _, exchange in ipairs(exchanges) do
      settle(exchange.job, exchange, options.tolerant)
    end
    if options.progress then
      report(options.progress, jobs, total)
    end
  end
end

-- Writes a job's windows down, each of which is a payload or lines; returns in how many exchanges they would go.
local function rehearse(context, job)
  local windows, payload = 0, job.request.commands[1] .. " <<"
  while true do
    local text = job.script:begin(job.session, true, MOST_WORDS, false)
    if not text then
      break
    elseif text:sub(1, #payload) == payload then
      rehearsal.add(context, job.request, text)
    else
      for line in text:gmatch "[^\n]+" do
        rehearsal.add(context, job.request, line)
      end
    end
    windows = windows + 1
    job.done = job.script:done()
  end
  job.finished, job.request.answer = true, ""
  return math.ceil(windows / (1 + more_windows(context, job)))
end

--- Sends the scripts of all jobs. Afterwards the `request` of each says what became of
-- it, `done` how many steps were done, `missed` how many found nothing. Options:
-- `together`: where one fails, the others stop; `tolerant`: what is not found is no
-- failure; `progress(done, total)` is called behind each window, with the steps of all.
function fill.all(context, jobs, options)
  if rehearsal.is_on(context) then
    local most = 0
    for _, job in ipairs(jobs) do
      most = math.max(most, rehearse(context, job))
    end
    rehearsal.count(context, most)
  else
    run(context, jobs, options)
  end
  for _, job in ipairs(jobs) do
    close(job)
    job.session:free()
    if not job.failed and not job.finished then
      job.request.answer = "was not done: another process failed before"
    end
  end
end

return fill
