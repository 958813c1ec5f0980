-- What is not done unless somebody insists: taking out the last server of a backend that
-- serves, and more than half of a backend's weight at once, in any process.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local metrics = require "haproxyadmin.base.metrics"
local status = require "haproxyadmin.replies.status"

local number = metrics.number.server

local guard = {}

-- Adds what each process says of a server to `found`, {nb = {server = {status =, weight =}}}.
local function add_rows(found, server)
  for _, entry in ipairs(core.values(server, number.status)) do
    found[entry[1]] = found[entry[1]] or {}
    found[entry[1]][server] = { nb = entry[1], status = entry[2], weight = 0 }
  end
  for _, entry in ipairs(core.values(server, number.weight)) do
    found[entry[1]][server].weight = entry[2] or 0
  end
end

local function serves(row)
  return status.takes_sessions(row.status) and row.weight > 0
end

-- "(web1 DRAIN, web3 DOWN)": the servers that are not concerned.
local function others(servers, rows, after)
  local words = {}
  for _, server in ipairs(servers) do
    if not after[server] and rows[server] then
      words[#words + 1] = core.name(server) .. " " .. rows[server].status
    end
  end
  return #words > 0 and ("(%s)"):format(table.concat(words, ", ")) or nil
end

local function names_of(servers, rows, after)
  local names = {}
  for _, server in ipairs(servers) do
    if after[server] and rows[server] and serves(rows[server]) then
      names[#names + 1] = core.proxy(server) .. "/" .. core.name(server)
    end
  end
  return names
end

local INSIST = "--force does it all the same"

local function refuse_last(backend, nb, servers, rows, after)
  local names = names_of(servers, rows, after)
  local message = #names == 1 and "%s is the last server of %s that is UP in process %s: the backend would have none"
    or "%s are the last servers of %s that are UP in process %s: the backend would have none"
  local words = others(servers, rows, after)
  message = message:format(table.concat(names, ", "), backend, tostring(nb))
  failure.raise("failed", message, words and words .. ". " .. INSIST or INSIST)
end

local function check_process(backend, nb, servers, rows, after)
  local up, left, weight, gone = 0, 0, 0, 0
  for _, server in ipairs(servers) do
    local row = rows[server]
    if row and serves(row) then
      local then_weight = after[server] and after[server](row) or row.weight
      up, weight = up + 1, weight + row.weight
      left = left + (then_weight > 0 and 1 or 0)
      gone = gone + math.max(row.weight - then_weight, 0)
    end
  end
  if up > 0 and left == 0 then
    refuse_last(backend, nb, servers, rows, after)
  elseif gone * 2 > weight then
    local message = "%d of the weight %d of %s would go at once in process %s: more than half"
    failure.raise("failed", message:format(gone, weight, backend, tostring(nb)), INSIST)
  end
end

--- Ends the program where the servers must not change so. `weight_after(server, row)`: the
-- weight that one has then, 0 where it is out; `row` has the number `nb` of a process and the
-- `status` and `weight` there. The servers are of the snapshot.
function guard.check(call, snapshot, servers, weight_after)
  if call.given.force then
    return
  end
  local after, backends, seen = {}, {}, {}
  for _, server in ipairs(servers) do
    local key = core.proxy(server) .. "/" .. core.name(server)
    after[key] = function(row)
      return weight_after(server, row)
    end
    if not seen[core.proxy(server)] then
      seen[core.proxy(server)] = true
      backends[#backends + 1] = core.proxy(server)
    end
  end
  for _, backend in ipairs(backends) do
    local all, found, after_of = snapshot:servers(backend), {}, {}
    for _, server in ipairs(all) do
      add_rows(found, server)
      after_of[server] = after[backend .. "/" .. core.name(server)]
    end
    local numbers = {}
    for nb in pairs(found) do
      numbers[#numbers + 1] = nb
    end
    table.sort(numbers)
    for _, nb in ipairs(numbers) do
      check_process(backend, nb, all, found[nb], after_of)
    end
  end
end

--- For guard.check: they are taken out.
function guard.out()
  return 0
end

return guard
