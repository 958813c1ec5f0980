-- haproxyadmin event ...

local column = require "haproxyadmin.cli.show.column"
local interrupt = require "haproxyadmin.cli.base.interrupt"
local json = require "haproxyadmin.base.json_writer"
local output = require "haproxyadmin.cli.show.output"
local text = require "haproxyadmin.cli.base.text"

local function list(call)
  call:items({
    column("name", "RING", { names = true }),
    column("process_nb", "PROC", { names = true, right = true }),
    column("type", "TYPE"),
    column("dropped", "DROPPED", { right = true }),
    column("description", "DESCRIPTION", { wide = true }),
  }, call:haproxy():rings(), {
    name = function(item)
      return item.name
    end,
  })
end

-- Seconds between two looks at Ctrl-C.
local PATIENCE = 0.25

local function print_one(call, event)
  if call.format == "json" or call.format == "ndjson" then
    output.write(json.encode(json.object { "process", event.process_nb, "text", event.text }), "\n")
  else
    output.write(("%d\t%s\n"):format(event.process_nb, text.plain(event.text)))
  end
end

local function show(call)
  local follow = call.given.follow
  local events = call:haproxy():events(call.given.ring, { follow = follow or nil })
  local printed = 0
  while not call.given.limit or printed < call.given.limit do
    local event = events:next(follow and PATIENCE or nil)
    if event then
      printed = printed + 1
      print_one(call, event)
    elseif not follow then
      break
    else
      output.flush()
      interrupt.raise()
    end
  end
  events:close()
end

return {
  name = "event",
  help = "What HAProxy's rings keep: logs and traces.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists rings, and how much found no room in them.",
      examples = { "haproxyadmin event list" },
      run = list,
    },
    {
      name = "show",
      help = "Shows what a ring holds; with --follow also what comes, over all processes.",
      waits = true,
      arguments = { { "ring", value = "RING", help = "its name (event list)" } },
      options = { { "-f", "--follow", help = "go on until Ctrl-C, or --limit" } },
      examples = { "haproxyadmin event show buf0", "haproxyadmin event show lines --follow -o ndjson" },
      run = show,
    },
  },
}
