--- Events: the lines of a ring of HAProxy's, in all processes, as `HAProxy:events`
-- returns them: `for event in events do`. An event is a table: `process_nb`, and `text`, the line.
--
-- Following ends with `close`, with the collector, or on Lua 5.4 with a variable's scope (`local
-- events <close> = ...`); until then there is a connection to each process, and once a second each is asked
-- who it is, so that the process that a reload starts is followed, too. Nobody has to read fast: what finds no
-- room in HAProxy's ring is lost there, and counted (`dropped` of `HAProxy:rings`). In nginx the connections
-- are the request's that opened them.
-- @classmod haproxyadmin.Events

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local marked = require "haproxyadmin.runtime.marked"
local new_list = require "haproxyadmin.base.list"
local rings = require "haproxyadmin.replies.rings"
local run = require "haproxyadmin.runtime.run"
local streams = require "haproxyadmin.runtime.streams"

local function event_of(process, text)
  return { process_nb = process.nb, text = text }
end

local function next_event(self, context, _, seconds)
  if seconds ~= nil then
    local ok, err = check.seconds("seconds", seconds)
    if not ok then
      return nil, err
    end
  end
  local stream = rawget(self, "_streams")
  if not stream then
    return table.remove(rawget(self, "_events"), 1)
  end
  local line, err = stream:next(seconds and context.transport:now() + seconds)
  return line and event_of(line[1], line[2]), err
end

local function close(self)
  local stream = rawget(self, "_streams")
  if stream then
    stream:close()
  end
  rawset(self, "_events", {})
  return true
end

local function identity(self)
  return self._identity
end

local definition = {
  name = "Events",
  describe = identity,
  methods = class.methods({}, {
    --- The next event, in the order in which they arrive.
    -- @function Events:next
    -- @tparam[opt] number seconds to wait for it; else until there is one
    -- @treturn ?table nil where none came in time; without `follow`, where there is no other
    -- @raise `ValueError`; `CommandFailed` (`permission`, `not_found`), `HAProxySocketError`: a
    -- process cannot be followed, and nothing more comes
    next = { arguments = 1, call = next_event },
    --- Lets go of the connections; nothing more comes.
    -- @function Events:close
    -- @treturn boolean true
    close = { call = close },
  }),
  --- A property, without raising.
  -- @function Events:get
  -- @tparam string property
  -- @return[1] its value
  -- @return[2] nil
  -- @treturn[2] Error
  properties = {
    --- The ring's name.
    -- @field Events.ring
    ring = identity,
  },
}
local make, meta = class.of_tables(definition), definition.meta

-- As an iterator.
function meta:__call()
  return self:next()
end

meta.__close = close

-- What there is now, process by process.
local function present(context, ring)
  local requests, err = run.read(context, "show events ring", { ring = ring })
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, line in ipairs(marked.lines(request)) do
      if line ~= "" then
        found[#found + 1] = event_of(request.process, line)
      end
    end
  end
  return found
end

local function events(_, context, options, ring)
  local ok, err = check.text("ring", ring)
  if not ok then
    return nil, err
  end
  local found = { _identity = ring }
  if options.follow then
    found._streams, err = streams.open(context, "show events -w", { ring = ring }, " -n")
  else
    found._events, err = present(context, ring)
  end
  if err then
    return nil, err
  end
  return make(context, found)
end

local function all_rings(_, context)
  local requests, err = run.read(context, "show events", {})
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, ring in ipairs(rings.of(marked.lines(request))) do
      ring.process_nb = request.process.nb
      found[#found + 1] = ring
    end
  end
  return new_list(found)
end

return { of = events, rings = all_rings }
