-- Raw commands: text that a caller wrote, sent as it is to processes.
--
-- How the answer to a command ends that nobody here knows cannot be told from the
-- answer: some have empty lines inside, some lack the one at the end. So a second
-- command follows in the same line, whose answer is known. Where that one came, all
-- before it is whole.

local check = require "haproxyadmin.base.check"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local plan = require "haproxyadmin.runtime.plan"
local send = require "haproxyadmin.runtime.send"
local version = require "haproxyadmin.base.version"

local raw = {}

local mark = commands.find "show cli level"
local LEVELS = { user = true, operator = true, admin = true }

-- Does a line end with what begins a payload?
local function begins_payload(line)
  return line:find "<<%S*%s*$" ~= nil
end

-- What may not have a command behind it: text of several lines, a payload's begin, a
-- backslash that would take the separator for its own.
local function may_be_marked(text, process)
  local backslashes = #text:match "\\*$"
  return not text:find("\n", 1, true)
    and not begins_payload(text)
    and backslashes % 2 == 0
    and #text + #mark.name < core.line_max
    and (process.version == nil or process.version >= version.number(mark.since))
end

-- Would a master hand a part of the text to another process than was meant? It takes a
-- word with an `@` at a command's beginning for an address. Lines of a payload are no
-- commands.
local function is_addressed(text)
  local first = text:match "^[^\n]*"
  local seen = begins_payload(first) and first or text
  return (";" .. seen:gsub("\\.", "")):find "[;\n]%s*@" ~= nil
end

--- May this text be sent in this context? True, or nil and a ValueError.
function raw.check(context, text)
  local ok, err = check.text("text", text)
  if not ok then
    return nil, err
  elseif context.master and is_addressed(text) then
    return check.fail("text", "command without '@', which would address another process", text)
  end
  return true
end

-- The answer without the mark's, or nil where that did not come.
local function unmarked(text)
  local answer, last = text:match "^(.*\n)([^\n]*)\n\n$"
  local level = last and (last:match "^%[%w+%]: (%l+)$" or last)
  return LEVELS[level] and answer or nil
end

--- Sends text to these processes. Each request then has its `answer`, or a code.
function raw.send(context, processes, text)
  local requests = plan.raw(processes, text)
  for _, self in ipairs(requests) do
    self.marked = may_be_marked(text, self.process)
    self.shown = text
    if self.marked then
      self.commands = { text .. ";" .. mark.name }
    end
  end
  send.all(context, requests, context.retry)
  for _, self in ipairs(requests) do
    if not self.code and self.marked then
      self.answer = unmarked(self.reply:raw())
      if not self.answer then
        self.code, self.sent = "truncated", true
      else
        self.answer = self.answer:gsub("\n$", ""):gsub("\n$", "")
      end
    end
  end
  return requests
end

--- The lines of a request's answer.
function raw.lines(self)
  if not self.answer then
    return self.reply:lines(1)
  end
  local lines = {}
  if self.answer ~= "" then
    for line in (self.answer .. "\n"):gmatch "([^\n]*)\n" do
      lines[#lines + 1] = line
    end
  end
  return lines
end

return raw
