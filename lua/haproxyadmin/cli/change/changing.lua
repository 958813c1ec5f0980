-- The way of a verb that changes something: what would be sent is found out and shown, or
-- asked about, then sent, and told in one sentence an object.
--
-- What a verb wants done is its *work*:
--
--    work.what       what the objects are called: { "server", "servers" }
--    work.objects    their names, in order
--    work.steps      what each process gets: a sequence of {object =, process =, from =, to =,
--                    command =}; without a command it is so already
--    work.send()     sends it; returns by object {{process =, why =}, ...}, what was not done
--    work.sentence   what an object is then: "is draining"; or a function of its name
--    work.question   asked before it is sent, also of one object
--    work.hint       what to do next, a line
--    work.interrupted()  says, behind Ctrl-C, what state things are in

local ask = require "haproxyadmin.cli.change.ask"
local failure = require "haproxyadmin.cli.base.failure"
local interrupt = require "haproxyadmin.cli.base.interrupt"
local json = require "haproxyadmin.base.json_writer"
local ranges = require "haproxyadmin.cli.base.ranges"

local changing = {}

local rows = {
  { "-n", "--dry-run", help = "say what would be sent to which process, and send nothing" },
  { "--exit-code", help = "with --dry-run: exit status 10 where something would change" },
  { "-y", "--yes", help = "answer the question with yes" },
  { "--force", help = "answer it, and do what takes out a last server, too" },
  { "--no-input", help = "never ask: exit status 2 where a question would be asked" },
}

--- The options of a verb that changes something: its own, and those of all such verbs.
function changing.options(own)
  local list = {}
  for _, part in ipairs { own or {}, rows } do
    for _, row in ipairs(part) do
      list[#list + 1] = row
    end
  end
  return list
end

-- "3 servers"
local function count_of(count, what)
  return ("%d %s"):format(count, count == 1 and what[1] or what[2])
end

-- ---- what would be sent ----

local columns = {
  { key = "object", title = "OBJECT" },
  { key = "processes", title = "PROCESS", show = ranges.write },
  { key = "from", title = "FROM" },
  { key = "to", title = "TO" },
  { key = "command", title = "COMMAND" },
}
for _, column in ipairs(columns) do
  local key = column.key
  column.get = function(item)
    return item[key]
  end
end

-- Steps that are the same in several processes are one line; what one process gets several times is several.
local function lines_of(steps)
  local lines, by_text, times = {}, {}, {}
  for _, step in ipairs(steps) do
    local from, to = tostring(step.from or ""), tostring(step.to or "")
    local text = table.concat({ step.object, from, to, step.command or "" }, "\0")
    local own = text .. "\0" .. tostring(step.process)
    times[own] = (times[own] or 0) + 1
    text = text .. "\0" .. times[own]
    local line = by_text[text]
    if not line then
      line = { object = step.object, processes = json.list {}, from = step.from, to = step.to }
      line.command = step.command or "unchanged"
      by_text[text], lines[#lines + 1] = line, line
    end
    table.insert(line.processes, step.process)
  end
  return lines
end

-- The objects of which something changes, as a set, and how many.
local function changed_objects(work)
  local changed, count = {}, 0
  for _, step in ipairs(work.steps) do
    if step.command and not changed[step.object] then
      changed[step.object], count = true, count + 1
    end
  end
  return changed, count
end

local function show(call, work, count)
  call:items(columns, lines_of(work.steps), {
    name = function(item)
      return item.object
    end,
  })
  local total = #work.objects
  call:say(("dry run: %d of %s would change; nothing was sent"):format(count, count_of(total, work.what)))
  if call.given.exit_code and count > 0 then
    return failure.status.would_change
  end
end

-- ---- what was done ----

-- How many processes each object concerns.
local function processes_of(work)
  local found, seen = {}, {}
  for _, step in ipairs(work.steps) do
    local own, key = found[step.object] or {}, step.object .. "\0" .. tostring(step.process)
    found[step.object] = own
    if not seen[key] then
      seen[key] = true
      own[#own + 1] = step.process
    end
  end
  for _, own in pairs(found) do
    table.sort(own)
  end
  return found
end

local outcome_columns = {
  { key = "object", title = "OBJECT" },
  { key = "changed", title = "CHANGED" },
  { key = "processes", title = "PROCESS", show = ranges.write },
  { key = "failed", title = "FAILED", show = ranges.write },
}
for _, column in ipairs(outcome_columns) do
  local key = column.key
  column.get = function(item)
    return item[key]
  end
end

local function without(processes, failures)
  local failed, left, lost = {}, {}, {}
  for _, entry in ipairs(failures or {}) do
    failed[entry.process] = true
  end
  for _, process in ipairs(processes) do
    table.insert(failed[process] and lost or left, process)
  end
  return json.list(left), json.list(lost)
end

local function sentence_of(work, object)
  return type(work.sentence) == "function" and work.sentence(object) or work.sentence
end

-- Does somebody want the outcome as data?
local function wants_data(call)
  return call.given.json or call.given.output ~= nil and call.given.output ~= "table" and call.given.output ~= "wide"
end

local function tell(call, work, changed, failures)
  local concerned, items, partial = processes_of(work), {}, false
  for _, object in ipairs(work.objects) do
    local all = concerned[object] or {}
    local done, lost = without(all, failures[object])
    items[#items + 1] = { object = object, changed = changed[object] == true, processes = done, failed = lost }
    if not wants_data(call) and #done > 0 then
      local already = changed[object] and "" or " already"
      local line = ("%s %s%s (%d of %d processes)"):format(object, sentence_of(work, object), already, #done, #all)
      call:tell(line)
    end
    for _, entry in ipairs(failures[object] or {}) do
      partial = true
      call:warn(("%s: process %s: %s"):format(object, tostring(entry.process), entry.why))
    end
  end
  if wants_data(call) then
    call:items(outcome_columns, items, {
      name = function(item)
        return item.object
      end,
    })
  end
  return partial
end

-- The outcome cannot be written, to a disk that is full or a pipe that nobody reads: it was done all the same.
local function tell_unwritten(call, count, failures)
  if count > 0 then
    call:say(next(failures) and "a part of what was asked for was done, all the same" or "it was done all the same")
  end
end

--- Does the work, or says what it would be. Returns true when it was sent (or there was nothing to
-- send), else nil; and an exit status, where it is not what it usually is.
function changing.run(call, work)
  local changed, count = changed_objects(work)
  if call.given.dry_run then
    return nil, show(call, work, count)
  end
  ask.permission(call)
  if count > 0 then
    local question = work.question
    if not question and count > 1 then
      question = ("%s will change. Go on?"):format(count_of(count, work.what))
    end
    ask.about(call, question)
  end
  call.interrupted = work.interrupted
  if not call.wrap then
    -- It does not wait: what is under way, in several steps perhaps, is done to its end, or taken back.
    interrupt.note()
    call.finishes = true
  end
  local failures = count > 0 and work.send() or {}
  call.interrupted = nil
  local ok, partial = pcall(function()
    local found = tell(call, work, changed, failures)
    call:flush()
    return found
  end)
  if not ok then
    tell_unwritten(call, count, failures)
    error(partial, 0)
  end
  if work.hint and not partial then
    call:say(work.hint)
  end
  return true, partial and failure.status.partial or nil
end

return changing
