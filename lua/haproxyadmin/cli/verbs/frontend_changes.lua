-- The verbs of haproxyadmin frontend that change frontends.

local batched = require "haproxyadmin.cli.change.batched"
local changing = require "haproxyadmin.cli.change.changing"
local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local selectors = require "haproxyadmin.cli.items.selectors"
local similar = require "haproxyadmin.cli.base.similar"
local wanted = require "haproxyadmin.cli.change.wanted"

local WHAT = { "frontend", "frontends" }

local argument = { "selector", value = "FRONTEND", count = "+", help = "www, 'w*', '!api' (not that one), @FILE, -" }

local function choose(call)
  local compiled = selectors.compile(call.given.selector, false)
  return selectors.choose(compiled, call:snapshot():frontends(), function(frontend)
    return nil, core.name(frontend)
  end)
end

local function status_of(frontend)
  local found = {}
  for _, entry in ipairs(frontend:stats_per_process()) do
    found[entry[1]] = entry[2].status
  end
  return found
end

-- A verb that is a command for each frontend. `question(chosen)`: what is asked also before one is
-- changed.
local function commanding(name, help, sentence, to, hint, question)
  return {
    name = name,
    help = help,
    arguments = { argument },
    options = changing.options(),
    examples = {
      ("haproxyadmin frontend %s www"):format(name),
      ("haproxyadmin frontend %s 'w*' --dry-run"):format(name),
    },
    run = function(call)
      local chosen = choose(call)
      local _, status = changing.run(call, batched.work(call, chosen, {
        what = WHAT,
        name = core.name,
        add = function(batch, frontend)
          batch[name](batch, frontend)
        end,
        from = status_of,
        to = to,
        sentence = sentence,
        question = question and question(chosen),
        hint = hint and hint:format(table.concat(call.given.selector, " ")),
      }))
      return status
    end,
  }
end

local function set(call)
  local number = call.given.n:match "^%d+$" and tonumber(call.given.n)
  if call.given.setting ~= "maxconn" then
    failure.raise("usage", ("a frontend has the setting 'maxconn', not %s"):format(similar.quote(call.given.setting)))
  elseif not number then
    failure.raise("usage", ("a limit is a number of connections, not %s"):format(similar.quote(call.given.n)))
  end
  local names, having, state = {}, {}, { frontends = {} }
  for i, frontend in ipairs(choose(call)) do
    names[i] = core.name(frontend)
    having[names[i]] = frontend.process_nb
    state.frontends[names[i]] = { maxconn = number }
  end
  local _, status = changing.run(call, wanted.state(call, state, names, having, {
    what = WHAT,
    done = number,
    sentence = ("has the maxconn %d"):format(number),
  }))
  return status
end

local function for_good(chosen)
  local what = #chosen == 1 and core.name(chosen[1]) or ("%d frontends"):format(#chosen)
  return what .. " will be shut down until HAProxy is reloaded. Go on?"
end

return {
  commanding("enable", "Accepts connections again.", "is enabled", "enabled"),
  commanding(
    "disable",
    "Accepts no new connections, until it is enabled again.",
    "is disabled",
    "disabled",
    "Back with: haproxyadmin frontend enable %s"
  ),
  commanding(
    "shutdown",
    "Accepts no connections any more, until HAProxy is reloaded.",
    "is shut down",
    "stopped",
    nil,
    for_good
  ),
  {
    name = "set",
    help = "Sets the limit of connections, for each process.",
    arguments = {
      { "setting", value = "maxconn", help = "what is set" },
      { "n", value = "N", help = "connections in each process" },
      argument,
    },
    options = changing.options(),
    examples = { "haproxyadmin frontend set maxconn 2000 www" },
    run = set,
  },
}
