-- haproxyadmin top

local failure = require "haproxyadmin.cli.base.failure"
local output = require "haproxyadmin.cli.show.output"

local LEAST, MOST = 0.1, 3600

local function seconds(text)
  local number = tonumber(text)
  if not number or not (number >= LEAST and number <= MOST) then
    return nil, ("a number of seconds from %g to %g"):format(LEAST, MOST)
  end
  return number
end

local function run(call)
  call.goes_on()
  local given = call.given
  -- It has a loop, and signals, of its own.
  call.wrap = nil
  local status, text, errors = require("haproxyadmin.top").run(call:options(), {
    interval = given.delay or given.once and 1 or 2,
    once = given.once,
    title = call:setting "context",
    read_only = given.read_only or call:setting "read_only",
    colour = call.terminal.color,
    unicode = call.terminal.utf8,
    columns = call.terminal.columns,
  })
  if text then
    output.write(text)
    for _, err in ipairs(errors) do
      call:warn(err.message)
      status = failure.status.partial
    end
  end
  return status
end

return {
  name = "top",
  help = "A live view of all processes: what is busy, what is wrong; drains servers, and more.",
  options = {
    { "-d", "--delay", value = "SEC", convert = seconds, help = "seconds between two readings (2)" },
    { "--once", help = "one screen as text, also where stdout is no terminal" },
    { "--read-only", help = "the keys that change something do not" },
  },
  waits = true,
  examples = { "haproxyadmin top", "haproxyadmin top --once -d 5" },
  run = run,
}
