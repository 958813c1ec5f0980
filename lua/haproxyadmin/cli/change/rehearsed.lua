-- What a call of the library's would send, as steps of a work: found out by the library itself.

local rehearsed = {}

--- The steps of `fn`, a function that makes the call, for an object. `more`: `from` and `to`, which stand in the first
-- step of each process; `master`, where it is a Master that is called. Raises what the call would fail by.
function rehearsed.steps(call, object, fn, more)
  local whole = more and more.master or call:haproxy()
  local plan, err = whole:rehearse(fn, { die = false })
  if not plan then
    error(err, 0)
  end
  local steps = {}
  for _, process in ipairs(plan.processes) do
    for i, command in ipairs(process.commands) do
      steps[#steps + 1] = {
        object = object,
        process = process.process_nb,
        from = i == 1 and more and more.from or nil,
        to = i == 1 and more and more.to or nil,
        command = command,
      }
    end
  end
  return steps
end

--- The steps of several objects, one call for each: `name(object)`, `fn(object)`; `more(object)` as above.
function rehearsed.of_each(call, objects, name, fn, more)
  local names, steps = {}, {}
  for i, object in ipairs(objects) do
    names[i] = name(object)
    local own = rehearsed.steps(call, names[i], function()
      return fn(object)
    end, more and more(object))
    for _, step in ipairs(own) do
      steps[#steps + 1] = step
    end
  end
  return steps, names
end

return rehearsed
