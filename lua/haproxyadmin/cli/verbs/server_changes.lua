-- The verbs of haproxyadmin server that change servers, or wait for them.

local batched = require "haproxyadmin.cli.change.batched"
local changing = require "haproxyadmin.cli.change.changing"
local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local failure = require "haproxyadmin.cli.base.failure"
local guard = require "haproxyadmin.cli.change.guard"
local rehearsed = require "haproxyadmin.cli.change.rehearsed"
local servers = require "haproxyadmin.cli.items.servers"
local similar = require "haproxyadmin.cli.base.similar"
local single = require "haproxyadmin.cli.change.single"
local waiting = require "haproxyadmin.cli.change.waiting"
local wanted = require "haproxyadmin.cli.change.wanted"

-- Who changes something says what: no selector is not all of them.
local selector = { "selector", value = "SELECTOR", count = "+", help = servers.argument.help }

local WAIT = {
  "--wait",
  value = "DURATION",
  optional = "30s",
  convert = duration.read,
  help = "wait until that is so, 30s or so long",
}

-- The options of a verb: its own, those of all changes, and the filters.
local function options_of(own)
  local list = {}
  for _, part in ipairs { own or {}, servers.filters } do
    for _, row in ipairs(part) do
      list[#list + 1] = row
    end
  end
  return changing.options(list)
end

local function choose(call)
  local snapshot = call:snapshot { servers_state = true }
  return snapshot, servers.choose(snapshot, call.given.selector, call.given)
end

local function quoted(words)
  local parts = {}
  for i, word in ipairs(words) do
    parts[i] = word:match "^[%w_./:@-]+$" and word or "'" .. word:gsub("'", "'\\''") .. "'"
  end
  return table.concat(parts, " ")
end

local function usage(message)
  failure.raise("usage", message)
end

-- ---- states ----

-- A process in which somebody put a server into maintenance does not get it back by a drain.
local FORCED_MAINT = 1

local function is_in_maintenance(row)
  return row.srv_admin_state % (2 * FORCED_MAINT) >= FORCED_MAINT
end

local sentences = { drain = "is draining", maint = "is in maintenance", ready = "is ready" }

local function state_work(call, snapshot, chosen, state)
  return wanted.servers(call, snapshot, chosen, {
    fields = function(_, row)
      if state ~= "drain" or not is_in_maintenance(row) then
        return { state = state }
      end
    end,
    done = state,
    sentence = sentences[state],
    interrupted = function()
      waiting.tell_state(call, chosen)
    end,
  })
end

local function set_ready(call, chosen)
  local hap = call:haproxy()
  local ok, err = hap:batch(function(batch)
    for _, server in ipairs(chosen) do
      batch:setstate(server, "ready")
    end
  end, { die = false })
  call:warn(ok and "ready again" or "not ready again: " .. err.message)
end

-- Out of the balance: drain and maint.
local function take_out(state)
  return function(call)
    local given = call.given
    if given["then"] and not given.wait then
      usage "--then is done behind --wait"
    elseif given.on_timeout and not given.wait then
      usage "--on-timeout is for --wait"
    end
    local snapshot, chosen = choose(call)
    guard.check(call, snapshot, chosen, guard.out)
    local work = state_work(call, snapshot, chosen, state)
    local back = "Back with: haproxyadmin server ready %s --wait"
    if not given.wait then
      work.hint = back:format(quoted(given.selector))
    end
    local sent, status = changing.run(call, work)
    if not sent or not given.wait or status then
      return status
    end
    local done
    done, status = waiting.for_sessions(call, chosen, {
      timeout = given.wait,
      state = state,
      on_timeout = given.on_timeout,
      undo = function()
        set_ready(call, chosen)
      end,
    })
    if not done then
      return status
    end
    if given["then"] then
      given.yes = true
      done, status = changing.run(call, state_work(call, call:snapshot { servers_state = true }, chosen, "maint"))
    end
    if done then
      call:say(back:format(quoted(given.selector)))
    end
    return status
  end
end

local function ready(call)
  local snapshot, chosen = choose(call)
  local sent, status = changing.run(call, state_work(call, snapshot, chosen, "ready"))
  if sent and call.given.wait and not status then
    local _, late = waiting.for_up(call, chosen, call.given.wait)
    return late
  end
  return status
end

local out_options = options_of {
  WAIT,
  { "--then", value = "STATE", choices = { "maint" }, help = "maint: into maintenance when no session is left" },
  {
    "--on-timeout",
    value = "WHAT",
    choices = { "fail", "kill", "undo" },
    help = "what is done when the time is up: fail (stays as it is, exit status 5), kill the sessions, undo",
  },
}

-- ---- weights, addresses and the like ----

-- A verb that sets fields of servers. `more`: `arguments` before the selectors, `prepare(call)`, which
-- returns fields(server, row); `sentence(call)`; `after(call)`: for the guard, the weight then.
local function setting(name, help, example, more)
  local arguments = {}
  for _, argument in ipairs(more.arguments) do
    arguments[#arguments + 1] = argument
  end
  arguments[#arguments + 1] = selector
  return {
    name = name,
    help = help,
    arguments = arguments,
    options = options_of(),
    examples = { "haproxyadmin server " .. example },
    run = function(call)
      local fields = more.prepare(call)
      local snapshot, chosen = choose(call)
      if more.guard then
        more.guard(call, snapshot, chosen, fields)
      end
      local sentence = more.sentence(call)
      local _, status = changing.run(call, wanted.servers(call, snapshot, chosen, {
        fields = fields,
        done = more.done and more.done(call) or nil,
        sentence = sentence,
      }))
      return status
    end,
  }
end

-- The weight that HAProxy makes of a share of the initial one.
local HEAVIEST = 256

local function share(initial, percent)
  return math.min(math.floor(initial * percent / 100), HEAVIEST)
end

local function prepare_weight(call)
  local word = call.given.weight
  local percent = word == "initial" and 100 or tonumber(word:match "^(%d+)%%$")
  local number = word:match "^%d+$" and tonumber(word)
  if not percent and not (number and number <= HEAVIEST) then
    usage(("a weight is 0 to 256, N%% of the initial one, or 'initial', not %s"):format(similar.quote(word)))
  end
  return function(_, row)
    return { weight = percent and share(row.srv_iweight, percent) or number }
  end
end

local function guard_weight(call, snapshot, chosen, fields)
  local rows = snapshot:servers_state()
  guard.check(call, snapshot, chosen, function(server, row)
    for _, each in ipairs(rows:find(core.proxy(server), core.name(server))) do
      if each.process_nb == row.nb then
        return fields(server, each).weight
      end
    end
    return row.weight
  end)
end

local function number_of(call, key, what, least, most)
  local number = call.given[key]:match "^%d+$" and tonumber(call.given[key])
  if not number or number < least or number > most then
    usage(("%s is a number from %d to %d, not %s"):format(what, least, most, similar.quote(call.given[key])))
  end
  return number
end

-- "10.0.0.1:80", "[::1]:80", "::1", "10.0.0.1"
local function split_address(word)
  local address, port = word:match "^%[([%x:.]+)%]:?(%d*)$"
  if not address then
    address, port = word:match "^([^:]+):(%d+)$"
  end
  address = address or word
  if not core.is_ip(address) then
    usage(("an address is IPv4, IPv6 or either with a port ([::1]:80), not %s"):format(similar.quote(word)))
  end
  return address, port ~= "" and tonumber(port) or nil
end

local ADDRESS = { "address", value = "ADDRESS[:PORT]", help = "IPv4 or IPv6; with a port [::1]:80" }
local PORT = { "port", value = "PORT", help = "1 to 65535" }

local function address_fields(address_key, port_key)
  return function(call)
    local address, port = split_address(call.given.address)
    local fields = { [address_key] = address, [port_key] = port }
    return function()
      return fields
    end
  end
end

local function port_fields(key)
  return function(call)
    local fields = { [key] = number_of(call, "port", "a port", 1, 65535) }
    return function()
      return fields
    end
  end
end

local function given_of(key)
  return function(call)
    return call.given[key]
  end
end

local function says(pattern, key)
  return function(call)
    return pattern:format(call.given[key])
  end
end

-- A field that is one of two words.
local function switch_fields(key, words)
  return function(call)
    local fields = { [key] = words[call.given.value] }
    if fields[key] == nil then
      usage(("'on' or 'off' was expected, not %s"):format(similar.quote(call.given.value)))
    end
    return function()
      return fields
    end
  end
end

local ON_OFF = { "value", value = "on|off", help = "on or off" }

-- ---- what nothing is known of before ----

-- A verb that is a command for each server. `more`: `arguments`, `add(call)` returns add(batch,
-- server); `sentence(call)`; `question(call, chosen)`; `guard(call)`: does it take them out?
local function commanding(name, help, example, more)
  local arguments = {}
  for _, argument in ipairs(more.arguments or {}) do
    arguments[#arguments + 1] = argument
  end
  arguments[#arguments + 1] = selector
  return {
    name = name,
    help = help,
    arguments = arguments,
    options = options_of(),
    examples = { "haproxyadmin server " .. example },
    run = function(call)
      local add = more.add(call)
      local snapshot, chosen = choose(call)
      if more.guard and more.guard(call) then
        guard.check(call, snapshot, chosen, guard.out)
      end
      local _, status = changing.run(call, batched.work(call, chosen, {
        what = { "server", "servers" },
        name = servers.name,
        add = add,
        from = more.from,
        to = more.to,
        sentence = more.sentence(call),
        question = more.question and more.question(chosen),
      }))
      return status
    end,
  }
end

local function sessions_of(server)
  local found = {}
  for _, entry in ipairs(server:stats_per_process()) do
    found[entry[1]] = ("%d sessions"):format(entry[2].scur or 0)
  end
  return found
end

local function kill_question(chosen)
  local count = 0
  for _, server in ipairs(chosen) do
    count = count + server:metric "scur"
  end
  local what = #chosen == 1 and servers.name(chosen[1]) or ("%d servers"):format(#chosen)
  return ("%d sessions of %s will be ended. Go on?"):format(count, what)
end

local healths = {
  up = { "sethealth", "up" },
  stopping = { "sethealth", "stopping" },
  down = { "sethealth", "down" },
  on = { "enable_health" },
  off = { "disable_health" },
}

local agents = {
  up = { "setagent", "up" },
  down = { "setagent", "down" },
  on = { "enable_agent" },
  off = { "disable_agent" },
}

local function method_of(methods, expected)
  return function(call)
    local found = methods[call.given.value]
    if not found then
      usage(("%s was expected, not %s"):format(expected, similar.quote(call.given.value)))
    end
    return function(batch, server)
      if found[2] then
        batch[found[1]](batch, server, found[2])
      else
        batch[found[1]](batch, server)
      end
    end
  end
end

local function is_down(call)
  return call.given.value == "down"
end

-- ---- waiting ----

local function is_empty(values)
  return (values.scur or 0) == 0 and (values.qcur or 0) == 0
end

local function wait(call)
  local given = call.given
  local timeout = given.within or 30
  local _, chosen = choose(call)
  if given["for"] == "up" then
    local _, status = waiting.for_up(call, chosen, timeout)
    return status
  elseif given["for"] == "empty" then
    local _, status = waiting.until_all(call, chosen, timeout, "without sessions", is_empty)
    return status
  end
  local status = given["for"]:upper()
  local _, late = waiting.until_all(call, chosen, timeout, status, function(values)
    return values.status:match "^[^ ]+" == status or values.status:upper() == status
  end)
  return late
end

-- ---- servers that come and go ----

-- "inter=10s", "check"
local function keywords(words)
  local found = {}
  for _, word in ipairs(words) do
    local key, value = word:match "^([^=]+)=(.*)$"
    if key then
      found[key] = tonumber(value) or value
    else
      found[word] = true
    end
  end
  return found
end

local function split_name(word)
  local backend, name = word:match "^([^/]+)/([^/]+)$"
  if not backend then
    usage(("a new server is called BACKEND/SERVER, not %s"):format(similar.quote(word)))
  end
  return backend, name
end

local function add(call)
  local given = call.given
  local backend, name = split_name(given.name)
  local new = keywords(given.keyword or {})
  local address, port = split_address(given.address)
  new.name, new.address, new.port, new.enable = name, address, port or new.port, not given.disabled
  local found = call:haproxy():backend(backend)
  return (single.run(call, {
    what = { "server", "servers" },
    object = given.name,
    to = given.address,
    sentence = given.disabled and "was added, in maintenance" or "was added",
    hint = given.disabled and ("Into service with: haproxyadmin server ready %s --wait"):format(given.name) or nil,
    send = function()
      return found:add_server(new, { die = false })
    end,
  }))
end

local function del(call)
  local given = call.given
  local snapshot, chosen = choose(call)
  guard.check(call, snapshot, chosen, guard.out)
  local hap = call:haproxy()
  local function delete(server)
    return hap:backend(server.backendname):del_server(server.name, {
      drain = given.drain,
      on_timeout = given.on_timeout,
    })
  end
  local steps, names = rehearsed.of_each(call, chosen, servers.name, delete, function()
    return { to = "deleted" }
  end)
  local _, status = changing.run(call, {
    what = { "server", "servers" },
    objects = names,
    steps = steps,
    sentence = "was deleted",
    question = ("%s will be deleted. Go on?"):format(#names == 1 and names[1] or ("%d servers"):format(#names)),
    send = function()
      for _, server in ipairs(chosen) do
        delete(server)
      end
      return {}
    end,
    interrupted = function()
      waiting.tell_state(call, chosen)
    end,
  })
  return status
end

-- ---- the rows ----

local function out_verb(name, aliases, help, state, examples)
  return {
    name = name,
    aliases = aliases,
    help = help,
    arguments = { selector },
    options = out_options,
    examples = examples,
    run = take_out(state),
  }
end

return {
  out_verb("drain", nil, "Gives servers no new sessions; those that they have go on.", "drain", {
    "haproxyadmin server drain app/web1 --wait=5m --then maint",
    "haproxyadmin server drain web1 --dry-run",
  }),
  out_verb("maint", { "disable" }, "Puts servers into maintenance: no sessions, no checks.", "maint", {
    "haproxyadmin server maint app/web1",
    "haproxyadmin server maint app/web1 --wait=1m --on-timeout kill",
  }),
  {
    name = "ready",
    aliases = { "enable" },
    help = "Gives servers sessions again.",
    arguments = { selector },
    options = options_of { WAIT },
    examples = { "haproxyadmin server ready app/web1 --wait", "haproxyadmin server ready 'app/*' --yes" },
    run = ready,
  },
  setting("weight", "Sets weights.", "weight 50% 'app/*' --dry-run", {
    arguments = { { "weight", value = "WEIGHT", help = "0 to 256, N% of the initial one, or 'initial'" } },
    prepare = prepare_weight,
    guard = guard_weight,
    sentence = function(call)
      local word = call.given.weight
      return word == "initial" and "has its initial weight" or "has the weight " .. word
    end,
  }),
  setting("addr", "Sets addresses, and ports where they are given.", "addr 10.0.0.12:8080 app/web1", {
    arguments = { ADDRESS },
    prepare = address_fields("address", "port"),
    done = given_of "address",
    sentence = says("has the address %s", "address"),
  }),
  setting("port", "Sets ports.", "port 8081 app/web1", {
    arguments = { PORT },
    prepare = port_fields "port",
    done = given_of "port",
    sentence = says("has the port %s", "port"),
  }),
  setting("maxconn", "Sets limits of connections, for each process.", "maxconn 200 'app/*' --yes", {
    arguments = { { "n", value = "N", help = "connections in each process; 0: no limit" } },
    prepare = function(call)
      local fields = { maxconn = number_of(call, "n", "a limit", 0, 2147483647) }
      return function()
        return fields
      end
    end,
    done = given_of "n",
    sentence = says("has the limit %s", "n"),
  }),
  setting("fqdn", "Sets the host name that an address comes from.", "fqdn web1.example.com app/web1", {
    arguments = { { "value", value = "HOST", help = "a host name" } },
    prepare = function(call)
      local fields = { fqdn = call.given.value }
      return function()
        return fields
      end
    end,
    done = given_of "value",
    sentence = says("has the host name %s", "value"),
  }),
  setting("ssl", "Switches TLS to servers on or off.", "ssl on app/web1", {
    arguments = { ON_OFF },
    prepare = switch_fields("ssl", { on = true, off = false }),
    done = given_of "value",
    sentence = says("has TLS %s", "value"),
  }),
  setting("check-addr", "Sets where health checks go to.", "check-addr 10.0.0.12:8081 app/web1", {
    arguments = { ADDRESS },
    prepare = address_fields("check_address", "check_port"),
    done = given_of "address",
    sentence = says("is checked at %s", "address"),
  }),
  setting("check-port", "Sets the port of health checks.", "check-port 8081 app/web1", {
    arguments = { PORT },
    prepare = port_fields "check_port",
    done = given_of "port",
    sentence = says("is checked at port %s", "port"),
  }),
  setting("agent-addr", "Sets where agent checks go to.", "agent-addr 10.0.0.12:9000 app/web1", {
    arguments = { ADDRESS },
    prepare = address_fields("agent_address", "agent_port"),
    done = given_of "address",
    sentence = says("has its agent at %s", "address"),
  }),
  commanding("agent-send", "Sets the text that agents are sent.", "agent-send ready app/web1", {
    arguments = { { "value", value = "TEXT", help = "one line" } },
    add = function(call)
      return function(batch, server)
        batch:setagentsend(server, call.given.value)
      end
    end,
    sentence = function()
      return "has its text for the agent"
    end,
  }),
  commanding("health", "Says what health is, until checks find out; switches checks.", "health down app/web1", {
    arguments = { { "value", value = "STATE", help = "up, stopping, down; on, off: whether checks are made" } },
    add = method_of(healths, "'up', 'stopping', 'down', 'on' or 'off'"),
    guard = is_down,
    sentence = says("has its health set: %s", "value"),
  }),
  commanding("agent", "Says what an agent said, until it speaks; or asks it, or not.", "agent down app/web1", {
    arguments = { { "value", value = "STATE", help = "up, down; on, off: whether it is asked" } },
    add = method_of(agents, "'up', 'down', 'on' or 'off'"),
    guard = is_down,
    sentence = says("has its agent set: %s", "value"),
  }),
  commanding("kill", "Ends all sessions of servers.", "kill app/web1", {
    add = function()
      return function(batch, server)
        batch:shutdown(server)
      end
    end,
    from = sessions_of,
    to = "0 sessions",
    question = kill_question,
    sentence = function()
      return "has no old session any more"
    end,
  }),
  {
    name = "wait",
    help = "Waits until servers are so in every process; changes nothing.",
    waits = true,
    arguments = { selector },
    options = {
      { "--for", value = "WHAT", help = "empty (no sessions), up, down, drain, maint" },
      waiting.timeout "so long at most (30s)",
    },
    examples = { "haproxyadmin server wait --for up app/web1", "haproxyadmin server wait --for empty web1" },
    run = function(call)
      if not call.given["for"] then
        usage "what is waited for? --for empty, up, down, drain or maint"
      end
      return wait(call)
    end,
  },
  {
    name = "add",
    help = "Adds a server to a backend, in every process (HAProxy 2.4 and later).",
    arguments = {
      { "name", value = "BACKEND/SERVER", help = "its name" },
      ADDRESS,
      { "keyword", value = "KEYWORD[=VALUE]", count = "*", help = "of its line: check, inter=10s, weight=20" },
    },
    options = changing.options { { "--disabled", help = "it stays in maintenance" } },
    examples = { "haproxyadmin server add app/web9 10.0.0.19:8080 check inter=5s weight=20" },
    run = add,
  },
  {
    name = "del",
    help = "Deletes servers, when they have no connection any more (HAProxy 2.4 and later).",
    waits = true,
    arguments = { selector },
    options = options_of {
      { "--drain", value = "DURATION", convert = duration.read, help = "let sessions end by themselves so long" },
      { "--on-timeout", value = "WHAT", choices = { "fail", "kill" }, help = "kill: end those that are left then" },
    },
    examples = { "haproxyadmin server del app/web9 --drain 1m --on-timeout kill" },
    run = del,
  },
}
