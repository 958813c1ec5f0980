-- The settings that every object is made with: how long, how often, by which transport.

local check = require "haproxyadmin.base.check"
local transport = require "haproxyadmin.transport"

local known = {
  retry = "any",
  retry_interval = "number",
  timeout = "number",
  die = "boolean",
  keep = "boolean",
  transport = "any",
  max_reply = "number",
}

local LARGEST_REPLY = 2 ^ 31 - 1

local function check_retry(retry)
  if retry == nil then
    return 2
  elseif retry == false then
    return false
  end
  local value = check.integer("retry", retry, 0)
  if not value then
    return check.fail("retry", "false or integer >= 0", retry)
  end
  return value
end

local function check_seconds(name, value, default, zero_too)
  if value == nil then
    return default
  elseif value ~= value or value < 0 or (value == 0 and not zero_too) then
    return check.fail(name, "number of seconds" .. (zero_too and "" or " above 0"), value)
  end
  return value
end

--- The settings that these options make, or nil and a ValueError. `own`: the types of the
-- options that are the object's own.
return function(options, own)
  if type(options) ~= "table" then
    return check.fail("options", "table", options)
  end
  local all = {}
  for _, list in ipairs { known, own } do
    for name, kind in pairs(list) do
      all[name] = kind
    end
  end
  local ok, err = check.options(options, all)
  if not ok then
    return nil, err
  end
  local settings = { die = options.die ~= false, keep = options.keep == true }
  settings.retry, err = check_retry(options.retry)
  if err then
    return nil, err
  end
  settings.timeout, err = check_seconds("timeout", options.timeout, 1)
  if not settings.timeout then
    return nil, err
  end
  settings.retry_interval, err = check_seconds("retry_interval", options.retry_interval, 2, true)
  if not settings.retry_interval then
    return nil, err
  end
  settings.max_reply, err = check.integer("max_reply", options.max_reply or 2 ^ 30, 1, LARGEST_REPLY)
  if not settings.max_reply then
    return nil, err
  end
  settings.transport, err = transport(options.transport)
  if not settings.transport then
    return nil, err
  elseif settings.keep and type(settings.transport.open) ~= "function" then
    return check.fail("keep", "a transport with a function 'open', or false", options.keep)
  end
  return settings
end
