--- Helpers that scripts written for Python's haproxyadmin use.
-- @module haproxyadmin.utils

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local native = require "haproxyadmin.transport.native"

local utils = {}

local function demand(value, err)
  if err then
    error(err, 0)
  end
  return value
end

--- Makes a number of a text, where it is one.
-- @tparam string|number value
-- @return an integer (a fraction is cut off towards zero), or the text without
-- blanks around it, or nil when nothing is left or the value is no text
function utils.converter(value)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    return nil
  end
  return core.converter(tostring(value))
end

--- Aggregates values as the metric of this name is: see `METRICS_SUM`,
-- `METRICS_AVG`.
-- @tparam string name a metric
-- @tparam {number,...} values
-- @treturn number 0 of no values
-- @raise `ValueError` for an unknown metric
function utils.calculate(name, values)
  demand(check.type("values", values, "table"))
  local rule = metrics.rule[name]
  if not rule then
    return demand(check.fail("name", "the name of a metric", name))
  end
  return core.calculate(rule, values)
end

--- Are all elements equal?
-- @tparam table list
-- @treturn boolean false for an empty list
function utils.elements_of_list_same(list)
  demand(check.type("list", list, "table"))
  for i = 2, #list do
    if list[i] ~= list[1] then
      return false
    end
  end
  return #list > 0
end

local function second(results)
  local values = {}
  for i, entry in ipairs(results) do
    values[i] = entry[2]
  end
  return values
end

local function disagree(class, results)
  local what = class == "InconsistentData" and "data" or "results"
  local message = ("received different %s from processes"):format(what)
  error(errors.new(class, "inconsistent", message, { results = results }), 0)
end

--- The value on which all processes agree.
-- @tparam {table,...} values sequence of `{process_nb, value}`
-- @return the value
-- @raise `InconsistentData`
function utils.compare_values(values)
  demand(check.type("values", values, "table"))
  if not utils.elements_of_list_same(second(values)) then
    disagree("InconsistentData", values)
  end
  return values[1][2]
end

--- Can the value be made an integer?
-- @param value a text or a number
-- @treturn boolean
function utils.isint(value)
  if type(value) == "number" then
    return value == value and value ~= math.huge and value ~= -math.huge
  end
  return type(value) == "string" and value:match "^%s*[+-]?%d+%s*$" ~= nil
end

--- Is what a command answered free of errors?
-- @tparam {string,...} lines
-- @treturn boolean
function utils.check_output(lines)
  demand(check.type("lines", lines, "table"))
  return lines[1] == nil or core.refusal(lines[1]) == "failed"
end

local function judge(success, results)
  demand(check.type("results", results, "table"))
  local same = utils.elements_of_list_same(second(results))
  for _, entry in ipairs(results) do
    if not core.succeeded(success, entry[2]) then
      if not same then
        disagree("MultipleCommandResults", results)
      end
      local code = core.refusal(entry[2])
      error(errors.new("CommandFailed", code, entry[2], { results = results }), 0)
    end
  end
  return true
end

--- Did every process do it? For commands that answer nothing on success.
-- @tparam {table,...} results sequence of `{process_nb, reply}`
-- @treturn boolean true
-- @raise `CommandFailed`, `MultipleCommandResults`
function utils.check_command(results)
  return judge("silent", results)
end

--- The same for `set server ... addr`.
-- @tparam string change_type `addr` or `port`
-- @tparam {table,...} results sequence of `{process_nb, reply}`
-- @treturn boolean true
-- @raise `ValueError`, `CommandFailed`, `MultipleCommandResults`
function utils.check_command_addr_port(change_type, results)
  if change_type ~= "addr" and change_type ~= "port" then
    demand(check.fail("change_type", "'addr' or 'port'", change_type))
  end
  return judge("address", results)
end

--- The lines of `show info` as a table.
-- @tparam {string,...} lines
-- @treturn table name = value, numbers as numbers
function utils.info2dict(lines)
  demand(check.type("lines", lines, "table"))
  return core.info(table.concat(lines, "\n"))
end

--- The lines of `show stat` as a table.
-- @tparam {string,...} lines
-- @treturn table `{frontends = {[name] = row}, backends = {[name] =
-- {stats = row, servers = {[name] = row}}}}`; a row is field = value
-- @raise `ValueError` when it is no such table
function utils.stat2dict(lines)
  demand(check.type("lines", lines, "table"))
  local session = core.session("once", 2 ^ 31 - 1)
  session:ask("show stat", "stat")
  local done = session:feed(table.concat(lines, "\n"):gsub("\n*$", "") .. "\n\n")
  local snapshot = done and core.snapshot({}, { { 1, 1, session } })
  if not snapshot then
    return demand(check.fail("lines", "the lines of `show stat`", lines))
  end
  local dict = { frontends = {}, backends = {} }
  local function backend(name)
    dict.backends[name] = dict.backends[name] or { servers = {} }
    return dict.backends[name]
  end
  for _, row in ipairs(core.rows(snapshot)[1]) do
    if row.type == 0 then
      dict.frontends[row.pxname] = row
    elseif row.type == 1 then
      backend(row.pxname).stats = row
    elseif row.type == 2 then
      backend(row.pxname).servers[row.svname] = row
    end
  end
  return dict
end

--- Is this path a unix socket?
-- @tparam string path
-- @treturn boolean
function utils.is_unix_socket(path)
  local found = core.path(demand(check.text("path", path)))
  return found ~= nil and found.socket
end

--- Does HAProxy answer at this address?
-- @tparam string address as `HAProxy{socket_file = ...}` takes it
-- @tparam[opt=1] number timeout seconds
-- @treturn boolean
function utils.connected_socket(address, timeout)
  demand(check.text("address", address))
  if not core.address(address) then
    return false
  end
  local session = core.session("once", 2 ^ 20)
  session:ask("show info", "info")
  local request = { address = address, line = session:line(), reply = session }
  native:exchange({ request }, native:now() + (timeout or 1))
  return request.code == nil and session:shaped()
end

return utils
