-- The method `rehearse` of HAProxy and of Master: what a function would send, as a Plan.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local new_plan = require "haproxyadmin.objects.plan"
local protected = require "haproxyadmin.base.protected"
local rehearsal = require "haproxyadmin.runtime.rehearsal"

-- The function's error is handed on.
return function(_, context, _, fn)
  local ok, err = check.type("fn", fn, "function")
  if not ok then
    return nil, err
  elseif not rehearsal.begin(context) then
    return nil, errors.new("ValueError", "in_use", "a rehearsal goes on already")
  end
  local value
  ok, value, err = protected.call(fn)
  local lists, exchanges = rehearsal.finish(context)
  if not ok and not errors.is_error(value) then
    error(value, 0)
  elseif not ok or value == nil and err ~= nil then
    return nil, not ok and value or err
  end
  return new_plan(lists, exchanges)
end
