-- Actions: what the keys do to servers. Each is planned, asked about, done in all processes
-- that have the servers, and told process by process.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local format = require "haproxyadmin.top.format"
local guard = require "haproxyadmin.cli.change.guard"

local actions = {}

local function state(word)
  return function(batch, server)
    batch:setstate(server, word)
  end
end

local HEAVIEST = 256

-- The weight that was set, which is not what a server that starts slowly has at the moment.
local function weight_of(reading, server)
  return reading:number(server, "uweight", "max") or reading:number(server, "weight", "max") or 0
end

-- Sets the weight that each server has, and so much more or less.
local function change_weight(by)
  return {
    ask = ("Change the weight by %+d"):format(by),
    done = "has another weight",
    weight_after = function(row)
      return math.max(0, row.weight + by)
    end,
    run = function(batch, server, reading)
      local wanted = math.max(0, math.min(HEAVIEST, weight_of(reading, server) + by))
      batch:setweight(server, wanted)
    end,
  }
end

local function out()
  return 0
end

local drain = { ask = "Drain", done = "is draining", run = state "drain", weight_after = out }
local maintain =
  { ask = "Put into maintenance", done = "is in maintenance", run = state "maint", weight_after = out }
local ready = { ask = "Make ready", done = "is ready", run = state "ready" }

-- Those of the last two lines are hatop's.
actions.by_key = {
  d = drain,
  m = maintain,
  r = ready,
  w = {
    prompt = "weight (0 to 256, or per cent of the initial one)",
    ask = "Set the weight of",
    done = "has another weight",
    run = function(batch, server, _, value)
      batch:setweight(server, tonumber(value) or value)
    end,
    -- What a share of the initial weight is, only the server's state tells; none is none.
    weight_after = function(row, value)
      return tonumber(value) or value:match "^0+%%$" and 0 or row.weight
    end,
  },
  ["+"] = change_weight(1),
  ["-"] = change_weight(-1),
  K = {
    ask = "End all sessions of",
    done = "has no sessions any more",
    run = function(batch, server)
      batch:shutdown(server)
    end,
  },
  f3 = drain,
  f5 = change_weight(-10),
  f6 = change_weight(-1),
  f7 = change_weight(1),
  f8 = change_weight(10),
  f9 = ready,
  f10 = maintain,
}

local function name_of(server)
  return core.proxy(server) .. "/" .. core.name(server)
end

--- The names of servers, as few words.
function actions.names(servers)
  if #servers > 3 then
    return format.plural(#servers, "server")
  end
  local found = {}
  for i, server in ipairs(servers) do
    found[i] = name_of(server)
  end
  return table.concat(found, ", ")
end

--- What a batch or a plan is given: it does the action to each server.
function actions.filler(action, servers, reading, value)
  return function(batch)
    for _, server in ipairs(servers) do
      action.run(batch, server, reading, value)
    end
  end
end

-- ---- guards ----

--- Why one should think twice, as a sentence; nil where nothing speaks against it.
function actions.worry(action, servers, reading, value)
  if not action.weight_after then
    return nil
  end
  local ok, err = pcall(guard.check, { given = {} }, reading.snapshot, servers, function(_, row)
    return action.weight_after(row, value)
  end)
  if ok then
    return nil
  elseif not failure.is(err) then
    error(err, 0)
  end
  return err.message
end

-- ---- results ----

local function processes_of(count, all)
  return ("(%d of %d processes)"):format(count, all)
end

-- What processes said that did not do it.
local function add_results(lines, err)
  for _, result in ipairs(err.results or {}) do
    if not result.ok then
      local why = result.err and result.err.message or result[2] or result.code
      if type(why) == "table" then
        why = table.concat(why, " ")
      end
      lines[#lines + 1] = { ("  process %s: %s"):format(tostring(result[1]), tostring(why)), "red" }
    end
  end
end

--- What came of an action: a sequence of {text, style}. `ok` and `err` are what the batch
-- returned.
function actions.results(action, servers, reading, ok, err)
  local lines, all = {}, reading:process_count()
  for i, server in ipairs(servers) do
    local outcome = ok or err.outcomes and err.outcomes[i] or err
    if outcome == true then
      local text = ("%s %s %s"):format(name_of(server), action.done, processes_of(core.count(server), all))
      lines[#lines + 1] = { text, "green" }
    else
      lines[#lines + 1] = { ("%s: %s"):format(name_of(server), outcome.message), "red" }
      add_results(lines, outcome)
    end
    if outcome == err then
      break
    end
  end
  return lines
end

return actions
