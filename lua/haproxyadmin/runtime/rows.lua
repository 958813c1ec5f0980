-- Rows: answers of all processes that are columns below a header, such as that to
-- `show servers state`, kept as they came.

local check = require "haproxyadmin.base.check"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local new_request = require("haproxyadmin.runtime.request").new
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"

local rows = {}

-- What each command's columns are, where they are no numbers; and by which columns a
-- row is found.
local shapes = {
  ["show servers state"] = {
    types = {
      be_name = "name",
      srv_name = "name",
      srv_addr = "text",
      srv_fqdn = "text",
      srvrecord = "text",
      srv_check_addr = "text",
      srv_agent_addr = "text",
    },
    key = { "be_name", "srv_name" },
  },
  ["show servers conn"] = {
    types = {
      ["bkname/svname"] = "name",
      ["bkid/svid"] = "name",
      addr = "text",
      idle_per_thr = "list",
    },
    key = { "bkname/svname" },
  },
}

--- The rows of a server in these rows: a sequence of {column = value, process_nb =}.
function rows.find(self, name, backend, server)
  local key = shapes[name].key
  local found = core.row_find(self, backend .. "/" .. server, key[1], key[2])
  for i, number in ipairs(found) do
    found[i] = core.row(self, number)
  end
  return found
end

--- The rows in answer number `place` of each request, or nil and an error.
function rows.of(name, requests, place)
  local parts = {}
  for i, self in ipairs(requests) do
    parts[i] = { self.process.nb, self.reply, place }
  end
  local found, bad = core.columns(shapes[name].types, parts)
  if not found then
    local address = requests[bad].process.address
    local message = ("socket %s answered '%s' with rows that do not fit their header"):format(address, name)
    return nil, errors.new("SocketApplicationError", "failed", message, { socket_file = address })
  end
  return found
end

--- Why answer number `place` is no rows, or nil if it is.
function rows.error(name, self, place)
  self.answer = self.reply:text(place, check.EXCERPT)
  local row = commands.find(name)
  if success.of(row, self.answer) then
    self.answer = nil
    return nil
  end
  self.row, self.shown = row, name
  return request.refusal(self)
end

local FRAMES = { "info", "list" }

-- `show info` goes before it, since a process that ends tells of its own servers.
local function requests_of(wanted)
  local requests = {}
  for i, process in ipairs(wanted.processes) do
    local self = new_request(process, wanted.row, { "show info", wanted.line }, FRAMES, true)
    self.shown = wanted.line
    requests[i] = self
  end
  return requests
end

-- Those that have what was asked for; or nil and an error.
local function having(name, requests)
  local found, absent = {}, nil
  for i, self in ipairs(requests) do
    local err = reading.error(self) or rows.error(name, self, 2)
    if not err then
      found[#found + 1] = self
    elseif err.code ~= "not_found" or self.code then
      return reading.tell(requests, i, err)
    else
      absent = err
    end
  end
  if #found == 0 then
    return nil, errors.new("ValueError", "not_found", absent.message, { results = absent.results })
  end
  return found
end

--- The rows of a command in all processes that have its backend (nil: of all); nil and
-- an error where a process does not answer, or none has it. `seconds`: asked once, and
-- for no longer than that.
function rows.read(context, name, backend, seconds)
  if #context.processes == 0 then
    return plan.nobody()
  end
  local wanted, err = plan.wanted(context.processes, name, { backend = backend })
  if not wanted then
    return nil, err
  end
  local requests = requests_of(wanted)
  reading.send(context, requests, seconds)
  local answered
  answered, err = having(name, requests)
  if not answered then
    return nil, err
  end
  reading.learn(requests)
  local found
  found, err = rows.of(name, answered, 2)
  send.done(requests)
  return found, err
end

return rows
