-- What the program prints: it may go to a pipe whose reader has gone, to a disk that is full,
-- and to a pager where somebody sits at a terminal.

local failure = require "haproxyadmin.cli.base.failure"

local stdout = {}

local EPIPE = 32

-- Where it goes: stdout, or a pager's pipe.
local stream = io.stdout

local function failed(words, code)
  if code == EPIPE then
    failure.raise("closed", "")
  end
  failure.raise("failed", "what was asked for cannot be written: " .. tostring(words))
end

--- Writes texts.
function stdout.write(...)
  local ok, words, code = stream:write(...)
  if not ok then
    failed(words, code)
  end
end

--- Writes what is still kept back.
function stdout.flush()
  local ok, words, code = stream:flush()
  if not ok then
    failed(words, code)
  end
end

local function succeeds(command)
  local ok = os.execute(command)
  return ok == true or ok == 0
end

-- The pager of the caller's, or less, which leaves what it showed on the screen.
local function pager()
  local own = os.getenv "PAGER"
  if own then
    return own ~= "" and own ~= "cat" and own or nil
  elseif succeeds "command -v less >/dev/null 2>&1" then
    return "LESS=${LESS-FRX} less"
  end
end

--- From now on a pager shows what is written, where there is one.
function stdout.page()
  local command = pager()
  local pipe = command and io.popen(command, "w")
  if pipe then
    -- It takes Ctrl-C for itself, and must not find the terminal in the shell's hands.
    require("haproxyadmin.cli.base.interrupt").note()
    stream = pipe
  end
end

--- Waits until the pager has ended, if there is one.
function stdout.finish()
  stdout.flush()
  if stream ~= io.stdout then
    stream:close()
    stream = io.stdout
  end
end

return stdout
