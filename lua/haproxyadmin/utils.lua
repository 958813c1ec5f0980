--- Helpers that scripts written for Python's haproxyadmin use.
-- @module haproxyadmin.utils

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local new = require "haproxyadmin.objects.haproxy"

local utils = {}

local function demand(value, err)
  if err then
    error(err, 0)
  end
  return value
end

-- The number of a text such as "+5", ".5" or "1.5e3", which HAProxy does not
-- print: as an integer with an exponent, since the decimal point is not the same
-- in every locale.
local function scientific(text)
  local sign, whole, fraction, rest = text:match "^([+-]?)(%d*)%.?(%d*)(.*)$"
  local exponent = rest == "" and "0" or rest:match "^[eE]([+-]?%d+)$"
  if whole .. fraction == "" or not exponent then
    return nil
  end
  return tonumber(("%s%se%s"):format(sign == "-" and sign or "", whole .. fraction, tonumber(exponent) - #fraction))
end

local function towards_zero(number)
  return (number < 0 and math.ceil(number) or math.floor(number)) + 0
end

--- Makes a number of a text, where it is one.
-- @tparam string|number value
-- @return an integer (a fraction is cut off towards zero; what 64 bits do not
-- hold is a float), or the text without blanks around it, or nil when nothing is
-- left or the value is no text
function utils.converter(value)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    return nil
  end
  local found = core.converter(tostring(value))
  local number = type(found) == "string" and scientific(found)
  if number and math.abs(number) < math.huge then
    return towards_zero(number)
  end
  return found
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

-- How HAProxy says no, 1.5 to 3.4, beside what the core knows as a refusal of
-- some kind. Whole families of sentences: their objects differ by version.
local refusals = {
  "^'[^']+' only supports ",
  "^'[^']+' supports ",
  "^'[^']+' expects ",
  "^'[^']+' received invalid ",
  "^Expects ",
  "expected$",
  "expected %(use '[^']+'%)%.$",
  "^Missing ",
  "^Require ",
  "^Required ",
  "^This command expects ",
  "^Optional argument only supports ",
  "^Invalid ",
  "^Unknown ",
  "^Unable to ",
  "^Failed to ",
  "^Out of memory",
  "^Can't ",
  "^[Cc]annot ",
  ", cannot ",
  "^Frontend is already ",
  "^Frontend was ",
  "^All sockets are already ",
  "^[%a ]+ are not enabled on this server",
  "^[%a ]+ %a+ not configured on this server",
  "^Data type not stored ",
  "^Removing keys ",
  "^Showing keys ",
  "is only supported with the ",
  "^This ACL is shared ",
}

--- Is what a command answered free of errors? Only the first line counts.
-- @tparam {string,...} lines
-- @treturn boolean
function utils.check_output(lines)
  demand(check.type("lines", lines, "table"))
  local line = lines[1] or ""
  if core.refusal(line) ~= "failed" then
    return false
  end
  for _, pattern in ipairs(refusals) do
    if line:find(pattern) then
      return false
    end
  end
  return true
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
-- @tparam {string,...} lines each may be indented
-- @treturn table name = value, numbers as numbers; a name without a value is left
-- out
function utils.info2dict(lines)
  demand(check.type("lines", lines, "table"))
  local text = {}
  for i, line in ipairs(lines) do
    text[i] = line:gsub("^%s+", "")
  end
  return core.info(table.concat(text, "\n"))
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
  local done = session:feed((table.concat(lines, "\n"):gsub("\n*$", "")) .. "\n\n")
  local snapshot = done and session:shaped() and core.snapshot({}, { { 1, 1, session } })
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
  demand(check.type("timeout", timeout or 1, "number"))
  return new {
    socket_file = address,
    timeout = timeout,
    retry = false,
    transport = "native",
    die = false,
  } ~= nil
end

return utils
