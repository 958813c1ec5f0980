-- Work that is one call of the library's, about one thing in all processes that have it.

local changing = require "haproxyadmin.cli.change.changing"
local rehearsed = require "haproxyadmin.cli.change.rehearsed"

local single = {}

-- Who did not do it; raises the error where nobody did.
local function failures_of(err)
  local failures, done = {}, 0
  for _, result in ipairs(err.results or {}) do
    if result.ok and not result.undone then
      done = done + 1
    elseif not result.ok then
      local why = result.err and result.err.message or result[2] or err.message
      failures[#failures + 1] = { process = result[1], why = (why:gsub("\n.*", "")) }
    end
  end
  if done == 0 then
    error(err, 0)
  end
  return failures
end

--- Does it. `what`: as of a work; `object`: its name; `send()`: the library's call with `die = false`, which is
-- rehearsed before; `from`, `to`: for a dry run; `sentence`, `question`, `hint`: as of a work. Returns the exit status,
-- and whether it was sent.
function single.run(call, own)
  local steps = rehearsed.steps(call, own.object, own.send, own)
  local sent, status = changing.run(call, {
    what = own.what,
    objects = { own.object },
    steps = steps,
    sentence = own.sentence,
    question = own.question,
    hint = own.hint,
    send = function()
      local ok, err = own.send()
      if ok then
        return {}
      end
      return { [own.object] = failures_of(err) }
    end,
  })
  return status, sent
end

return single
