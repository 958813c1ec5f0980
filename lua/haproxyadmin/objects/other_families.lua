-- What HAProxy's exporter shows that is no part of `show info` and `show stat`: stick tables and
-- name servers, as families for Snapshot:exposition.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local exposition = require "haproxyadmin.objects.exposition"
local judge = require "haproxyadmin.runtime.judge"
local marked = require "haproxyadmin.runtime.marked"
local peers = require "haproxyadmin.replies.peers"
local plan = require "haproxyadmin.runtime.plan"
local resolvers = require "haproxyadmin.replies.resolvers"
local send = require "haproxyadmin.runtime.send"
local tables = require "haproxyadmin.replies.tables"

local other_families = {}

-- What `show resolvers` counts, in the order of HAProxy's exporter, and its name there.
local COUNTERS = {
  { "sent", "sent", "Requests that were sent." },
  { "snd_error", "send_error", "Requests that could not be sent." },
  { "valid", "valid", "Answers that were valid." },
  { "update", "update", "Answers that changed an address." },
  { "cname", "cname", "Answers with a canonical name." },
  { "cname_error", "cname_error", "Answers with a canonical name that was of no use." },
  { "any_err", "any_err", "Answers to a request for any record that were empty." },
  { "nx", "nx", "Answers that there is no such name." },
  { "timeout", "timeout", "Requests without an answer in time." },
  { "refused", "refused", "Requests that were refused." },
  { "other", "other", "Answers that told of another error." },
  { "invalid", "invalid", "Answers that were not valid." },
  { "too_big", "too_big", "Answers that were too large." },
  { "truncated", "truncated", "Answers that were cut off." },
  { "outdated", "outdated", "Answers that came too late, behind those of other name servers." },
}

-- ---- asking ----

