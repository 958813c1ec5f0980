-- Rehearsing: what would be sent is written down, and counts as done; what reads is read.
--
-- A context has a rehearsal as long as one goes on. It is that of the coroutine which began it:
-- what others do with the same context meanwhile is no part of it.

local core = require "haproxyadmin.core"
local protected = require "haproxyadmin.base.protected"
local success = require "haproxyadmin.replies.success"

local rehearsal = {}

-- A program that uses no coroutines has none in Lua 5.1.
local MAIN = {}

local function here()
  return (protected.running()) or MAIN
end

-- Has it ended without an end? On a plain Lua 5.1 nobody is told of an error in a coroutine.
local function is_lost(own)
  return own.thread ~= MAIN and coroutine.status(own.thread) == "dead"
end

--- Begins one; nil where one goes on already.
function rehearsal.begin(context)
  if context.rehearsal and not is_lost(context.rehearsal) then
    return nil
  end
  context.rehearsal = { thread = here(), lists = {}, by_process = {}, exchanges = 0 }
  return context.rehearsal
end

--- Ends it. Returns what each process would have been sent, a sequence of {process, {line, ...}},
-- and in how many exchanges.
function rehearsal.finish(context)
  local own = context.rehearsal
  context.rehearsal = nil
  return own.lists, own.exchanges
end

--- Is what is asked now a rehearsal's?
function rehearsal.is_on(context)
  return context.rehearsal ~= nil and context.rehearsal.thread == here()
end

-- More than the answers to any line of commands are.
local MOST = 1048576

-- The answers to a request that was not sent: a session as if the process had said so, to each command.
local function reply_to(request)
  local session = core.session("once", 0)
  local answer = success.REHEARSED .. "\n\n"
  session:begin("once", MOST, false, request.commands, request.frame)
  session:feed(answer:rep(#request.commands))
  session:finish()
  return session
end

-- A payload, which may be a private key, is shown to nobody, and how it ends is another word each time. Of a master and
-- its Workers, which are all behind one socket, it is said whom a command is for, as the master wants it said.
local function shown(request, line)
  local row, process = request.row, request.process
  if row and row.secret then
    line = row.line
  elseif not row or row.payload then
    line = line:match "^([^\n]*<<)%S*%s*\n" or line
  end
  return process.fixed and ("@!%d %s"):format(process.worker, line) or line
end

--- Writes down one command more of a request.
function rehearsal.add(context, request, line)
  local own, nb = context.rehearsal, request.process.nb
  local lines = own.by_process[nb]
  if not lines then
    lines = {}
    own.by_process[nb] = lines
    own.lists[#own.lists + 1] = { request.process, lines }
  end
  lines[#lines + 1] = shown(request, line)
end

--- Counts exchanges.
function rehearsal.count(context, exchanges)
  context.rehearsal.exchanges = context.rehearsal.exchanges + exchanges
end

--- Writes down requests, each of which changes something, as if they were sent.
function rehearsal.note(context, requests)
  rehearsal.count(context, 1)
  for _, request in ipairs(requests) do
    for _, line in ipairs(request.commands) do
      rehearsal.add(context, request, line)
    end
    request.reply = reply_to(request)
  end
end

return rehearsal
