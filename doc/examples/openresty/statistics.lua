-- Everything that all processes count, as JSON: of every frontend, backend and
-- server the sums over the processes, and what each process said.
--
-- Large farms make a large text: a worker makes it in one go.

local cjson = require "cjson"
local haproxyadmin = require "haproxyadmin"
local hap = require "haproxies"

-- cjson writes 14 digits. A larger number is a text, so that none are lost.
local function exact(value)
  if type(value) == "number" and math.abs(value) >= 1e14 then
    return ("%.0f"):format(value)
  end
  return value
end

local function exact_all(fields)
  local found = {}
  for name, value in pairs(fields) do
    found[name] = exact(value)
  end
  return found
end

-- This cjson cannot tell an empty array from an object: no key then.
local function array(list, entry)
  local entries = {}
  for i, element in ipairs(list) do
    entries[i] = entry(element)
  end
  return #entries > 0 and entries or nil
end

local function of_process(entry)
  return { process_nb = entry[1], statistics = exact_all(entry[2]) }
end

local function of_object(object, metrics)
  local total = {}
  for _, name in ipairs(metrics) do
    total[name] = exact(object:metric(name))
  end
  return {
    name = object.name,
    status = object:get "status",
    total = total,
    processes = array(object:stats_per_process(), of_process),
  }
end

local function frontend(object)
  return of_object(object, haproxyadmin.FRONTEND_METRICS)
end

local function server(object)
  return of_object(object, haproxyadmin.SERVER_METRICS)
end

local function backend(object)
  local entry = of_object(object, haproxyadmin.BACKEND_METRICS)
  entry.servers = array(object:servers(), server)
  return entry
end

local function failure(entry)
  return { socket = entry[1], message = entry[2].message }
end

return function()
  local snapshot, err = hap:snapshot { partial = true, die = false }
  local answer
  if snapshot then
    answer = {
      processes = array(snapshot:info(), exact_all),
      frontends = array(snapshot:frontends(), frontend),
      backends = array(snapshot:backends(), backend),
      failed = array(snapshot.failed, failure),
    }
  else
    ngx.status = 503
    answer = { error = err.message }
  end
  ngx.say(cjson.encode(answer))
end
