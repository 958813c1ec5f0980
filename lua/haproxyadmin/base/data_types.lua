-- What entries of stick tables store: the data types of HAProxy, by the version that
-- brought each.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local sorted_keys = require "haproxyadmin.base.sorted_keys"
local version = require "haproxyadmin.base.version"

local data_types = {}

local since = {
  glitch_cnt = "3.0",
  glitch_rate = "3.0",
  gpc1 = "1.9",
  gpc1_rate = "1.9",
  gpt0 = "1.6",
  http_fail_cnt = "2.4",
  http_fail_rate = "2.4",
}

for _, name in ipairs {
  "bytes_in_cnt",
  "bytes_in_rate",
  "bytes_out_cnt",
  "bytes_out_rate",
  "conn_cnt",
  "conn_cur",
  "conn_rate",
  "gpc0",
  "gpc0_rate",
  "http_err_cnt",
  "http_err_rate",
  "http_req_cnt",
  "http_req_rate",
  "server_id",
  "sess_cnt",
  "sess_rate",
} do
  since[name] = "1.5"
end

-- Arrays: "gpc[2]". Before 3.2 only the first element has a name, the array's.
local arrays = { gpc = "2.6", gpc_rate = "2.6", gpt = "2.6" }
local ELEMENTS = "3.2"

-- The most that HAProxy keeps of a value; of bytes it keeps 64 bits.
local LARGEST = 2 ^ 32 - 1

local function known()
  return table.concat(sorted_keys(since), ", ") .. ", gpc[0], gpc_rate[0], gpt[0]"
end

--- A data type as an argument: its name, or nil and a ValueError.
function data_types.check(argument, name)
  if type(name) == "string" then
    local array = name:match "^([%l_]+)%[%d%d?%]$"
    if since[name] or arrays[array] then
      return name
    end
  end
  return check.fail(argument, "a data type that is a number (" .. known() .. ")", name)
end

--- A value that an entry may store.
function data_types.check_value(argument, name, value)
  local most = name:match "^bytes_.*_cnt$" and 2 ^ 53 - 1 or LARGEST
  return check.integer(argument, value, 0, most)
end

-- Which version has a data type, and the word for it in a version (nil: not known).
local function in_version(name, number)
  local array, element = name:match "^([%l_]+)%[(%d+)%]$"
  if not array then
    return since[name], name
  elseif number and number < version.number(ELEMENTS) then
    return tonumber(element) == 0 and arrays[array] or ELEMENTS, array
  end
  return ELEMENTS, name
end

--- What a process of a version is told for a data type that was checked: a word, or nil and
-- an error where it does not have it.
function data_types.word(name, number)
  local from, word = in_version(name, number)
  if number and number < version.number(from) then
    local message = ("the data type '%s' is in HAProxy %s and later; this process is a %s"):format(
      name,
      from,
      version.text(number)
    )
    return nil, errors.new("CommandFailed", "unsupported", message)
  end
  return word
end

return data_types
