-- The verbs of haproxyadmin process that change processes, and what a master does.

local changing = require "haproxyadmin.cli.change.changing"
local duration = require "haproxyadmin.cli.base.duration"
local failure = require "haproxyadmin.cli.base.failure"
local rehearsed = require "haproxyadmin.cli.change.rehearsed"
local similar = require "haproxyadmin.cli.base.similar"
local single = require "haproxyadmin.cli.change.single"
local waiting = require "haproxyadmin.cli.change.waiting"
local wanted = require "haproxyadmin.cli.change.wanted"

local WHAT = { "setting", "settings" }

local limits = {
  maxconn = "maxconn",
  ["rate-conn"] = "ratelimitconn",
  ["rate-sess"] = "ratelimitsess",
  ["rate-ssl"] = "ratelimitsslsess",
}

local function numbers_of(snapshot)
  local numbers = {}
  for i, process in ipairs(snapshot:processes()) do
    numbers[i] = process.process_nb
  end
  return numbers
end

local function set(call)
  local key = limits[call.given.limit]
  local number = call.given.n:match "^%d+$" and tonumber(call.given.n)
  if not key then
    local words = "a process has the limits maxconn, rate-conn, rate-sess and rate-ssl, not %s"
    failure.raise("usage", words:format(similar.quote(call.given.limit)))
  elseif not number then
    failure.raise("usage", ("a limit is a number, not %s"):format(similar.quote(call.given.n)))
  end
  local state, numbers = { processes = {} }, numbers_of(call:snapshot())
  for i, nb in ipairs(numbers) do
    state.processes[i] = { process_nb = nb, limits = { [key] = number } }
  end
  local name = call.given.limit
  local work = wanted.state(call, state, { "limits" }, { limits = numbers }, {
    what = WHAT,
    done = number,
    sentence = ("is %d"):format(number),
  })
  -- One of the limits is what people name.
  local send = work.send
  work.objects = { name }
  for _, step in ipairs(work.steps) do
    step.object = name
  end
  function work.send()
    return { [name] = send().limits }
  end
  local _, status = changing.run(call, work)
  return status
end

local function clear(call)
  local all = call.given.all or false
  local hap = call:haproxy()
  return (single.run(call, {
    what = WHAT,
    object = "counters",
    sentence = all and "are cleared" or "of maxima are cleared",
    question = all and "All counters will begin at 0 again. Go on?" or "The maxima will be forgotten. Go on?",
    send = function()
      return hap:clearcounters(all, { die = false })
    end,
  }))
end

-- ---- a master ----

local function master_of(call)
  local options = call:options()
  if not options.master then
    failure.raise("usage", "this is asked of a master process", "say where its socket is: --master ADDRESS")
  end
  return require("haproxyadmin").Master {
    socket = options.master,
    timeout = options.timeout,
    transport = options.transport,
  }
end

local function reload(call)
  local given = call.given
  local function tell_going_on()
    call:warn "a reload that has begun goes on by itself: haproxyadmin process workers tells what came of it"
  end
  local master = master_of(call)
  local result
  local function send()
    local method = given.hard and master.hard_reload or master.reload
    result = method(master, { timeout = given.within or 60 })
    return result
  end
  local sent, status = changing.run(call, {
    what = { "master", "masters" },
    objects = { "HAProxy" },
    steps = rehearsed.steps(call, "HAProxy", send, { master = master }),
    sentence = function()
      return result.success and "was reloaded" or "was not reloaded"
    end,
    question = given.hard and "HAProxy will be reloaded, and its old workers' sessions end. Go on?"
      or "HAProxy will be reloaded. Go on?",
    send = function()
      return send().success and {} or { HAProxy = { { process = 1, why = "its configuration cannot be loaded" } } }
    end,
    interrupted = tell_going_on,
  })
  if not sent then
    return status
  end
  for _, line in ipairs(result.log) do
    call:say("  " .. line)
  end
  if not result.success then
    return failure.status.failed
  elseif given.wait_old then
    call.interrupted = function()
      call:warn "HAProxy was reloaded; its old workers end by themselves"
    end
    call:say(("no old worker is left after %s"):format(duration.write(master:wait_old_workers({
      timeout = given.wait_old,
    }).waited)))
  end
  return status
end

local columns = {}
for i, row in ipairs {
  { "pid", "PID" },
  { "generation", "RELOADS" },
  { "version", "VERSION" },
  { "uptime", "UPTIME" },
  { "current", "CURRENT" },
} do
  local key = row[1]
  columns[i] = {
    key = key,
    title = row[2],
    right = key == "pid" or key == "generation",
    show = key == "uptime" and duration.write or nil,
    get = function(item)
      return item[key]
    end,
  }
end

local function workers(call)
  call:items(columns, master_of(call):workers(), {
    name = function(item)
      return tostring(item.pid)
    end,
  })
end

return {
  {
    name = "set",
    help = "Sets a limit, in each process.",
    arguments = {
      { "limit", value = "LIMIT", help = "maxconn, rate-conn, rate-sess, rate-ssl (per second)" },
      { "n", value = "N", help = "for each process; 0: none" },
    },
    options = changing.options(),
    examples = { "haproxyadmin process set maxconn 5000", "haproxyadmin process set rate-sess 100 -p 1" },
    run = set,
  },
  {
    name = "clear",
    help = "Sets maxima to what is now; with --all all counters to 0.",
    options = changing.options { { "--all", help = "all counters" } },
    examples = { "haproxyadmin process clear --yes" },
    run = clear,
  },
  {
    name = "reload",
    help = "Lets a master reload HAProxy, and waits until the new worker serves.",
    waits = true,
    options = changing.options {
      { "--hard", help = "and end the old workers at once (HAProxy 2.9 and later)" },
      waiting.timeout "wait for the new worker so long (60s)",
      {
        "--wait-old",
        value = "DURATION",
        optional = "10m",
        convert = duration.read,
        help = "and until no old worker is left, 10m or so long",
      },
    },
    examples = { "haproxyadmin process reload --master /run/haproxy-master.sock --yes" },
    run = reload,
  },
  {
    name = "workers",
    help = "Lists a master's workers, those that serve and old ones.",
    examples = { "haproxyadmin process workers --master /run/haproxy-master.sock" },
    run = workers,
  },
}
