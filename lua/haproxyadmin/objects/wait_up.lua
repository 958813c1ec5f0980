-- Waiting until some servers are up.

local core = require "haproxyadmin.core"
local members = require "haproxyadmin.objects.members"
local status = require "haproxyadmin.replies.status"
local wait = require "haproxyadmin.runtime.wait"

local wait_up = {}

-- Does each process say so of each server? And what they said, and each by itself.
local function all_are(servers, is)
  local all, words, results = true, {}, {}
  for _, server in ipairs(servers) do
    for _, row in ipairs(members.rows(server)) do
      if not row.old then
        local name = #servers > 1 and core.proxy(server) .. "/" .. core.name(server) .. " in " or ""
        all = all and is(row.status)
        words[#words + 1] = ("%sprocess %s: %s"):format(name, row.shown, row.status)
        results[#results + 1] = { row.nb, row.status }
      end
    end
  end
  return all, table.concat(words, ", "), results
end

--- Waits until each process says of each server what `is` takes for right (default: that
-- it is up; `what`: how an error calls that). Returns the seconds that it took, or nil
-- and an error.
function wait_up.run(context, servers, options, is, what)
  local limits, err = wait.begin(context, options)
  if not limits then
    return nil, err
  end
  what = ("%s to be %s"):format(members.describe(servers), what or "up")
  return wait.until_holds(context, limits, what, function(seconds)
    local found, failure = members.read(context, servers, seconds)
    if not found then
      return nil, failure
    end
    servers = found
    local all, words, results = all_are(found, is or status.is_up)
    if not all then
      return false, words, results
    end
    return wait.waited(context, limits)
  end)
end

return wait_up
