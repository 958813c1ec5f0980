-- What the status of a server in `show stat` says (management guide, 9.1, "status").

local status = {}

--- Does it get new sessions? `UP 1/3` does, although a check failed, or none has passed
-- since it left maintenance.
function status.takes_sessions(text)
  return text == "no check" or text:match "^UP" ~= nil
end

--- The same, and nothing is left to be checked: the last check passed, or there are none.
function status.is_up(text)
  return text == "no check" or text == "UP"
end

--- Drained, and nothing is left to be checked.
function status.is_drained(text)
  return text == "DRAIN"
end

--- Was it put into maintenance itself, not by way of a server that it tracks, or because
-- its name has no address?
function status.is_in_maintenance(text)
  return text == "MAINT"
end

return status
