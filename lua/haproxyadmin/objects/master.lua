--- A master process of HAProxy's (`haproxy -W -S <address>`): its workers, current and old,
-- and its reloads.
--
-- Made by `haproxyadmin.Master`. Each property and method asks the master anew (`show proc`,
-- management guide 9.4; level user, from HAProxy 3.2 on operator). While the master reloads it is waited for, at
-- most until the deadline (`timeout`).
-- @classmod haproxyadmin.Master

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local commands = require "haproxyadmin.commands"
local check_settings = require "haproxyadmin.objects.settings"
local construct = require "haproxyadmin.objects.construct"
local discover = require "haproxyadmin.runtime.discover"
local errors = require "haproxyadmin.errors"
local kept = require "haproxyadmin.runtime.kept"
local master = require "haproxyadmin.runtime.master"
local new_context = require("haproxyadmin.runtime.context").new
local new_worker = require "haproxyadmin.objects.worker"
local plan = require "haproxyadmin.runtime.plan"
local record = require "haproxyadmin.runtime.process"
local rehearse = require "haproxyadmin.objects.rehearse"
local reload = require "haproxyadmin.runtime.reload"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local version = require "haproxyadmin.base.version"
local wait = require "haproxyadmin.runtime.wait"

-- What the master tells of its processes, or nil and an error.
local function look(context)
  local found, looked = send.look(context)
  if not found then
    return nil, request.failure(looked)
  end
  return found
end

local function of_master(read)
  return function(_, context)
    local found, err = look(context)
    if not found then
      return nil, err
    end
    return read(found)
  end
end

local function workers(_, context)
  local found, err = look(context)
  if not found then
    return nil, err
  end
  local list = {}
  for i, row in ipairs(found.workers) do
    list[i] = new_worker(context, row)
  end
  return list
end

local function programs(_, context)
  local found, err = look(context)
  if not found then
    return nil, err
  end
  local list = {}
  for i, row in ipairs(found.programs) do
    list[i] = {
      pid = row.pid,
      name = row.name,
      uptime = row.uptime,
      generation = found.master.reloads - row.reloads,
      current = row.current,
    }
  end
  return list
end

-- May a command be sent to this master? True, or nil and an error; the master's version is
-- asked for before.
local function is_allowed(context, row)
  local found, err = look(context)
  if not found then
    return nil, err
  end
  return commands.allowed(row, row.line or row.name, version.number(found.master.version))
end

local function reload_by(name)
  local row = commands.find(name)
  return function(_, context, options)
    local limits, err = wait.begin(context, options)
    if not limits then
      return nil, err
    end
    local ok
    ok, err = is_allowed(context, row)
    if not ok then
      return nil, err
    end
    return reload.run(context, limits, row)
  end
end

local function startup_logs(_, context)
  local row = commands.find "master startup-logs"
  local ok, err = is_allowed(context, row)
  if not ok then
    return nil, err
  end
  local self = send.to_master(context, row, row.line)
  if self.code then
    return nil, request.failure(self)
  end
  local lines = self.reply:lines(1)
  self.reply:free()
  return lines
end

