-- A batch: many commands in few exchanges. Those of one process are joined to lines
-- that fit HAProxy's buffer; every process gets its next line at the same time.

local table_of_commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local judge = require "haproxyadmin.runtime.judge"
local new_request = require("haproxyadmin.runtime.request").new
local plan = require "haproxyadmin.runtime.plan"
local repeated = require "haproxyadmin.runtime.repeated"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"

local batch = {}

-- ---- packing ----

-- A queue is the lines of one process, or of all where all get the same: {processes =,
-- {commands =, places =, bytes =, row =, mixed =, alone =, prompted =, repeats =}, ...}. `places`:
-- which of the batch's commands they are; `mixed`: they are not all of the row; `alone`: nothing
-- is added to a line; `prompted`: each of the commands has a line of its own, and HAProxy a prompt
-- behind each answer; `repeats`: it is sent until nothing is left to do.

-- The same of lines behind which HAProxy is to print a prompt, for which it is asked first.
local PROMPTED_MAX = core.window_max - #"prompt\n"

-- How commands are sent that are nothing special.
local PLAIN = {}

-- Adds a command to a queue. One that has to be repeated until nothing is left has its
-- line for itself, so that what was asked for before it is done before it, and what was
-- asked for behind it, behind it. `how`: {alone =, prompted =, repeats =}.
local function add(queue, place, row, command, how)
  local line, bytes = queue[#queue], #command + 1
  local most = how.prompted and PROMPTED_MAX or core.line_max
  if not line or how.alone or line.alone or line.prompted ~= how.prompted or line.bytes + bytes > most then
    line = {
      commands = {},
      places = {},
      bytes = 0,
      row = row,
      mixed = false,
      alone = how.alone,
      prompted = how.prompted,
      repeats = how.repeats,
    }
    queue[#queue + 1] = line
  end
  local count = #line.commands + 1
  line.commands[count], line.places[count] = command, place
  line.bytes = line.bytes + bytes
  line.mixed = line.mixed or row ~= line.row
end

-- A process whose version is not known may be of such a one.
local function is_unframed(row, process)
  return row.unframed ~= nil and (process.version == nil or table_of_commands.is_in(row.unframed, process.version))
end

local ALONE, PROMPTED, REPEATED = { alone = true }, { prompted = true }, { alone = true, repeats = true }

-- How a command is sent. Behind a refusal that lacks its end the next answer would not be
-- found, were there no prompts; a master has none that could be told from data, and a line that
-- turns a mode on is several commands.
local function how_to_send(row, process)
  if repeated.is_needed(row, process) then
    return REPEATED
  elseif not is_unframed(row, process) then
    return PLAIN
  elseif process.worker or not process.version or table_of_commands.has_mode_in_line(row, process.version) then
    return ALONE
  end
  return PROMPTED
end

-- How commands of a row are sent to all these processes; nil where that differs.
local function how_to_send_all(row, processes)
  local how = processes[1] and how_to_send(row, processes[1]) or PLAIN
  for i = 2, #processes do
    if how_to_send(row, processes[i]) ~= how then
      return nil
    end
  end
  return how
end

-- Where all processes get the same lines, how commands are sent, by row; or nil.
local function common_hows(list)
  local processes, hows = list[1].processes, {}
  for i = 1, #list do
    local wanted = list[i]
    local row = wanted.row
    if not wanted.line or wanted.processes ~= processes then
      return nil
    elseif not hows[row] then
      hows[row] = how_to_send_all(row, processes)
      if not hows[row] then
        return nil
      end
    end
  end
  return hows
end

local function pack_common(list, hows)
  local queue = { processes = list[1].processes }
  for place = 1, #list do
    local row = list[place].row
    add(queue, place, row, list[place].line, hows[row])
  end
  return { queue }
end

local function pack_each(list)
  local queues, order = {}, {}
  local row, number, how
  for place = 1, #list do
    local wanted = list[place]
    for i = 1, #wanted.processes do
      local process = wanted.processes[i]
      local queue = queues[process]
      if not queue then
        queue = { processes = { process } }
        queues[process] = queue
        order[#order + 1] = queue
      end
      -- Nearly always it is as it was with the one before.
      if row ~= wanted.row or number ~= process.version or not how then
        row, number = wanted.row, process.version
        how = how_to_send(row, process)
      end
      add(queue, place, row, wanted.line or wanted.lines[i], how)
    end
  end
  return order
end

local function pack(list)
  if #list == 0 then
    return {}
  end
  local hows = common_hows(list)
  return hows and pack_common(list, hows) or pack_each(list)
end

--- What `send` would send: a sequence of {process, {command, ...}}, and in how many
-- exchanges at least.
function batch.preview(list)
  local lists, exchanges = {}, 0
  for _, queue in ipairs(pack(list)) do
    exchanges = math.max(exchanges, #queue)
    for _, process in ipairs(queue.processes) do
      local commands = {}
      for _, line in ipairs(queue) do
        for _, command in ipairs(line.commands) do
          commands[#commands + 1] = command
        end
      end
      lists[#lists + 1] = { process, commands }
    end
  end
  return lists, exchanges
end

-- ---- what came of it ----

-- Only what is no plain success is noted: `said` and `failed`, by command, then by process. Of
-- the lines whose commands all succeeded the answers are kept as they came: `quiet`.

local function note(notes, place, process, what)
  local own = notes[place]
  if not own then
    own = {}
    notes[place] = own
  end
  own[process] = what
end

-- Is an answer nothing but a success? What one of several parts says, others want to know.
local function is_quiet(row, text)
  return success.of(row, text) and (text == "" or row.success == nil or row.success.parts == nil)
end

-- The same of an answer that each command of a line got.
local function is_quiet_for_all(list, line, text)
  for i = 1, line.mixed and #line.places or 1 do
    if not is_quiet(list[line.places[i]].row, text) then
      return false
    end
  end
  return true
end

local function note_each(found, list, line, process, carrier)
  local texts, quiet = {}, true
  for i, place in ipairs(line.places) do
    local row = list[place].row
    texts[i] = table_of_commands.out_of_mode(row, line.commands[i], carrier.reply:text(i))
    quiet = quiet and is_quiet(row, texts[i])
  end
  if quiet then
    table.insert(found.quiet, { line = line, process = process, texts = texts })
    return
  end
  for i, place in ipairs(line.places) do
    if texts[i] ~= "" or not is_quiet(list[place].row, "") then
      note(found.said, place, process, texts[i])
    end
  end
end

local function note_answers(found, list, line, process, carrier)
  if line.repeats then
    return note(found.said, line.places[1], process, carrier.answer)
  end
  local text = carrier.reply:alike()
  if not text or not is_quiet_for_all(list, line, text) then
    return note_each(found, list, line, process, carrier)
  elseif text ~= "" then
    table.insert(found.quiet, { line = line, process = process, text = text })
  end
end

-- Where a command failed, who judges it wants to know what the others said.
local function note_quiet(found)
  for _, own in ipairs(found.quiet) do
    for i, place in ipairs(own.line.places) do
      note(found.said, place, own.process, own.text or own.texts[i])
    end
  end
end

-- A process that failed gets nothing more: whether the rest would be run in order could
-- not be told.
local function note_failure(found, queue, round, process, carrier)
  for i = round, #queue do
    local sent = i == round and carrier.sent
    for _, place in ipairs(queue[i].places) do
      note(found.failed, place, process, { code = carrier.code, words = carrier.words, sent = sent })
    end
  end
end

-- ---- sending ----

-- The requests that carry the queues' lines of one round: {request, queue, process}
-- each.
local function carriers_of(queues, round, given_up)
  local carriers = {}
  for _, queue in ipairs(queues) do
    local line = queue[round]
    for _, process in ipairs(line and queue.processes or {}) do
      if not given_up[process] then
        local request = new_request(process, line.row, line.commands, "text", false)
        request.prompted = line.prompted
        carriers[#carriers + 1] = { request = request, queue = queue, process = process, repeats = line.repeats }
      end
    end
  end
  return carriers
end

local function send_round(context, carriers)
  local joined, alone = {}, {}
  for _, carrier in ipairs(carriers) do
    table.insert(carrier.repeats and alone or joined, carrier.request)
  end
  if #joined > 0 then
    send.all(context, joined, context.retry)
  end
  if #alone > 0 then
    repeated.all(context, alone)
  end
end

-- Sends all lines, round by round.
local function send_all(context, list, queues)
  local found, given_up, round = { said = {}, failed = {}, quiet = {} }, {}, 1
  local carriers = carriers_of(queues, round, given_up)
  while #carriers > 0 do
    local requests = {}
    send_round(context, carriers)
    for i, carrier in ipairs(carriers) do
      local request, process = carrier.request, carrier.process
      requests[i] = request
      if request.code then
        given_up[process] = true
        note_failure(found, carrier.queue, round, process, request)
      else
        note_answers(found, list, carrier.queue[round], process, request)
      end
    end
    send.done(requests)
    round = round + 1
    carriers = carriers_of(queues, round, given_up)
  end
  if next(found.said) or next(found.failed) then
    note_quiet(found)
  end
  return found
end

-- ---- judging ----

-- The requests of one command, as if they had been sent by themselves.
local function requests_of(wanted, said, failed)
  local requests = plan.requests(wanted)
  for _, request in ipairs(requests) do
    local failure = failed and failed[request.process]
    if failure then
      request.code, request.words, request.sent = failure.code, failure.words, failure.sent
    else
      request.answer = said and said[request.process] or ""
    end
  end
  return requests
end

-- The processes of requests that took a command, or may have.
local function takers(requests)
  local found = {}
  for _, request in ipairs(requests) do
    local took = request.sent
    if not request.code then
      took = success.of(request.row, request.answer)
    end
    if took then
      found[#found + 1] = request.process
    end
  end
  return found
end

--- Sends commands: a sequence of what is wanted (plan.lua). Returns for each command true
-- or its error, how many failed, the error of the first, the requests of those commands
-- that somebody did not just take, and a function of a command's place that returns the
-- processes that took it, or may have; nil where all did.
function batch.send(context, list)
  local found = send_all(context, list, pack(list))
  local outcomes, failed, first, spoken, by_place = {}, 0, nil, {}, {}
  for place = 1, #list do
    local wanted, said, failures = list[place], found.said[place], found.failed[place]
    outcomes[place] = true
    if said or failures then
      local requests = requests_of(wanted, said, failures)
      local ok, err = judge.all(requests)
      if not ok then
        outcomes[place] = err
        failed, first = failed + 1, first or err
      end
      by_place[place] = requests
      spoken[#spoken + 1] = requests
    end
  end
  local function taken(place)
    return by_place[place] and takers(by_place[place])
  end
  return outcomes, failed, first, spoken, taken
end

--- The error of a batch of which some commands failed; `first`: of the first of them.
function batch.error(list, outcomes, failed, first)
  local message = ("%d of %d commands failed; the first: %s"):format(failed, #list, first.message)
  return errors.new(first.name, first.code, message, {
    socket_file = first.socket_file,
    command = first.command,
    results = first.results,
    outcomes = outcomes,
  })
end

return batch
