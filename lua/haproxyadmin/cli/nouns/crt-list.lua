-- haproxyadmin crt-list ...

local changing = require "haproxyadmin.cli.change.changing"
local column = require "haproxyadmin.cli.show.column"
local json = require "haproxyadmin.base.json_writer"
local ranges = require "haproxyadmin.cli.base.ranges"
local single = require "haproxyadmin.cli.change.single"

local function list(call)
  local items = {}
  for i, each in ipairs(call:haproxy():crt_lists()) do
    items[i] = { name = each.name, processes = json.list(each.process_nb) }
  end
  local name = column("name", "NAME", { names = true })
  call:items({ name, column("processes", "PROCESS", { show = ranges.write }) }, items, {
    name = function(item)
      return item.name
    end,
  })
end

local function show(call)
  local items = {}
  for i, entry in ipairs(call:haproxy():crt_list(call.given.name):entries()) do
    items[i] = { file = entry.file, line = entry.line, options = entry.options, filters = json.list(entry.filters) }
  end
  call:items({
    column("line", "LINE", { names = true, right = true }),
    column("file", "CERTIFICATE", { names = true }),
    column("options", "OPTIONS"),
    column("filters", "FILTERS"),
  }, items, {
    name = function(item)
      return item.file
    end,
  })
end

local function change(call, sentence, question, send)
  local each = call:haproxy():crt_list(call.given.name)
  return (single.run(call, {
    what = { "entry", "entries" },
    object = ("%s: %s"):format(each.name, call.given.file),
    sentence = sentence,
    question = question,
    send = function()
      return send(each)
    end,
  }))
end

local function add(call)
  local given = call.given
  return change(call, "was added", nil, function(each)
    local filters = given.filter and #given.filter > 0 and given.filter or nil
    return each:add(given.file, { options = given.options, filters = filters, die = false })
  end)
end

local function del(call)
  local question = ("%s will not be used by %s any more. Go on?"):format(call.given.file, call.given.name)
  return change(call, "was deleted", question, function(each)
    return each:del(call.given.file, { die = false })
  end)
end

local NAME = { "name", value = "LIST", help = "the list's file, as HAProxy's configuration has it" }
local CERTIFICATE = { "file", value = "CERTIFICATE", help = "its name (cert list)" }

return {
  name = "crt-list",
  help = "Lists of certificates that frontends use.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists the lists.",
      examples = { "haproxyadmin crt-list list" },
      run = list,
    },
    {
      name = "show",
      help = "Shows the entries of a list.",
      arguments = { NAME },
      examples = { "haproxyadmin crt-list show /etc/haproxy/sites.txt" },
      run = show,
    },
    {
      name = "add",
      help = "Takes a certificate into service, in every process or in none.",
      changes = true,
      arguments = { NAME, CERTIFICATE, { "filter", value = "FILTER", count = "*", help = "names that it is for" } },
      options = changing.options { { "--options", value = "TEXT", help = "as between brackets: alpn h2" } },
      examples = { "haproxyadmin crt-list add /etc/haproxy/sites.txt example.com.pem example.com" },
      run = add,
    },
    {
      name = "del",
      help = "Takes a certificate out of service.",
      changes = true,
      arguments = { NAME, CERTIFICATE },
      options = changing.options(),
      examples = { "haproxyadmin crt-list del /etc/haproxy/sites.txt example.com.pem" },
      run = del,
    },
  },
}
