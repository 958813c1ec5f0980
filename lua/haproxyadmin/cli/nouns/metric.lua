-- haproxyadmin metric

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local fields = require "haproxyadmin.cli.show.fields"
local metrics = require "haproxyadmin.base.metrics"
local proxies = require "haproxyadmin.cli.items.proxies"
local servers = require "haproxyadmin.cli.items.servers"
local similar = require "haproxyadmin.cli.base.similar"

local kinds = { process = "process", frontend = "frontend", backend = "backend", server = "server" }

local function print_names(call, kind)
  local items = {}
  for i, name in ipairs(metrics.names[kind]) do
    items[i] = { name = name, rule = metrics.rule[name] }
  end
  local function of(key)
    return function(item)
      return item[key]
    end
  end
  call:items({
    { key = "metric", title = "METRIC", get = of "name" },
    { key = "rule", title = "RULE", get = of "rule" },
  }, items, { name = of "name" })
end

local function check_name(kind, name)
  if name and metrics.number[kind][name] then
    return
  elseif not name then
    failure.raise("usage", "which metric?", ("haproxyadmin metric --list %s tells them"):format(kind))
  end
  local near = similar.find(metrics.names[kind], name)
  local message = ("there is no metric %s of a %s"):format(similar.quote(name), kind)
  local hint = ("haproxyadmin metric --list %s tells them"):format(kind)
  failure.raise("usage", near and message .. ("; did you mean '%s'?"):format(near) or message, hint)
end

-- The objects that are meant, and the columns of their names.
local function choose(snapshot, kind, words)
  if kind == "server" then
    local columns = servers.columns(0)
    return servers.choose(snapshot, words), { columns[1], columns[2] }, servers.name
  end
  return proxies.choose(kind, snapshot, words), { proxies.columns(kind, snapshot)[1] }, core.name
end

local function of_processes(call, snapshot, name)
  local number = metrics.number.process[name]
  local items = {}
  for i, entry in ipairs(core.info_values(snapshot, number)) do
    items[i] = entry
  end
  call:items({
    {
      key = "process",
      title = "PROC",
      right = true,
      get = function(item)
        return item[1]
      end,
    },
    {
      key = name,
      title = name:upper(),
      right = true,
      get = function(item)
        return item[2]
      end,
    },
  }, items, {
    snapshot = snapshot,
    name = function(item)
      return tostring(item[1])
    end,
  })
end

local function run(call)
  local given = call.given
  local kind = kinds[given.noun]
  if not kind then
    failure.raise("usage", ("NOUN is process, frontend, backend or server, not %s"):format(similar.quote(given.noun)))
  elseif given.list then
    return print_names(call, kind)
  end
  check_name(kind, given.metric)
  local snapshot = call:snapshot()
  if kind == "process" then
    return of_processes(call, snapshot, given.metric)
  end
  local chosen, columns, name = choose(snapshot, kind, given.selector)
  columns[#columns + 1] = fields.column(kind, given.metric)
  call:items(columns, chosen, { name = name, snapshot = snapshot, more = fields.of(kind) })
end

return {
  name = "metric",
  help = "Prints one metric of processes, frontends, backends or servers; or the names of all metrics.",
  arguments = {
    { "noun", value = "NOUN", help = "process, frontend, backend or server" },
    { "metric", value = "METRIC", count = "?", help = "HAProxy's name of the field: scur, hrsp_5xx, CurrConns" },
    { "selector", value = "SELECTOR", count = "*", help = "only these: app, app/web1" },
  },
  options = { { "--list", help = "the names of the metrics, and how they are aggregated" } },
  examples = { "haproxyadmin metric server scur 'app/*'", "haproxyadmin metric --list process" },
  run = run,
}
