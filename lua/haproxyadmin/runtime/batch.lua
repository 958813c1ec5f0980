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
-- {commands =, places =, bytes =, row =, alone =, repeats =}, ...}. `places`: which of the
-- batch's commands they are; `alone`: nothing is added to a line; `repeats`: it is sent
-- until nothing is left to do.

-- Adds a command to a queue. One that has to be repeated until nothing is left has its
-- line for itself, so that what was asked for before it is done before it, and what was
-- asked for behind it, behind it; so has one behind whose refusal the next answer would
-- not be found.
local function add(queue, place, row, command, alone, repeats)
  local line, bytes = queue[#queue], #command + 1
  if not line or alone or line.alone or line.bytes + bytes > core.line_max then
    line = { commands = {}, places = {}, bytes = 0, row = row, alone = alone, repeats = repeats }
    queue[#queue + 1] = line
  end
  local count = #line.commands + 1
  line.commands[count], line.places[count] = command, place
  line.bytes = line.bytes + bytes
end

-- Do all processes get the same lines?
local function is_common(list)
  local processes = list[1].processes
  for i = 1, #list do
    local wanted = list[i]
    if not wanted.line or wanted.processes ~= processes or wanted.row.repeats or wanted.row.unframed then
      return false
    end
  end
  return true
end

local function pack_common(list)
  local queue = { processes = list[1].processes }
  for place = 1, #list do
    add(queue, place, list[place].row, list[place].line, false)
  end
  return { queue }
end

-- A process whose version is not known may be of such a one.
local function is_unframed(row, process)
  return row.unframed ~= nil and (process.version == nil or table_of_commands.is_in(row.unframed, process.version))
end

local function pack_each(list)
  local queues, order = {}, {}
  for place, wanted in ipairs(list) do
    for i, process in ipairs(wanted.processes) do
      local queue = queues[process]
      if not queue then
        queue = { processes = { process } }
        queues[process] = queue
        order[#order + 1] = queue
      end
      local repeats = repeated.is_needed(wanted.row, process)
      local alone = repeats or is_unframed(wanted.row, process)
      add(queue, place, wanted.row, wanted.line or wanted.lines[i], alone, repeats)
    end
  end
  return order
end

local function pack(list)
  if #list == 0 then
    return {}
  end
  return is_common(list) and pack_common(list) or pack_each(list)
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

-- Only what is not silence is noted: `said` and `failed`, by command, then by process.
local function note(notes, place, process, what)
  local own = notes[place]
  if not own then
    own = {}
    notes[place] = own
  end
  own[process] = what
end

local function note_answers(found, line, process, carrier)
  if line.repeats then
    return note(found.said, line.places[1], process, carrier.answer)
  elseif carrier.reply:silent() then
    return
  end
  for i, place in ipairs(line.places) do
    local text = table_of_commands.out_of_mode(line.row, line.commands[i], carrier.reply:text(i))
    if text ~= "" then
      note(found.said, place, process, text)
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
local function send_all(context, queues)
  local found, given_up, round = { said = {}, failed = {} }, {}, 1
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
        note_answers(found, carrier.queue[round], process, request)
      end
    end
    send.done(requests)
    round = round + 1
    carriers = carriers_of(queues, round, given_up)
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

-- Is silence of all processes what the command's row calls a success?
local function may_be_silent(row)
  return row.success == nil
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
-- to which somebody did not answer with silence, and by the place of each of those the
-- processes that took it, or may have.
function batch.send(context, list)
  local found = send_all(context, pack(list))
  local outcomes, failed, first, spoken, taken = {}, 0, nil, {}, {}
  for place = 1, #list do
    local wanted, said, failures = list[place], found.said[place], found.failed[place]
    outcomes[place] = true
    if said or failures or not may_be_silent(wanted.row) then
      local requests = requests_of(wanted, said, failures)
      local ok, err = judge.all(requests)
      if not ok then
        outcomes[place] = err
        failed, first = failed + 1, first or err
      end
      taken[place] = takers(requests)
      spoken[#spoken + 1] = requests
    end
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
