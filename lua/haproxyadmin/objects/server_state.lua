-- What `show servers state` says of one server.

local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local handle = require "haproxyadmin.objects.handle"
local rows = require "haproxyadmin.runtime.rows"

local server_state = {}

local COMMAND = "show servers state"

-- The rows of all servers that there are now, or were when the snapshot was taken.
local function state_of(server, context)
  if core.live(server) then
    return rows.read(context, COMMAND, core.proxy(server))
  end
  local state = core.state(server)
  if not state then
    local message = "this is in no snapshot that was taken without the option servers_state"
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  return state
end

--- The rows of a server: a sequence of {column = value, process_nb =}, never empty; or
-- nil and an error.
function server_state.rows(server, context)
  local state, err = state_of(server, context)
  if not state then
    return nil, err
  end
  local found = rows.find(state, COMMAND, core.proxy(server), core.name(server))
  if #found == 0 then
    return nil, errors.new("ValueError", "not_found", tostring(server) .. " is in no process's state of servers")
  end
  return found
end

--- A property that is a column on which processes must agree; `convert` makes the value
-- of what the column has.
function server_state.property(column, convert)
  return function(server, context)
    local found, err = server_state.rows(server, context)
    if not found then
      return nil, err
    end
    local value, values, differ = found[1][column], {}, false
    for i, row in ipairs(found) do
      values[i] = { row.process_nb, row[column] }
      differ = differ or row[column] ~= value
    end
    if differ then
      return handle.disagreement(values, ("%s of %s"):format(column, tostring(server)))
    elseif value == nil or not convert then
      return value
    end
    return convert(value)
  end
end

return server_state
