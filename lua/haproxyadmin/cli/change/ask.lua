-- Questions before something is changed.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local interrupt = require "haproxyadmin.cli.base.interrupt"
local text = require "haproxyadmin.cli.base.text"

local ask = {}

--- Asks, unless it was answered before. Returns where the answer is yes, else ends the program. A
-- question that cannot be asked is a failure. Without a question nothing is asked, unless the
-- configuration wants to be asked always.
function ask.about(call, question)
  local given = call.given
  if not question and call:setting "confirm" == "always" then
    question = "Go on?"
  end
  if not question or given.yes or given.force then
    return
  elseif given.no_input or not core.terminal(0) then
    local message = question:gsub(" *Go on%?$", "") .. " Nobody can be asked"
    failure.raise("usage", message, "--yes does it without a question")
  end
  io.stderr:write(text.plain(question), " [y/N] ")
  local answer = io.stdin:read "*l"
  interrupt.raise()
  if not answer or not answer:match "^%s*[yY]" then
    failure.raise("failed", "nothing was changed")
  end
end

--- Ends the program where the configuration allows no changes.
function ask.permission(call)
  if call:setting "read_only" then
    local name = call:setting "context"
    failure.raise("permission", name and ("context %s is read-only"):format(name) or "the configuration is read-only")
  end
end

return ask