-- The old ones of these workers that are still there. HAProxy 3.0 may forget to strike one
-- that has ended off its list, so that each is asked.
local function living(context, rows)
  local requests, row_of = {}, {}
  for _, row in ipairs(rows) do
    if not row.current then
      local process = record.worker(context.master.address, row)
      requests[#requests + 1] = plan.command({ process }, "show info", {})[1]
      row_of[process] = row
    end
  end
  send.all(context, requests, false)
  local left = {}
  for _, self in ipairs(requests) do
    if self.code ~= "gone" then
      left[#left + 1] = row_of[self.process]
    end
  end
  send.done(requests)
  return left
end

local function describe_old(list)
  local words = {}
  for i, row in ipairs(list) do
    words[i] = ("%d (up for %d s)"):format(row.pid, row.uptime)
  end
  return ("%d left: %s"):format(#list, table.concat(words, ", "))
end

local function wait_old_workers(_, context, options)
  local limits, err = wait.begin(context, options)
  if not limits then
    return nil, err
  end
  return wait.until_holds(context, limits, "the old workers to end", function()
    local found, why = look(context)
    if not found then
      return nil, why
    end
    local old = living(context, found.workers)
    if #old > 0 then
      return false, describe_old(old)
    end
    return { waited = wait.waited(context, limits) }
  end)
end

-- The options that a HAProxy object gets from its master's.
local INHERITED = { "timeout", "retry", "retry_interval", "max_reply", "transport", "die", "keep" }

local function haproxy(_, context, _, given)
  if given ~= nil and type(given) ~= "table" then
    return check.fail("options", "table", given)
  end
  local options = { master = context.master.address }
  for _, name in ipairs(INHERITED) do
    options[name] = context[name]
  end
  for name, value in pairs(given or {}) do
    options[name] = value
  end
  return construct.build(options)
end

local function close(_, context)
  context.closed = "Master"
  kept.close(context)
  return true
end

local make = class.of_tables {
  name = "Master",
  describe = function(self)
    return self._identity
  end,
  methods = class.methods({}, {
    --- Its workers: those that serve, then the old ones from the youngest to the oldest. An old
    -- one has been replaced by a reload, and stays until its last session has ended.
    -- @function Master:workers
    -- @treturn {Worker,...}
    -- @raise `CommandFailed` (`permission`), `HAProxySocketError`
    workers = { call = workers },
    --- The programs that the master runs beside its workers (`program` in the configuration;
    -- HAProxy 2.2 to 3.2; later there are none).
    -- @function Master:programs
    -- @treturn {table,...} `pid`, `name`, `uptime` (seconds), `generation`, `current`
    -- @raise `CommandFailed` (`permission`), `HAProxySocketError`
    programs = { call = programs },
    --- Loads the configuration again: `reload` (management guide 9.4; level operator). Waits until
    -- the new worker serves, or the reload has failed. Where another reload is under way, this one
    -- follows it. HAProxy up to 2.6 answers nothing; then what came of it is what the master
    -- tells afterwards, and the log is empty.
    -- @function Master:reload
    -- @tparam[opt] table options `timeout` (30): seconds for all of it; `interval` (0.5)
    -- @treturn table `success`, a boolean: false where the configuration could not be loaded, and
    -- the old worker serves on; `log`: the lines that HAProxy printed
    -- @raise `ValueError`, `CommandFailed` (`permission`; `in_use`: another reload did not end in time),
    -- `WaitTimeout`, `HAProxySocketError`
    reload = { call = reload_by "reload", options = wait.options },
    --- The same, and the old workers are ended at once with all of their sessions:
    -- `hard-reload` (9.4; level operator; HAProxy 2.9 and later).
    -- @function Master:hard_reload
    -- @tparam[opt] table options as `Master:reload`
    -- @treturn table as `Master:reload`
    -- @raise as `Master:reload`, and `CommandFailed` (`unsupported`)
    hard_reload = { call = reload_by "hard-reload", options = wait.options },
    --- What HAProxy printed when it loaded its configuration last: `show startup-logs` (9.4;
    -- HAProxy 2.7 and later).
    -- @function Master:startup_logs
    -- @treturn {string,...} lines
    -- @raise `CommandFailed` (`unsupported`), `HAProxySocketError`
    startup_logs = { call = startup_logs },
    --- What the methods that a function calls would send: as `HAProxy:rehearse`, for calls on this object and its
    -- Workers. A reload counts as one that succeeded, with an empty log; nothing is reloaded.
    --
    --    print(master:rehearse(function()
    --      return master:hard_reload()
    --    end))
    --
    -- HAProxy objects that it made have a `rehearse` of their own.
    -- @function Master:rehearse
    -- @tparam function fn fails by raising, or by returning nil and an error; both is this method's error then
    -- @treturn Plan of one process, whose `process_nb` is 1, since there is one socket; what goes to a worker stands
    -- behind `@!` and its process id
    -- @raise that of the function; `ValueError` (`in_use`: a rehearsal goes on already)
    rehearse = { arguments = 1, call = rehearse },
    --- Waits until there is no old worker any more.
    -- @function Master:wait_old_workers
    -- @tparam[opt] table options `timeout` (30) and `interval` (0.5), seconds
    -- @treturn table `waited`: seconds
    -- @raise `ValueError`, `WaitTimeout` (it says which are left), `CommandFailed` (`permission`)
    wait_old_workers = { call = wait_old_workers, options = wait.options },
    --- A HAProxy object whose processes are the workers, as
    -- `haproxyadmin.HAProxy{ master = ... }` makes it.
    -- @function Master:haproxy
    -- @tparam[opt] table options those of `haproxyadmin.HAProxy`; what is not given there is as
    -- this Master's
    -- @treturn HAProxy
    -- @raise as `haproxyadmin.HAProxy`
    haproxy = { arguments = 1, tables = true, call = haproxy },
    --- Lets go of the connection that is kept (the option `keep`). The object and its workers
    -- raise then; HAProxy objects that it made have connections of their own. A second call does nothing.
    -- @function Master:close
    -- @treturn boolean true
    close = { call = close },
  }),
  --- Reads a property without raising.
  -- @function Master:get
  -- @tparam string property
  -- @return its value, or nil and the error
  properties = {
    --- Its HAProxy's version, a text. Raises `CommandFailed`, `HAProxySocketError`, as do all
    -- properties.
    -- @field Master.version
    version = of_master(function(found)
      return found.master.version
    end),
    --- Its process id, which stays over reloads.
    -- @field Master.pid
    pid = of_master(function(found)
      return found.master.pid
    end),
    --- How long it has been running, in seconds.
    -- @field Master.uptime
    uptime = of_master(function(found)
      return found.master.uptime
    end),
    --- How often it was reloaded, also in vain.
    -- @field Master.reloads
    reloads = of_master(function(found)
      return found.master.reloads
    end),
    --- How many of its last reloads have failed: 0 when the last one succeeded.
    -- @field Master.failed_reloads
    failed_reloads = of_master(reload.failed),
  },
}

local known = { socket = "string" }

local function build(options)
  local settings, err = check_settings(options, known)
  if not settings then
    return nil, err
  elseif options.socket == nil then
    return check.fail("socket", "address", nil)
  end
  settings.source, err = discover.source({ master = options.socket }, "socket")
  if not settings.source then
    return nil, err
  end
  settings.master = master.new(settings.source.master)
  local context = new_context(settings)
  context.identity = settings.source.master
  if construct.is_ready(context.transport) then
    local found
    found, err = look(context)
    if not found then
      return nil, errors.new("ValueError", err.code, err.message, { socket_file = err.socket_file })
    end
  end
  return make(context, { _identity = context.identity })
end

return function(options)
  local made, err = build(options)
  if made then
    return made
  elseif type(options) == "table" and options.die == false then
    return nil, err
  end
  error(err, 0)
end
