-- Answers whose end cannot be told from themselves: some have empty lines inside, some lack
-- the one at the end. So a second command follows in the same line, whose answer is known.
-- Where that one came, all before it is whole.

local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"
local version = require "haproxyadmin.base.version"

local marked = {}

local mark = commands.find "show cli level"
local LEVELS = { user = true, operator = true, admin = true }

--- Does a line end with what begins a payload?
function marked.begins_payload(line)
  return line:find "<<%S*%s*$" ~= nil
end

-- What may not have a command behind it: text of several lines, a payload's begin, a
-- backslash that would take the separator for its own.
local function may_be_marked(text, process)
  local backslashes = #text:match "\\*$"
  return not text:find("\n", 1, true)
    and not marked.begins_payload(text)
    and backslashes % 2 == 0
    and #text + #mark.name < core.line_max
    and (process.version == nil or process.version >= version.number(mark.since))
end

-- The answer without the mark's, or nil where that did not come.
local function unmarked(text)
  local answer, last = text:match "^(.*\n)([^\n]*)\n\n$"
  local level = last and (last:match "^%[%w+%]: (%l+)$" or last)
  return LEVELS[level] and answer or nil
end

--- Sends requests of one command each, with the mark behind it; `retry` and `seconds` as
-- send.all takes them. Each then has its `answer`, or a code.
function marked.send(context, requests, retry, seconds)
  local rehearsed = rehearsal.is_on(context)
  for _, self in ipairs(requests) do
    local text = self.commands[1]
    -- What is only written down has no answer whose end could be missed.
    self.marked = not (rehearsed and not self.safe) and may_be_marked(text, self.process)
    if self.marked then
      self.shown = self.shown or text
      self.commands = { text .. ";" .. mark.name }
    end
  end
  send.all(context, requests, retry, nil, seconds)
  for _, self in ipairs(requests) do
    if not self.code and self.marked then
      self.answer = unmarked(self.reply:raw())
      if not self.answer then
        self.code, self.sent = "truncated", true
      else
        self.answer = self.answer:gsub("\n$", ""):gsub("\n$", "")
      end
    elseif not self.code and self.reply:text(1) == success.REHEARSED then
      self.answer = ""
    end
  end
end

--- The lines of a request's answer.
function marked.lines(self)
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

return marked
