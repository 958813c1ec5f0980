--- A server of one backend, however many processes serve it.
-- @classmod haproxyadmin.Server

local apply = require "haproxyadmin.state.apply"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local document = require "haproxyadmin.state.document"
local errors = require "haproxyadmin.errors"

local ensure = {}

-- What stands in the way: not that some processes do not have the server, as long as
-- others have it.
local function obstacle(self, context, skipped)
  local gone = 0
  for _, own in ipairs(skipped) do
    if own.code ~= "not_found" then
      local message = "it cannot be as wanted: " .. apply.describe(own)
      return errors.new("CommandFailed", "unsupported", message, { results = skipped })
    end
    gone = gone + 1
  end
  if gone == #context.processes then
    local message = ("server %s/%s is gone: no process has it any more"):format(core.proxy(self), core.name(self))
    return errors.new("ValueError", "not_found", message)
  end
end

-- By field {from, to}; where it was not the same in all processes, `from` is what it was
-- in each, by number.
local function summary(changes)
  local found, values = {}, {}
  for _, own in ipairs(changes) do
    for _, field in ipairs(own.fields) do
      local name = field[1]
      if not found[name] then
        found[name], values[name] = { field[2], field[3] }, {}
      end
      values[name][own.process.nb] = field[2]
    end
  end
  for name, pair in pairs(found) do
    for _, value in pairs(values[name]) do
      if value ~= pair[1] then
        pair[1] = values[name]
        break
      end
    end
  end
  return found
end

local function run(self, context, options, wanted)
  local fields, err = check.type("wanted", wanted, "table")
  if fields then
    fields, err = document.check_server("wanted", wanted)
  end
  local out
  if fields then
    out, err = apply.compare(context, {
      backends = { [core.proxy(self)] = { servers = { [core.name(self)] = fields } } },
    })
  end
  err = err or obstacle(self, context, out.skipped)
  if not err and not options.dry_run then
    local _
    _, err = apply.send(context, apply.list(context, out), out)
    err = err or obstacle(self, context, out.skipped)
  end
  if err then
    return nil, err
  end
  return summary(out.changes)
end

ensure.methods = {
  --- Makes it as it is wanted in every process that has it: reads once what it is like
  -- (`show servers state` of its backend; for `maxconn` `show stat`, too), and sends each
  -- process only what differs there, so that a second call sends nothing.
  --
  -- `wanted` may have: `state` (`ready`, `drain`, `maint`), `weight` (0 to 256), `address`,
  -- `port`, `maxconn` (0: no limit), `fqdn`, `ssl` (boolean), `health_enabled`,
  -- `check_address`, `check_port`, `agent_enabled`, `agent_address`, `agent_port`; and for a
  -- server whose health no check finds out `health` (`up`, `stopping`, `down`). Each is
  -- set by the command of the method of that name: `Server:setstate`, `Server:setweight`,
  -- ... (level admin).
  -- @function Server:ensure
  -- @tparam table wanted
  -- @tparam[opt] table options `dry_run = true`: nothing is sent
  -- @treturn table what was changed, or would be, `{weight = {from, to}}`: empty where
  -- nothing differs. `from` is a table, `{[process_nb] = value}`, where the processes that
  -- were changed had different values
  -- @raise `ValueError` (a wrong value; the server is gone), `CommandFailed` (`unsupported`: a
  -- process does not show such a value, or the server has no such check; nothing was sent
  -- then), else as `HAProxy:batch`
  ensure = { arguments = 1, tables = true, call = run, options = { dry_run = "boolean" } },
}

return ensure
