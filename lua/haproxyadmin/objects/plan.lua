--- A Plan: what is to be sent, or was sent, to each process.
--
-- `HAProxy:plan` returns one of what a batch would send, `HAProxy:rehearse` and `Master:rehearse` one of what the calls
-- of a function would send, `HAProxy:apply` and
-- `HAProxy:restore_state` one of what they sent or, with `dry_run`, would send.
-- `tostring(plan)` is a text for people, with a line for each command and for each
-- thing that is skipped.
-- @classmod haproxyadmin.Plan

local sorted_keys = require "haproxyadmin.base.sorted_keys"

local Plan = {}

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

-- Processes that get the same commands stand together.
local function groups_of(processes)
  local groups, by_text = {}, {}
  for _, process in ipairs(processes) do
    local text = table.concat(process.commands, "\n  ")
    local group = by_text[text]
    if not group then
      group = { text = text, numbers = {} }
      by_text[text] = group
      groups[#groups + 1] = group
    end
    table.insert(group.numbers, process.process_nb)
  end
  return groups
end

local meta = {
  __index = Plan,
  __name = "haproxyadmin.Plan",
  __tostring = function(plan)
    local lines = { ("%s in %s"):format(plural(plan.commands, "command"), plural(plan.exchanges, "exchange")) }
    for _, group in ipairs(groups_of(plan.processes)) do
      local who = #group.numbers == 1 and "process " or "processes "
      lines[#lines + 1] = who .. table.concat(group.numbers, ", ") .. ":\n  " .. group.text
    end
    for _, object in ipairs(plan.created) do
      lines[#lines + 1] = "added: " .. object
    end
    for _, skipped in ipairs(plan.skipped) do
      local object = skipped.field and skipped.object .. ", " .. skipped.field or skipped.object
      lines[#lines + 1] = ("process %d, skipped: %s: %s"):format(skipped.process_nb, object, skipped.why)
    end
    for _, kind in ipairs { "map", "acl" } do
      for _, file in ipairs(sorted_keys(plan[kind .. "s"])) do
        lines[#lines + 1] = ("%s %s: %s"):format(kind, file, tostring(plan[kind .. "s"][file]))
      end
    end
    return table.concat(lines, "\n")
  end,
}

--- How many commands there are, over all processes.
-- @field Plan.commands

--- In how many exchanges, one after the other, they are sent.
-- @field Plan.exchanges

--- A sequence with a table for each process that gets commands: `process_nb`, and
-- `commands`, a sequence of lines in their order.
-- @field Plan.processes

--- What is not done, a sequence of `{process_nb =, object =, field =, code =, why =}`: names
-- that are gone (code `not_found`), and what cannot be done there (`unsupported`). Empty for
-- a batch.
-- @field Plan.skipped

--- The servers that were added, `server app/app1`, a sequence; their commands are not among
-- the plan's. Empty without the option `create`.
-- @field Plan.created

--- By file what was done, or would be, to the entries of maps: `SyncPlan`s. Empty for a
-- batch.
-- @field Plan.maps

--- The same of ACLs.
-- @field Plan.acls

-- The changes of each plan, as haproxyadmin.state.difference makes them.
local changes_of = setmetatable({}, { __mode = "k" })

--- Goes through what changes: `for process_nb, object, field, from, to, command, why in
-- plan:changes()`. `object` is a text such as `server app/app1`, `frontend www` or `limits`;
-- `command` is what sets it; in the plan of an error `why` says of a command that was not
-- done what the process answered. For a batch, whose commands are not compared with
-- anything, there is nothing.
-- @function Plan:changes
-- @return an iterator
function Plan:changes()
  local changes, place, field = changes_of[self] or {}, 1, 0
  return function()
    local change = changes[place]
    if change and not change.fields[field + 1] then
      place, field = place + 1, 0
      change = changes[place]
    end
    if not change then
      return nil
    end
    field = field + 1
    local name, from, to = change.fields[field][1], change.fields[field][2], change.fields[field][3]
    return change.process.nb, change.object, name, from, to, change.line, change.why
  end
end

--- Has it nothing to send?
-- @function Plan:is_empty
-- @treturn boolean
function Plan:is_empty()
  local count = self.commands + #self.created
  for _, lists in ipairs { self.maps, self.acls } do
    for _, list in pairs(lists) do
      count = count + list.added + list.changed + list.deleted
    end
  end
  return count == 0
end

--- Makes a Plan of {process, {line, ...}} pairs; `more`: {changes =, skipped =, created =}.
return function(lists, exchanges, more)
  local skipped = more and more.skipped or {}
  local plan = {
    commands = 0,
    exchanges = exchanges,
    processes = {},
    skipped = skipped,
    created = more and more.created or {},
    maps = {},
    acls = {},
  }
  for _, list in ipairs(lists) do
    local process, lines = list[1], list[2]
    plan.commands = plan.commands + #lines
    table.insert(plan.processes, { process_nb = process.nb, commands = lines })
  end
  changes_of[plan] = more and more.changes
  return setmetatable(plan, meta)
end
