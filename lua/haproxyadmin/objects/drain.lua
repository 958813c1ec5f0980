-- Draining: no new sessions for some servers, then waiting until no
-- process has a session of them.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local members = require "haproxyadmin.objects.members"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local status = require "haproxyadmin.replies.status"
local wait = require "haproxyadmin.runtime.wait"

local drain = {}

drain.options = {
  timeout = "number",
  interval = "number",
  on_timeout = "string",
  progress = "function",
  state = "string",
}

local endings = { fail = true, kill = true, keep = true }

--- Checks the options of a drain; true, or nil and an error.
function drain.check(options)
  if options.on_timeout ~= nil and not endings[options.on_timeout] then
    return check.fail("on_timeout", "'fail', 'kill' or 'keep'", options.on_timeout)
  elseif options.state ~= nil and options.state ~= "drain" and options.state ~= "maint" then
    return check.fail("state", "'drain' or 'maint'", options.state)
  end
  return true
end

-- A session that another thread of HAProxy was just giving to the server when its state
-- changed is counted some moments later. So that there is none is believed when two
-- readings, so many seconds apart, say so.
local PAUSE = 0.05

-- The processes that are to be told: in maintenance a server has no new sessions, and to
-- drain it would end that. A server that is without an address, or in maintenance by way
-- of another one, may come back while somebody waits.
local function to_be_told(servers)
  local only, any = {}, false
  for _, server in ipairs(servers) do
    for _, row in ipairs(members.rows(server)) do
      if not row.old and not status.is_in_maintenance(row.status) then
        only[row.nb], any = true, true
      end
    end
  end
  return any and only or nil
end

-- Puts them into the state, each where it is not in maintenance.
local function begin(self)
  for _, server in ipairs(self.servers) do
    local only = to_be_told { server }
    if only then
      local ok, err = members.command(self.context, { server }, "set server state", { state = self.state }, only)
      if not ok then
        return nil, err
      end
    end
  end
  self.identities = members.identities(self.context)
  self.begun = true
  return true
end

local function describe(results, shown)
  local words = {}
  for _, result in ipairs(results) do
    if result[2] > 0 then
      words[#words + 1] = ("process %s: %d"):format(shown[result], result[2])
    end
  end
  return #words > 0 and table.concat(words, ", ") or "none"
end

-- Counts their sessions: all, for each process {nb, n}, and as a text. Also whether a
-- process lets a server have new ones: its row, or nil.
local function count(servers)
  local total, results, by_nb, shown, undone = 0, {}, {}, {}, nil
  for _, server in ipairs(servers) do
    for _, row in ipairs(members.rows(server)) do
      local result = by_nb[row.nb]
      if not result then
        result = { row.nb, 0 }
        by_nb[row.nb], results[#results + 1] = result, result
        shown[result] = row.shown
      end
      result[2] = result[2] + row.sessions
      total = total + row.sessions
      undone = undone or not row.old and status.takes_sessions(row.status) and row
    end
  end
  return total, results, describe(results, shown), undone
end

-- A process that lets a server have new sessions is another one than before, behind a
-- reload; or somebody set the server's state meanwhile.
local function mend(self, row)
  if members.identities(self.context)[row.nb] ~= self.identities[row.nb] then
    return begin(self)
  end
  local message = "%s was drained and is %s in process %s: somebody set its state meanwhile"
  return nil,
    errors.new("InconsistentData", "inconsistent", message:format(
      members.describe(self.servers),
      row.status,
      row.shown
    ), { results = { { row.nb, row.status } } })
end

local function read(self, seconds)
  -- All of the backend; or the error, where they cannot be read.
  local servers, all = members.read(self.context, self.servers, seconds, self.guard ~= nil)
  if not servers then
    return nil, all
  end
  self.servers = servers
  if self.guard then
    local ok, err = self.guard(all)
    if not ok then
      return nil, err
    end
  end
  return true
end

-- One look: true where there are no sessions, else what `wait` is to be told.
local function look(self, seconds)
  local ok, err = read(self, seconds)
  if ok and not self.begun then
    ok, err = begin(self)
    if not ok then
      return nil, err, true
    end
    ok, err = read(self, seconds)
  end
  if not ok then
    return nil, err
  end
  local total, results, words, undone = count(self.servers)
  if undone then
    ok, err = mend(self, undone)
    if not ok then
      return nil, err, true
    end
    return false, "a process was reloaded"
  end
  self.left = total
  if self.progress then
    self.progress { left = total, waited = wait.waited(self.context, self.limits), results = results }
  end
  return total == 0, words, results
end

local function wait_for_none(self, limits)
  local what = ("the sessions of %s to end"):format(members.describe(self.servers))
  local transport = self.context.transport
  return wait.until_holds(self.context, limits, what, function(seconds)
    local none, seen, results = look(self, seconds)
    if none then
      transport:sleep(PAUSE)
      none, seen, results = look(self, seconds)
    end
    return none, seen, results
  end)
end

-- Ends the sessions, and waits a little until that is done.
local function kill(self)
  local killed = self.left
  local ok, err = members.command(self.context, self.servers, "shutdown sessions server")
  if not ok then
    return nil, err
  end
  local limits
  limits, err = wait.begin(self.context, { timeout = math.max(self.context.timeout, 1), interval = PAUSE })
  if not limits then
    return nil, err
  end
  ok, err = wait_for_none(self, limits)
  if not ok then
    return nil, err
  end
  return killed
end

-- Is it known what is left when the time is over? It may have ended in the middle of a
-- reading: one more then has the time of an exchange.
local function knows_left(self, err)
  if self.begun and (err.cause or not self.left) then
    return look(self, self.context.timeout) ~= nil and self.left ~= nil
  end
  return self.left ~= nil
end

--- Drains servers, all at once; `options` were checked. `guard(all)`: is called with all
-- servers of the backend at each reading; nil and an error from it end the waiting. Returns {waited =, left =,
-- killed =}, or nil and an error.
function drain.run(context, servers, options, guard)
  local limits, err = wait.begin(context, options)
  if not limits then
    return nil, err
  end
  local self = {
    context = context,
    servers = servers,
    limits = limits,
    progress = options.progress,
    state = options.state or "drain",
    guard = guard,
    begun = false,
    left = nil,
  }
  local killed = 0
  local ok
  if rehearsal.is_on(context) then
    ok, err = begin(self)
    self.left = 0
  else
    ok, err = wait_for_none(self, limits)
  end
  local settled = options.on_timeout == "kill" or options.on_timeout == "keep"
  if not ok and settled and errors.is_error(err, "WaitTimeout") and knows_left(self, err) then
    if options.on_timeout == "kill" and self.left > 0 then
      killed, err = kill(self)
      ok = killed
    else
      ok = true
    end
  end
  if ok then
    return { waited = wait.waited(context, limits), left = self.left, killed = killed }
  elseif self.begun then
    local words = #servers == 1 and "stays" or "stay"
    err.message = ("%s; %s %s in state %s"):format(err.message, members.describe(servers), words, self.state)
  end
  return nil, err
end

return drain
