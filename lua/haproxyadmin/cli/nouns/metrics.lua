-- haproxyadmin metrics

local failure = require "haproxyadmin.cli.base.failure"
local output = require "haproxyadmin.cli.show.output"

-- What is waited for another run with the same file, where no time was given, and how long
-- between two looks: seconds.
local WAIT, PAUSE = 5, 0.05

local function process_of(text)
  if text == "*" then
    return text
  end
  local number = text:match "^[1-9]%d*$" and #text <= 9 and tonumber(text)
  if not number then
    return nil, "a number or '*'"
  end
  return number
end

-- Several options, or one with commas.
local function joined(values)
  return values and #values > 0 and table.concat(values, ",") or nil
end

-- ---- what was counted so far ----

-- A file that is not to be had is no matter of HAProxy's.
local function check(value, err)
  if value == nil then
    failure.raise("failed", err.message)
  end
  return value
end

-- One run at a time reads the file and writes it.
local function take_lock(path, seconds)
  local core = require "haproxyadmin.core"
  local file = require "haproxyadmin.base.file"
  local deadline = core.now() + seconds
  local lock = check(file.lock(path .. ".lock"))
  while not lock do
    if core.now() >= deadline then
      failure.raise("failed", ("another run is at work with '%s'"):format(path))
    end
    core.sleep(PAUSE)
    lock = check(file.lock(path .. ".lock"))
  end
  return lock
end

local function read_state(path)
  local haproxyadmin = require "haproxyadmin"
  local bytes, err = require("haproxyadmin.base.file").read(path)
  if not bytes and err.code ~= "not_found" then
    check(nil, err)
  end
  local totals
  totals, err = haproxyadmin.totals(bytes, { die = false })
  if not totals then
    local words = err.code == "foreign" and "is none of this program's" or "is damaged"
    local hint = "remove it to begin anew: every counter begins at 0 then"
    failure.raise("failed", ("the file '%s' %s"):format(path, words), hint)
  end
  return totals
end

-- What is no part of the statistics, and the scopes that are.
local OTHERS = { "sticktable", "resolver" }

local function split_scopes(scopes)
  if not scopes then
    return nil, {}
  end
  local own, others = {}, {}
  for word in (scopes .. ","):gmatch "([^,]*)," do
    if word == OTHERS[1] or word == OTHERS[2] or word == "*" then
      others[word] = true
    end
    if word ~= OTHERS[1] and word ~= OTHERS[2] then
      own[#own + 1] = word
    end
  end
  return table.concat(own, ","), others
end

-- The families of the scopes that are asked for by name.
local function other_families(call, others, process, totals)
  local list = {}
  for _, scope in ipairs(OTHERS) do
    local families = {}
    if others[scope] or others["*"] then
      families = call:haproxy():other_families(scope, { process = process, partial = true, totals = totals })
    end
    for _, family in ipairs(families) do
      list[#list + 1] = family
    end
  end
  return list
end

-- Adds to what the file says what the processes say now; the file has it before anything is printed.
local function counted(call, path, others)
  local lock = take_lock(path, call.given.timeout or WAIT)
  local totals = read_state(path)
  local snapshot = call:snapshot()
  totals:take(snapshot)
  local families = other_families(call, others, nil, totals)
  check(require("haproxyadmin.base.file").write(path, totals:dump()))
  lock:close()
  return snapshot, families, totals
end

local function run(call)
  local given = call.given
  local process = given.process
  -- What others mean by it are the processes that are asked.
  given.process = tonumber(process) and { process } or nil
  local scopes, others = split_scopes(joined(given.scope))
  local snapshot, families, totals
  if given.state then
    if process then
      failure.raise("usage", "--state is of all processes together: not with --process")
    end
    snapshot, families, totals = counted(call, given.state, others)
  else
    snapshot = call:snapshot()
    families = other_families(call, others, process)
  end
  local pieces = snapshot:exposition {
    process = process,
    scope = scopes,
    own = families,
    metrics = joined(given.metrics),
    no_maint = given.no_maint,
    extra_counters = given.extra_counters,
    totals = totals,
  }
  for piece in pieces do
    output.write(piece)
  end
end

return {
  name = "metrics",
  help = [[
Prints what Prometheus reads, of all processes together, as HAProxy's own exporter does of one.
Counters are the sums of what the processes say now, which fall when one of them restarts; with
--state they are counted from one run to the next, and do not.]],
  options = {
    { "-p", "--process", value = "N", convert = process_of, help = "one process; or '*', each with a label process" },
    {
      "--scope",
      value = "LIST",
      many = true,
      help = "of global, frontend, listener, backend, server, sticktable, resolver",
    },
    { "--metrics", value = "LIST", many = true, dash = true, help = "these: a,b; or without some: -c" },
    { "--no-maint", help = "without servers in maintenance" },
    { "--extra-counters", help = "what HAProxy's modules (h1, h2, h3, quic, ssl) count, too" },
    { "--state", value = "FILE", help = "go on counting from this file, and keep in it what was counted" },
  },
  examples = {
    "haproxyadmin metrics --scope frontend,backend",
    "haproxyadmin metrics --state /var/lib/haproxyadmin/state",
  },
  run = run,
}
