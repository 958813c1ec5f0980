-- Judging: the answers of all processes to one command become true, or one error
-- that tells who did it from who did not.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local record = require "haproxyadmin.runtime.process"
local request = require "haproxyadmin.runtime.request"
local success = require "haproxyadmin.replies.success"

local judge = {}

-- Nobody listens at the address.
local nobody = { refused = true, not_found = true }

-- A command on an object goes to processes that lacked it, too, since one may have
-- it by now. That such a process does not know the object, or is not there at all, is
-- how it should be.
local function is_absent(self, result)
  if self.known == "had" then
    return false
  elseif self.code then
    return self.known == "lacked" and nobody[self.code] == true
  end
  return self.known ~= nil and result.code == "not_found"
end

--- What each process answered: {nb, reply, ok =, code =, err =, name =}.
function judge.results(requests)
  local results = {}
  for i, self in ipairs(requests) do
    local result = { self.process.nb, ok = false, name = self.process.name }
    if self.code then
      result.err = request.failure(self)
      result.code = result.err.code
    else
      result[2] = request.answer(self)
      result.ok = not self.row or success.of(self.row, request.beginning(self))
      result.code = not result.ok and success.refusal(self.row, result[2]) or nil
    end
    results[i] = result
  end
  return results
end

-- Leaves out the processes that do not have the object, as long as one has.
local function of_those_that_have_it(requests, results)
  local left, left_results = {}, {}
  for i, self in ipairs(requests) do
    if not is_absent(self, results[i]) then
      left[#left + 1] = self
      left_results[#left_results + 1] = results[i]
    end
  end
  if #left == 0 then
    return requests, results
  end
  return left, left_results
end

local function differ(results)
  for _, result in ipairs(results) do
    if result.ok ~= results[1].ok or result[2] ~= results[1][2] then
      return true
    end
  end
  return false
end

local function summary(results)
  local words = {}
  for _, result in ipairs(results) do
    local word = result.ok and "took it" or ("'%s'"):format(check.excerpt(result[2]))
    words[#words + 1] = ("process %s: %s"):format(record.number(result[1], result.name), word)
  end
  return table.concat(words, ", ")
end

local function took(results)
  local words = {}
  for _, result in ipairs(results) do
    if result.ok then
      words[#words + 1] = record.number(result[1], result.name)
    end
  end
  return #words > 0 and "taken by process " .. table.concat(words, ", ") or "taken by no process"
end

-- Did every process do it? This is nearly always so, and then nothing else is to be
-- found out.
local function all_did(requests)
  for i = 1, #requests do
    local self = requests[i]
    if self.code or (self.row and not success.of(self.row, request.beginning(self))) then
      return false
    end
  end
  return true
end

-- Notes whether each process had the object at its last reading. One that was not
-- asked then may have it, and so may one that lacked it.
local function note_known(requests)
  local having = core.having(requests.object)
  for _, self in ipairs(requests) do
    local had = having[self.process.slot]
    self.known = had and "had" or had == false and "lacked" or "unknown"
  end
end

--- Notes in the error of what every process does or none that those which took it do not have it: it was taken
-- back, and where it was not, the error's message says so.
function judge.mark_undone(err)
  for _, result in ipairs(err.results or {}) do
    result.undone = result.ok or nil
  end
end

--- True when every process did it (or, of a command on an object, every one that has
-- it); otherwise nil and an error. The sequence has the `object`, if it is on one.
function judge.all(all_requests)
  if all_did(all_requests) then
    return true
  end
  if all_requests.object then
    note_known(all_requests)
  end
  local requests, results = of_those_that_have_it(all_requests, judge.results(all_requests))
  local refused
  for i, result in ipairs(results) do
    if result.err then
      local err = result.err
      err.results = results
      err.message = err.message .. "; " .. took(results)
      return nil, err
    elseif not result.ok then
      refused = refused or requests[i]
    end
  end
  if not refused then
    return true
  elseif not differ(results) then
    local err = request.refusal(refused)
    err.results = results
    return nil, err
  end
  local message = ("processes answered '%s' differently: %s"):format(request.in_short(refused), summary(results))
  return nil, errors.new("MultipleCommandResults", "inconsistent", message, {
    command = request.shown(refused),
    results = results,
  })
end

return judge
