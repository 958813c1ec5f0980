-- The constructor: options checked, settings made, sockets looked at.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local discover = require "haproxyadmin.runtime.discover"
local master = require "haproxyadmin.runtime.master"
local check_settings = require "haproxyadmin.objects.settings"
local new_context = require("haproxyadmin.runtime.context").new

local known = {
  socket_dir = "string",
  socket_file = "string",
  sockets = "table",
  master = "string",
  workers = "any",
  process_nb = "table",
}

local construct = {}

-- An object is built all the same where its transport cannot wait: its sockets are
-- looked at with its first call where it can.
function construct.is_ready(chosen)
  return not chosen.ready or chosen:ready()
end

local function check_master(options, settings)
  if not options.master then
    if options.workers ~= nil then
      return check.fail("workers", "nothing, where there is no 'master'", options.workers)
    end
    return true
  elseif options.workers ~= nil and options.workers ~= "current" and options.workers ~= "all" then
    return check.fail("workers", "'current' or 'all'", options.workers)
  end
  settings.workers = options.workers or "current"
  settings.master = master.new(settings.source.master)
  return true
end

-- The numbers of the processes that are meant; nil where all are.
local function check_numbers(numbers)
  if numbers == nil then
    return nil
  elseif #numbers == 0 then
    return check.fail("process_nb", "sequence of at least one number", numbers)
  end
  local checked = {}
  for i, nb in ipairs(numbers) do
    local err
    checked[i], err = check.integer(("process_nb[%d]"):format(i), nb, 1)
    if err then
      return nil, err
    end
  end
  return checked
end

--- An object, or nil and an error.
function construct.build(options)
  local settings, err = check_settings(options, known)
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
  settings.only, err = check_numbers(options.process_nb)
  if err then
    return nil, err
  end
  local context = new_context(settings)
  context.pending = true
  context.identity = discover.describe(context)
  if construct.is_ready(context.transport) then
    ok, err = discover.connect(context)
    if not ok then
      return nil, err
    end
  end
  return core.haproxy(context)
end

--- The same for users: it raises, unless the options say `die = false`.
function construct.new(options)
  local hap, err = construct.build(options)
  if hap then
    return hap
  elseif type(options) == "table" and options.die == false then
    return nil, err
  end
  error(err, 0)
end

return construct
