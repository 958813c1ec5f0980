--- A Plan: what is to be sent, or was sent, to each process.
--
-- `tostring(plan)` is a text for people, with a line for each command.
-- @classmod haproxyadmin.Plan

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

--- Has it nothing to send?
-- @function Plan:is_empty
-- @treturn boolean
function Plan:is_empty()
  return self.commands == 0
end

--- Makes a Plan of {process, {line, ...}} pairs.
return function(lists, exchanges)
  local plan = { commands = 0, exchanges = exchanges, processes = {} }
  for _, list in ipairs(lists) do
    local process, lines = list[1], list[2]
    plan.commands = plan.commands + #lines
    table.insert(plan.processes, { process_nb = process.nb, commands = lines })
  end
  return setmetatable(plan, meta)
end
