-- Work that is a batch: one command for each object, of which nothing is known before.

local batched = {}

-- By process's number what is said of an object before, if anything.
local function steps_of(hap, objects, name, add, from, to)
  local steps = {}
  for _, object in ipairs(objects) do
    local plan = hap:plan(function(batch)
      add(batch, object)
    end)
    local before = from and from(object) or {}
    local having = {}
    for _, nb in ipairs(object.process_nb or {}) do
      having[nb] = true
    end
    for _, process in ipairs(plan.processes) do
      if next(having) == nil or having[process.process_nb] then
        for _, command in ipairs(process.commands) do
          steps[#steps + 1] = {
            object = name(object),
            process = process.process_nb,
            from = before[process.process_nb],
            to = to,
            command = command,
          }
        end
      end
    end
  end
  return steps
end

-- Why processes did not take a command.
local function failures_of(outcome)
  local found = {}
  for _, result in ipairs(outcome.results or {}) do
    if not result.ok then
      local why = result.err and result.err.message or result[2]
      found[#found + 1] = { process = result[1], why = (why:gsub("\n.*", "")) }
    end
  end
  return found
end

-- Did somebody do something?
local function is_partial(outcomes)
  for _, outcome in ipairs(outcomes) do
    if outcome == true then
      return true
    end
    for _, result in ipairs(outcome.results or {}) do
      if result.ok then
        return true
      end
    end
  end
  return false
end

--- The work of one command an object. `more`: the rest of the work's fields, and `name(object)`,
-- `add(batch, object)`, and for a dry run `from(object)`, by process's number what it is now, and `to`.
function batched.work(call, objects, more)
  local hap = call:haproxy()
  local names = {}
  for i, object in ipairs(objects) do
    names[i] = more.name(object)
  end
  return {
    what = more.what,
    objects = names,
    steps = steps_of(hap, objects, more.name, more.add, more.from, more.to),
    sentence = more.sentence,
    question = more.question,
    hint = more.hint,
    send = function()
      local ok, err = hap:batch(function(batch)
        for _, object in ipairs(objects) do
          more.add(batch, object)
        end
      end, { die = false })
      if ok then
        return {}
      elseif not err.outcomes or not is_partial(err.outcomes) then
        error(#objects == 1 and err.outcomes and err.outcomes[1] or err, 0)
      end
      local failures = {}
      for i, outcome in ipairs(err.outcomes) do
        if outcome ~= true then
          failures[names[i]] = failures_of(outcome)
        end
      end
      return failures
    end,
  }
end

return batched
