-- The verbs that read frontends or backends.

local core = require "haproxyadmin.core"
local detail = require "haproxyadmin.cli.show.detail"
local fields = require "haproxyadmin.cli.show.fields"
local filters = require "haproxyadmin.cli.items.filters"
local proxies = require "haproxyadmin.cli.items.proxies"

local function heading(object, total)
  local status = object:get "status" or "differs"
  local count = ("%d of %d processes"):format(#object.process_nb, total)
  return ("%s  %s in %s"):format(core.name(object), status, count), fields.color(status)
end

--- The verbs of a kind, "frontend" or "backend".
return function(kind)
  local argument = proxies.argument(kind)
  local function list(call)
    local snapshot = call:snapshot()
    local chosen = proxies.choose(kind, snapshot, call.given.selector, call.given)
    local options = { name = core.name, snapshot = snapshot, more = fields.of(kind) }
    call:items(proxies.columns(kind, snapshot), chosen, options)
  end
  local function show(call)
    local snapshot = call:snapshot()
    local chosen = proxies.choose(kind, snapshot, call.given.selector, call.given)
    local columns = { proxies.columns(kind, snapshot)[1] }
    detail.print(call, snapshot, kind, chosen, { heading = heading, name = core.name, columns = columns })
  end
  return {
    {
      name = "list",
      aliases = { "ls" },
      help = ("Lists %ss: their state, sessions and errors, over all processes."):format(kind),
      arguments = { argument },
      options = { filters.state, filters.where },
      examples = {
        ("haproxyadmin %s list"):format(kind),
        ("haproxyadmin %s list --where 'hrsp_5xx>0' -o json"):format(kind),
      },
      run = list,
    },
    {
      name = "show",
      help = ("Shows %ss with all of their fields, and what each process has."):format(kind),
      arguments = { { argument[1], value = argument.value, count = "+", help = argument.help } },
      options = { filters.state, filters.where },
      examples = { ("haproxyadmin %s show app"):format(kind), ("haproxyadmin %s show app -o json"):format(kind) },
      run = show,
    },
  }
end
