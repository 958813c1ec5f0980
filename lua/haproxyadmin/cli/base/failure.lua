-- What ends the program early: a sentence for people, and the exit status.

local failure = {}

--- The exit statuses, by what they mean.
failure.status = {
  done = 0,
  failed = 1,
  usage = 2,
  partial = 3,
  nothing = 4,
  timeout = 5,
  unreachable = 6,
  permission = 7,
  would_change = 10,
  interrupted = 130,
  closed = 141,
}

local meta = { __name = "haproxyadmin.cli.Failure" }

function meta.__tostring(self)
  return self.message
end

--- Ends what is being done. `status`: a key of failure.status; `message`: what, where and
-- why; `hint`: what to do about it, a line of its own.
function failure.raise(status, message, hint)
  error(setmetatable({ status = failure.status[status], word = status, message = message, hint = hint }, meta), 0)
end

function failure.is(value)
  return getmetatable(value) == meta
end

-- By the code of an error of the library's.
local by_code = {
  bad_argument = "usage",
  closed = "unreachable",
  inconsistent = "failed",
  not_found = "nothing",
  permission = "permission",
  refused = "unreachable",
  timeout = "unreachable",
  truncated = "unreachable",
}

-- Did some processes do what was asked?
local function is_partial(err)
  local count = 0
  for _, result in ipairs(err.results or {}) do
    count = count + (result.ok and not result.undone and 1 or 0)
  end
  return count > 0
end

--- The exit status that an error of the library's stands for.
function failure.status_of(err)
  local word = by_code[err.code] or "failed"
  if err.name == "WaitTimeout" then
    word = "timeout"
  elseif is_partial(err) then
    word = "partial"
  end
  return failure.status[word]
end

-- Where nobody was reached, whatever else it was.
local connecting = { bad_argument = "usage", permission = "permission", unsupported = "failed" }

--- Raises what kept a HAProxy object from being made. `err`: an error of the library's, or Lua's own.
function failure.connecting(err)
  if type(err) ~= "table" then
    error(err, 0)
  elseif err.message:match "^there is no process %d" then
    failure.raise("nothing", err.message)
  end
  failure.raise(connecting[err.code] or "unreachable", err.message)
end

return failure
