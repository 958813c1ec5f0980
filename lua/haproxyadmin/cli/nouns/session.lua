-- haproxyadmin session ...

local changing = require "haproxyadmin.cli.change.changing"
local column = require "haproxyadmin.cli.show.column"
local duration = require "haproxyadmin.cli.base.duration"
local failure = require "haproxyadmin.cli.base.failure"
local output = require "haproxyadmin.cli.show.output"
local rehearsed = require "haproxyadmin.cli.change.rehearsed"
local text = require "haproxyadmin.cli.base.text"

local filters = {
  { "--frontend", value = "NAME", help = "of this frontend" },
  { "--backend", value = "NAME", help = "of this backend" },
  { "--server", value = "BACKEND/SERVER", help = "of this server" },
  { "--older", value = "DURATION", convert = duration.read, help = "that are older" },
}

local function wanted_of(given)
  return { frontend = given.frontend, backend = given.backend, server = given.server, older = given.older }
end

local columns = {
  column("id", "ID", { names = true }),
  column("process_nb", "PROC", { names = true, right = true }),
  column("age", "AGE", { show = duration.write, right = true }),
  column("proto", "PROTO"),
  column("source", "SOURCE"),
  column("frontend", "FRONTEND"),
  column("backend", "BACKEND"),
  column("server", "SERVER"),
  column("exp", "EXPIRES", { show = duration.write, wide = true, right = true }),
}
for _, each in ipairs(columns) do
  local key = each.key
  each.get = function(item)
    return (item:get(key))
  end
end

local function list(call)
  call:items(columns, call:haproxy():sessions(wanted_of(call.given)), {
    name = function(item)
      return item.id
    end,
  })
end

-- The sessions of these ids: an address is one session in each process at most.
local function find(call, ids)
  local found = {}
  local all = call:haproxy():sessions(wanted_of(call.given))
  for _, id in ipairs(ids) do
    local count = #found
    for _, session in ipairs(all) do
      if session.id == id then
        found[#found + 1] = session
      end
    end
    if #found == count then
      failure.raise("nothing", ("there is no session %s"):format(id))
    end
  end
  return found
end

local function show(call)
  for _, session in ipairs(find(call, call.given.id)) do
    output.write(("# process %d\n"):format(session.process_nb))
    for _, line in ipairs(session:detail().lines) do
      output.write(text.plain(line), "\n")
    end
  end
end

-- Those that are to be ended, and what ends them: a sequence of those that were gone before.
local function kill(call)
  local given, hap = call.given, call:haproxy()
  local wanted, chosen = wanted_of(given), nil
  if given.id and #given.id > 0 then
    chosen = find(call, given.id)
  elseif next(wanted) == nil then
    failure.raise("usage", "which sessions? an ID, or --frontend, --backend, --server, --older")
  else
    chosen = hap:sessions(wanted)
  end
  local steps, names = rehearsed.of_each(call, chosen, function(session)
    return ("%s in process %d"):format(session.id, session.process_nb)
  end, function(session)
    return session:shutdown()
  end)
  if #names == 0 then
    call:say "no session is like that"
    return
  end
  local _, status = changing.run(call, {
    what = { "session", "sessions" },
    objects = names,
    steps = steps,
    sentence = "has ended",
    question = ("%d %s will be ended. Go on?"):format(#names, #names == 1 and "session" or "sessions"),
    send = function()
      for _, session in ipairs(chosen) do
        session:shutdown()
      end
      return {}
    end,
  })
  return status
end

local ID = { "id", value = "ID", count = "+", help = "as in haproxyadmin session list" }

return {
  name = "session",
  help = "Sessions: requests and connections that are under way.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists sessions of all processes.",
      options = filters,
      examples = { "haproxyadmin session list --backend app --older 1h" },
      run = list,
    },
    {
      name = "show",
      help = "Shows all that HAProxy knows of sessions.",
      arguments = { ID },
      options = filters,
      examples = { "haproxyadmin session show 0x55d1c0a0" },
      run = show,
    },
    {
      name = "kill",
      help = "Ends sessions.",
      arguments = { { "id", value = "ID", count = "*", help = "as in haproxyadmin session list" } },
      options = changing.options(filters),
      examples = { "haproxyadmin session kill 0x55d1c0a0", "haproxyadmin session kill --server app/web1 --yes" },
      run = kill,
    },
  },
}
