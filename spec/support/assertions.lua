-- What many specs assert.

local assert = require "luassert"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"

local assertions = {}

--- `fn(...)` raises an error of this class (and code); returns the error.
function assertions.raises(name, code, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(errors.is_error(err, name), tostring(err))
  if code then
    assert.equal(code, err.code)
  end
  return err
end

--- Calls a function again and again until it returns something, which has so many seconds
-- to come about (60); that.
function assertions.eventually(fn, seconds)
  local deadline = core.now() + (seconds or 60)
  local value = fn()
  while not value do
    assert.is_true(core.now() < deadline, "this did not come about in time")
    core.sleep(0.02)
    value = fn()
  end
  return value
end

--- What `fn(seconds)` returns, whose calls have so many seconds as their time limit, all of which
-- a stalled process uses up, and which the others have to keep: it is called with a short one, and
-- with longer ones while it returns nothing, or raises something, because this is too short for the
-- machine.
function assertions.in_limit(fn)
  for _, seconds in ipairs { 1, 5 } do
    local ok, value = pcall(fn, seconds)
    if ok and value then
      return value
    end
  end
  local value = fn(25)
  assert.is_truthy(value, "this does not come about within 25 seconds either")
  return value
end

--- Have all processes but number `stalled` done it, by the results of an error?
function assertions.only_failed(err, stalled)
  for i, result in ipairs(err.results or {}) do
    if result.ok == (i == stalled) then
      return false
    end
  end
  return true
end

-- Was the time over before there was a whole reading, or in the last one?
local function was_too_short(err)
  while err do
    if errors.is_error(err, "WaitTimeout") and (err.cause or not err.message:find("last seen: ", 1, true)) then
      return true
    end
    err = errors.is_error(err) and err.cause
  end
  return false
end

--- What a call that waits returns, or the error that it raises: `fn(seconds)` is called with
-- a short time limit, and with longer ones while this is too short for the machine to read
-- anything.
function assertions.given_time(fn)
  local seconds = 0.2
  while true do
    local ok, result = pcall(fn, seconds)
    if ok or seconds > 60 or not was_too_short(result) then
      return result, ok
    end
    seconds = 3 * seconds
  end
end

--- `fn(seconds)` waits in vain; the error that it raises.
function assertions.in_vain(fn)
  local err, ok = assertions.given_time(fn)
  assert.is_false(ok)
  assert.is_true(errors.is_error(err, "WaitTimeout"), tostring(err))
  assert.equal("timeout", err.code)
  return err
end

--- The names of the objects of a list.
function assertions.names(list)
  local found = {}
  for i, object in ipairs(list) do
    found[i] = object.name
  end
  return found
end

--- What every process of a HAProxy answers to a raw command, a text each.
function assertions.answers(hap, command)
  local found = {}
  for i, process in ipairs(hap:processes()) do
    found[i] = table.concat(process:command(command), "\n")
  end
  return found
end

--- One column of one object, read from every process by itself.
function assertions.column(hap, proxy, name, column)
  local found = {}
  for i, process in ipairs(hap:processes()) do
    for _, row in ipairs(process:stats()) do
      if row.pxname == proxy and row.svname == name then
        found[i] = row[column] == nil and "absent" or row[column]
      end
    end
  end
  return found
end

local rules = {}

function rules.sum(values)
  local sum = 0
  for _, value in ipairs(values) do
    sum = sum + value
  end
  return sum
end

function rules.avg(values)
  local mean = rules.sum(values) / #values
  return mean < 0 and math.ceil(mean) or math.floor(mean)
end

function rules.min(values)
  return math.min((table.unpack or unpack)(values)) -- luacheck: compat
end

function rules.max(values)
  return math.max((table.unpack or unpack)(values)) -- luacheck: compat
end

--- Every metric is what its rule makes of the rows of the processes, as this file
-- reckons it, and 0 where no process has it. Returns how many are not 0.
function assertions.aggregated(names, rows, read)
  local count = 0
  for _, name in ipairs(names) do
    local values = {}
    for _, row in ipairs(rows) do
      values[#values + 1] = row[name]
    end
    local rule = rules[metrics.rule[name]]
    local expected = values[1] or 0
    if rule and #values > 0 then
      expected = rule(values)
    end
    assert.equal(expected, read(name), name)
    count = count + (expected == 0 and 0 or 1)
  end
  return count
end

--- The rows of pairs {process_nb, row}.
function assertions.rows(pairs_of_rows)
  local found = {}
  for i, pair in ipairs(pairs_of_rows) do
    found[i] = pair[2]
  end
  return found
end

--- A sequence with the same value for each of n processes.
function assertions.times(n, value)
  local list = {}
  for i = 1, n do
    list[i] = value
  end
  return list
end

return assertions
