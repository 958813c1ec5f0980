-- Metrics of our own, beside those of HAProxy's exporter: what only one who sees all
-- processes can tell. Few enough to be written in Lua.
--
-- A family is `{ name =, type = "gauge" or "counter", help =, samples = { { labels = {
-- name = text }, value = number }, ... } }`.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local own_metrics = {}

local function labels_text(labels)
  local parts = {}
  for i, name in ipairs(sorted_keys(labels or {})) do
    parts[i] = ('%s="%s"'):format(name, core.exposition_label(tostring(labels[name])))
  end
  return #parts > 0 and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function family_text(family, lines)
  lines[#lines + 1] = ("# HELP %s %s"):format(family.name, (family.help:gsub("\\", "\\\\"):gsub("\n", "\\n")))
  lines[#lines + 1] = ("# TYPE %s %s"):format(family.name, family.type)
  for _, sample in ipairs(family.samples) do
    local value = check.numeral("value", sample.value)
    if value then
      lines[#lines + 1] = ("%s%s %s"):format(family.name, labels_text(sample.labels), value)
    end
  end
end

--- The families as text, those that have samples and that the filter lets pass.
function own_metrics.text(families, filter)
  local lines = {}
  for _, family in ipairs(families) do
    if #family.samples > 0 and core.exposition_lets(filter, family.name) then
      family_text(family, lines)
    end
  end
  if #lines == 0 then
    return nil
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\n")
end

local function family(list, name, help)
  local new = { name = name, type = "gauge", help = help, samples = {} }
  list[#list + 1] = new
  return new.samples
end

-- `show info` of each process, by process number.
local function infos_of(snapshot)
  local infos = {}
  local place = 1
  local text, _, nb = core.info_text(snapshot, place)
  while text do
    -- An old worker has the number of the one that replaced it.
    infos[nb] = infos[nb] or core.info(text)
    place = place + 1
    text, _, nb = core.info_text(snapshot, place)
  end
  return infos
end

-- How often each process was another one than before.
local function add_restarts(list, members, totals)
  local restarts = family(list, "haproxyadmin_process_restarts_total", "Other processes in the place of this one.")
  list[#list].type = "counter"
  for _, member in ipairs(members) do
    restarts[#restarts + 1] = member.nb
      and { labels = { process = tostring(member.nb) }, value = totals:restarts(member.nb) }
  end
end

-- How many there are in each state.
local function add_counts(list, members)
  local help = "Processes that answered, that did not, and sockets that something else than HAProxy answers."
  local samples = family(list, "haproxyadmin_processes", help)
  local counts = { up = 0, down = 0, foreign = 0 }
  for _, member in ipairs(members) do
    counts[member.state] = counts[member.state] + 1
  end
  for i, state in ipairs { "up", "down", "foreign" } do
    samples[i] = { labels = { state = state }, value = counts[state] }
  end
end

-- What one process that answered says of itself; `found`: samples by what they are.
local function add_member(found, member, info)
  local process = tostring(member.nb)
  local labels = {
    process = process,
    address = member.address,
    version = info.Version or "",
    pid = tostring(info.Pid or ""),
  }
  table.insert(found.about, { labels = labels, value = 1 })
  for name, field in pairs { idle = "Idle_pct", connections = "CurrConns" } do
    table.insert(found[name], info[field] and { labels = { process = process }, value = info[field] })
  end
end

--- What a snapshot tells of its processes. `members`: a sequence of `{nb =, address =, state =}`, where
-- `state` is `up`, `down` or `foreign`, and those that have no number are sockets of the folder.
-- `totals` (or nil): a Totals, which knows what came before.
function own_metrics.of_processes(snapshot, members, totals)
  local list, found = {}, {}
  local up = family(list, "haproxyadmin_process_up", "1 for a process that answered, 0 for one that did not.")
  found.about = family(list, "haproxyadmin_process_info", "Who a process is.")
  add_counts(list, members)
  found.idle = family(list, "haproxyadmin_process_idle_percent", "Time that a process waited, in percent.")
  found.connections = family(list, "haproxyadmin_process_current_connections", "Open connections of a process.")
  local infos = infos_of(snapshot)
  for _, member in ipairs(members) do
    local info = member.state == "up" and infos[member.nb]
    if member.nb then
      local labels = { process = tostring(member.nb), address = member.address }
      up[#up + 1] = { labels = labels, value = info and 1 or 0 }
    end
    if info then
      add_member(found, member, info)
    end
  end
  if totals then
    add_restarts(list, members, totals)
  end
  return list
end

return own_metrics
