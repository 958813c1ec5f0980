-- What many specs assert.

local assert = require "luassert"
local errors = require "haproxyadmin.errors"

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

--- A sequence with the same value for each of n processes.
function assertions.times(n, value)
  local list = {}
  for i = 1, n do
    list[i] = value
  end
  return list
end

return assertions
