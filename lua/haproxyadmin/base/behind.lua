-- What the error of a socket says of who is behind it.

local behind = {}

--- Something else than HAProxy.
function behind.is_foreign(err)
  return err.name == "SocketApplicationError"
end

--- Is a process missed at a socket of a folder that was passed over? Not at another
-- program's, at a second one of the same process, nor at one that tells of no process.
function behind.is_missed(err)
  return not behind.is_foreign(err) and err.code ~= "exists" and err.name ~= "CommandFailed"
end

return behind
