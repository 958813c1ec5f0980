-- The constructor: options checked, settings made, sockets looked at.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local discover = require "haproxyadmin.runtime.discover"
local master = require "haproxyadmin.runtime.master"
local new_context = require("haproxyadmin.runtime.context").new
local transport = require "haproxyadmin.transport"

local known = {
  socket_dir = "string",
  socket_file = "string",
  sockets = "table",
  master = "string",
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

local function check_settings(options)
  if type(options) ~= "table" then
    return check.fail("options", "table", options)
  end
  local ok, err = check.options(options, known)
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

-- An object is built all the same where its transport cannot wait: its sockets are
-- looked at with its first call where it can.
local function is_ready(chosen)
  return not chosen.ready or chosen:ready()
end

-- A master serves ten connections at a time, too few to keep one.
local function check_master(options, settings)
  if not options.master then
    return true
  elseif settings.keep then
    return check.fail("keep", "false, where there is a 'master'", options.keep)
  end
  settings.master = master.new(settings.source.master)
  return true
end

local function build(options)
  local settings, err = check_settings(options)
  if not settings then
    return nil, err
  end
  settings.source, err = discover.source(options)
  if not settings.source then
    return nil, err
  end
  local ok
  ok, err = check_master(options, settings)
  if not ok then
    return nil, err
  end
  local context = new_context(settings)
  context.pending = true
  context.identity = discover.describe(context)
  if is_ready(context.transport) then
    ok, err = discover.connect(context)
    if not ok then
      return nil, err
    end
  end
  return core.haproxy(context)
end

return function(options)
  local hap, err = build(options)
  if hap then
    return hap
  elseif type(options) == "table" and options.die == false then
    return nil, err
  end
  error(err, 0)
end
