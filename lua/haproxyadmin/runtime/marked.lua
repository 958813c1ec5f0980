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

local LEVELS = { user = true, operator = true, admin = true }

--- Does a line end with what begins a payload?
function marked.begins_payload(line)
  return line:find "<<%S*%s*$" ~= nil
end

-- What may not have a command behind it: text of several lines, a payload's begin, a
-- backslash that would take the separator for its own.
local function may_be_marked(text, process, mark)
  local backslashes = #text:match "\\*$"
  return not text:find("\n", 1, true)
    and not marked.begins_payload(text)
    and backslashes % 2 == 0
    and #text + #mark.row.name < core.line_max
    and (process.version == nil or process.version >= version.number(mark.row.since))
end

local marks = {}

-- `unmarked(text)`: the answer without the mark's, and that; or nil where it did not come.
marks.level = {
  row = commands.find "show cli level",
  unmarked = function(text)
    local answer, last = text:match "^(.*\n)([^\n]*)\n\n$"
    local level = last and (last:match "^%[%w+%]: (%l+)$" or last)
    return LEVELS[level] and answer or nil, level
  end,
}

-- What came before is of the process that tells of itself here.
marks.info = {
  row = commands.find "show info",
  unmarked = function(text)
    return text:match "^(.*\n)(Name: .*\n)\n$"
  end,
}

--- Sends requests of one command each, with the mark behind it; `retry` and `seconds` as
-- send.all takes them; `name` (default: `"level"`): with `"info"` the mark is `show info`. Each
-- then has its `answer`, and in `told` the mark's, or a code.
function marked.send(context, requests, retry, seconds, name)
  local mark = marks[name or "level"]
  local rehearsed = rehearsal.is_on(context)
  for _, self in ipairs(requests) do
    local text = self.commands[1]
    -- What is only written down has no answer whose end could be missed.
    self.marked = not (rehearsed and not self.safe) and may_be_marked(text, self.process, mark)
    if self.marked then
      self.shown = self.shown or text
      self.commands = { text .. ";" .. mark.row.name }
    end
  end
  send.all(context, requests, retry, nil, seconds)
  for _, self in ipairs(requests) do
    if not self.code and self.marked then
      self.answer, self.told = mark.unmarked(self.reply:raw())
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