-- Asks all processes at once: a sequence of `{nb =, lines =, told =}`, where `told` is what the
-- `mark` (marked.lua) brought; or nil and an error. `partial`: those that did not answer are left
-- out, as long as one did.
local function ask(context, name, options, mark)
  local requests, err = plan.command(context.processes, name, {})
  if not requests then
    return nil, err
  end
  local seconds = options.timeout
  local retry = not seconds and context.retry
  if requests[1].row.answer == "sections" then
    marked.send(context, requests, retry, seconds, mark)
  else
    send.all(context, requests, retry, nil, seconds)
  end
  local ok
  ok, err = judge.all(requests)
  local found = {}
  for i, result in ipairs(judge.results(requests)) do
    if result.ok then
      found[#found + 1] = { nb = result[1], lines = marked.lines(requests[i]), told = requests[i].told }
    end
  end
  send.done(requests)
  if not ok and not (options.partial and #found > 0) then
    return nil, err
  end
  return found
end

-- ---- families ----

-- Values of one thing by process, which become samples when all are known.
local Family = {}
Family.__index = Family

local function family(list, name, help)
  local new = setmetatable({ name = name, type = "gauge", help = help, things = {}, by_key = {} }, Family)
  list[#list + 1] = new
  return new
end

-- `greatest`: of several processes the largest is shown, not the sum.
function Family:add(labels, key, nb, value, greatest)
  local thing = self.by_key[key]
  if not thing then
    thing = { labels = labels, key = key, greatest = greatest, values = {} }
    self.by_key[key] = thing
    self.things[#self.things + 1] = thing
  end
  thing.values[#thing.values + 1] = { nb, value }
end

local function with_process(labels, nb)
  local more = { process = ("%d"):format(nb) }
  for name, value in pairs(labels) do
    more[name] = value
  end
  return more
end

local function made_one(thing)
  local all
  for _, entry in ipairs(thing.values) do
    if not all then
      all = entry[2]
    elseif thing.greatest then
      all = math.max(all, entry[2])
    else
      all = all + entry[2]
    end
  end
  return all
end

-- As Snapshot:exposition takes it. `process`: as there; `totals`: say what counters are of all.
function Family:finish(process, totals)
  local samples = {}
  for _, thing in ipairs(self.things) do
    if process == nil then
      local value
      if totals and self.counter then
        value = core.totals_name_server(totals, thing.key, self.counter)
      else
        value = made_one(thing)
      end
      samples[#samples + 1] = value and { labels = thing.labels, value = value }
    else
      for _, entry in ipairs(thing.values) do
        if process == "*" then
          samples[#samples + 1] = { labels = with_process(thing.labels, entry[1]), value = entry[2] }
        elseif process == entry[1] then
          samples[#samples + 1] = { labels = thing.labels, value = entry[2] }
        end
      end
    end
  end
  return { name = self.name, type = self.type, help = self.help, samples = samples }
end

-- ---- the scopes ----

-- By process and table: the updates of its own that it sends to peers. Tables that are not
-- there are shared with nobody.
local function shared_tables(answers)
  local updates = {}
  for _, answer in ipairs(answers) do
    updates[answer.nb] = {}
    for _, section in ipairs(peers.of(answer.lines)) do
      for _, peer in ipairs(section.peers) do
        for _, shared in ipairs(peer.tables) do
          if shared.id and type(shared.localupdate) == "number" then
            updates[answer.nb][shared.id] = shared.localupdate
          end
        end
      end
    end
  end
  return updates
end

local scopes = {}

function scopes.sticktable(list, context, options)
  local answers, err = ask(context, "show table", options)
  if not answers then
    return nil, err
  end
  local shared
  shared, err = ask(context, "show peers", options)
  if not shared then
    return nil, err
  end
  local updates = shared_tables(shared)
  local size = family(list, "haproxy_sticktable_size", "Entries that a stick table has room for.")
  local used = family(list, "haproxy_sticktable_used", "Entries of a stick table.")
  local sent = family(list, "haproxy_sticktable_local_updates", "Updates that a process made itself, told to peers.")
  for _, answer in ipairs(answers) do
    for _, own in ipairs(tables.of(answer.lines)) do
      local labels, key = { name = own.name, type = own.type }, own.type .. ":" .. own.name
      local of_peers = updates[answer.nb]
      size:add(labels, key, answer.nb, own.size, true)
      -- Peers have the same entries; other processes have their own.
      used:add(labels, key, answer.nb, own.used, of_peers and of_peers[own.name] ~= nil)
      if of_peers then
        sent:add(labels, key, answer.nb, of_peers[own.name] or 0)
      end
    end
  end
  return true
end

-- Lets totals take what one process answered.
local function count(totals, answer, servers)
  local ok, code = core.totals_take_name_servers(totals, answer.nb, core.info(answer.told), servers)
  if not ok then
    return nil, errors.new("ValueError", code, "the name servers are more than can be counted")
  end
  return true
end

function scopes.resolver(list, context, options)
  local answers, err = ask(context, "show resolvers", options, "info")
  if not answers then
    return nil, err
  end
  local found = {}
  for i, counter in ipairs(COUNTERS) do
    found[i] = family(list, "haproxy_resolver_" .. counter[2], counter[3])
    found[i].counter = counter[1]
  end
  for _, answer in ipairs(answers) do
    local servers = resolvers.of(answer.lines)
    for _, own in ipairs(servers) do
      local labels = { resolver = own.section, nameserver = own.nameserver }
      own.key = #own.section .. ":" .. own.section .. own.nameserver
      for i, counter in ipairs(COUNTERS) do
        if own[counter[1]] then
          found[i]:add(labels, own.key, answer.nb, own[counter[1]])
        end
      end
    end
    if options.totals and options.process == nil then
      local ok
      ok, err = count(options.totals, answer, servers)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

-- ---- the method ----

local function check_options(options)
  local process = options.process
  if process ~= nil and process ~= "*" then
    local ok, err = check.integer("process", process, 1)
    if not ok then
      return nil, err
    end
  end
  if options.timeout ~= nil then
    local ok, err = check.seconds("timeout", options.timeout)
    if not ok then
      return nil, err
    end
  end
  return exposition.check_totals(options.totals)
end

--- HAProxy:other_families.
function other_families.of(_, context, options, scope)
  if not scopes[scope] then
    return check.fail("scope", "'sticktable' or 'resolver'", scope)
  end
  local ok, err = check_options(options)
  if not ok then
    return nil, err
  elseif #context.processes == 0 then
    return plan.nobody()
  end
  local list = {}
  ok, err = scopes[scope](list, context, options)
  if not ok then
    return nil, err
  end
  for i, one in ipairs(list) do
    list[i] = one:finish(options.process, options.totals)
  end
  return list
end

return other_families
