--- The state of HAProxy that can be set at run time: read, written to a file, and made
-- what it is wanted to be.
-- @classmod haproxyadmin.HAProxy

local apply = require "haproxyadmin.state.apply"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local document = require "haproxyadmin.state.document"
local errors = require "haproxyadmin.errors"
local file = require "haproxyadmin.base.file"
local json = require "haproxyadmin.base.json"
local new_plan = require "haproxyadmin.objects.plan"
local plan = require "haproxyadmin.runtime.plan"
local preview = require("haproxyadmin.runtime.batch").preview
local record = require "haproxyadmin.state.record"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local rows = require "haproxyadmin.runtime.rows"
local run = require "haproxyadmin.runtime.run"

local state = {}

-- ---- what differs ----

local function refuse(skipped)
  local message = ("%d thing(s) cannot be as wanted; the first: %s"):format(#skipped, apply.describe(skipped[1]))
  return nil, errors.new("ValueError", skipped[1].code, message, { results = skipped })
end

-- ---- maps and ACLs ----

local QUIET = { die = false }

local kinds = { { "maps", "map" }, { "acls", "acl" } }

-- The maps and ACLs that are wanted: a sequence of {list =, key =, file =, entries =}.
-- Those that nobody has are skipped.
local function find_lists(self, context, wanted, skipped)
  local found = {}
  for _, kind in ipairs(kinds) do
    local key, method = kind[1], kind[2]
    for _, name in ipairs(sorted_keys(wanted[key] or {})) do
      local list, err = self[method](self, name, QUIET)
      if list then
        found[#found + 1] = { list = list, key = key, file = name, entries = wanted[key][name] }
      elseif err.code ~= "not_found" then
        return nil, err
      else
        for _, process in ipairs(context.processes) do
          table.insert(skipped, {
            process_nb = process.nb,
            object = method .. " " .. name,
            code = "not_found",
            why = "this process does not have it",
          })
        end
      end
    end
  end
  return found
end

-- Makes their entries as they are wanted, and notes in the plan what that was.
local function sync_lists(lists, dry_run, made)
  for _, own in ipairs(lists) do
    local synced, err = own.list:sync(own.entries, { dry_run = dry_run, die = false })
    if not synced then
      return nil, err
    end
    made[own.key][own.file] = synced
  end
  return true
end

-- The entries of one map, {key, value} each, or of one ACL, a text each.
local function entries_of(list, method)
  local iterator, err = list:entries(QUIET)
  if not iterator then
    return nil, err
  end
  local found = {}
  for key, value in iterator do
    found[#found + 1] = method == "map" and { key, value } or key
  end
  return found
end

-- The maps and ACLs to be saved: `true` for all that have a file, or a sequence of files.
local function lists_to_save(self, kind, which)
  local key, method = kind[1], kind[2]
  if which == true then
    return self[key](self, QUIET)
  elseif type(which) ~= "table" then
    return check.fail(key, "true or a sequence of files", which)
  end
  local lists = {}
  for i, name in ipairs(which) do
    local err
    lists[i], err = self[method](self, name, QUIET)
    if not lists[i] then
      return nil, err
    end
  end
  return lists
end

-- Adds the entries of maps and ACLs to a state.
local function add_lists(self, options, found)
  for _, kind in ipairs(kinds) do
    local key, method = kind[1], kind[2]
    if options[key] then
      local lists, err = lists_to_save(self, kind, options[key])
      if not lists then
        return nil, err
      end
      found[key] = {}
      for _, list in ipairs(lists) do
        if list.file then
          found[key][list.file], err = entries_of(list, method)
          if not found[key][list.file] then
            return nil, err
          end
        end
      end
    end
  end
  return found
end

-- ---- servers that are gone ----

-- By backend, the servers that no process has and of which the state says enough to add
-- them, as Backend:add_servers takes them.
local function missing_servers(context, wanted, skipped)
  local counts, lists = {}, {}
  for _, own in ipairs(skipped) do
    local backend, name = own.object:match "^server (.-)/(.*)$"
    if backend and not own.field then
      counts[own.object] = (counts[own.object] or 0) + 1
      local fields = counts[own.object] == #context.processes
        and document.for_process(wanted, own.process_nb).backends[backend].servers[name]
      if fields and fields.address then
        lists[backend] = lists[backend] or {}
        table.insert(lists[backend], {
          name = name,
          address = fields.address,
          port = fields.port,
          weight = fields.weight,
          maxconn = fields.maxconn ~= 0 and fields.maxconn or nil,
          check = fields.health_enabled ~= nil or nil,
          enable = fields.state == nil or fields.state == "ready",
        })
      end
    end
  end
  return lists
end

-- The backends that no process has and of which the state says from which defaults they are made,
-- as HAProxy:add_backend takes them.
local function missing_backends(context, wanted, skipped)
  local counts, list = {}, {}
  for _, own in ipairs(skipped) do
    local name = own.object:match "^backend (.*)$"
    if name and not own.field then
      counts[name] = (counts[name] or 0) + 1
      local fields = counts[name] == #context.processes
        and document.for_process(wanted, own.process_nb).backends[name]
      if fields and fields.from then
        table.insert(list, {
          name = name,
          from = fields.from,
          mode = fields.mode,
          guid = fields.guid,
          publish = fields.published ~= false,
        })
      end
    end
  end
  return list
end

-- Adds both; returns what was added, or nil and an error.
local function create(self, context, wanted, skipped)
  local created, lists = {}, missing_servers(context, wanted, skipped)
  for _, given in ipairs(missing_backends(context, wanted, skipped)) do
    local backend, err = self:add_backend(given, QUIET)
    if not backend then
      return nil, err
    end
    created[#created + 1] = "backend " .. given.name
  end
  for _, name in ipairs(sorted_keys(lists)) do
    local backend, err = self:backend(name, QUIET)
    local added
    if backend then
      added, err = backend:add_servers(lists[name], QUIET)
    end
    if not added and (backend or err.code ~= "not_found") then
      return nil, err
    end
    for _, server in ipairs(added or {}) do
      created[#created + 1] = ("server %s/%s"):format(name, server.name)
    end
  end
  return created
end

-- What differs, behind the servers that were added, if they were to be.
local function compare(self, context, wanted, options)
  local out, err = apply.compare(context, wanted, options.partial)
  if not out or not options.create or options.dry_run then
    return out, err
  end
  local created
  created, err = create(self, context, wanted, out.skipped)
  if not created then
    return nil, err
  elseif created[1] then
    out, err = apply.compare(context, wanted, options.partial)
  end
  if out then
    out.created = created
  end
  return out, err
end

-- ---- applying ----

-- Makes all processes as a checked state wants them. `options`: dry_run, strict, create.
-- Returns a Plan, or nil and an error.
local function make_so(self, context, wanted, options)
  local out, err = compare(self, context, wanted, options)
  local lists
  if out then
    lists, err = find_lists(self, context, wanted, out.skipped)
  end
  if not lists then
    return nil, err
  elseif options.strict and out.skipped[1] then
    return refuse(out.skipped)
  end
  local list = apply.list(context, out)
  local commands, exchanges = preview(list)
  local made = new_plan(commands, exchanges, out)
  local ok = true
  if not options.dry_run then
    ok, err = apply.send(context, list, out)
  end
  if ok then
    ok, err = sync_lists(lists, options.dry_run, made)
  end
  if not ok then
    err.plan = made
    return nil, err
  end
  return made
end

local function apply_state(self, context, options, wanted)
  local checked, err = check.type("wanted", wanted, "table")
  if checked then
    checked, err = document.check("wanted", wanted)
  end
  if not checked then
    return nil, err
  end
  return make_so(self, context, checked, options)
end

-- ---- saving ----

-- What record.read is asked for.
state.everything = { limits = true, frontends = true, backends = true, servers = true, metrics = true, tracked = true }

local function read(context)
  local records, err = record.read(context, state.everything)
  if not records then
    return nil, err
  end
  for i, own in ipairs(records) do
    records[i] = record.state(own)
  end
  return document.of(records)
end

local function save_state(self, context, options, path)
  local ok, err = true, nil
  if path ~= nil then
    ok, err = file.check("path", path)
  end
  if ok and path ~= nil then
    ok, err = json.library()
  end
  if not ok then
    return nil, err
  end
  local found
  found, err = read(context)
  if found then
    found, err = add_lists(self, options, found)
  end
  if not found or path == nil then
    return found, err
  end
  local text
  text, err = json.encode("the state", found)
  ok = text
  if ok then
    ok, err = file.write(path, text)
  end
  if not ok then
    return nil, err
  end
  return found
end

-- ---- restoring ----

local function load(path)
  local ok, err = file.check("state", path)
  if not ok then
    return nil, err
  end
  local handle, words = io.open(path, "rb")
  local text = handle and handle:read "*a"
  if handle then
    handle:close()
  end
  if not text then
    return nil, file.error(path, "not_found", ("cannot read file '%s': %s"):format(path, words or "it is a folder"))
  end
  return json.decode(("file '%s'"):format(path), text)
end

local function restore_state(self, context, options, from)
  if type(from) ~= "table" and type(from) ~= "string" then
    return check.fail("state", "path of a file, or table", from)
  elseif type(from) == "table" then
    return apply_state(self, context, options, from)
  end
  local wanted, err = load(from)
  if not wanted then
    return nil, err
  end
  local checked
  checked, err = document.check("state", wanted)
  if not checked then
    err.message = ("file '%s': %s"):format(from, err.message)
    return nil, err
  end
  return make_so(self, context, checked, options)
end

-- ---- HAProxy's own file ----

local STATE = "show servers state"

-- What HAProxy sets from its file, and what is not found out by each process for itself,
-- as the results of checks are.
local compared = {
  "be_name",
  "srv_name",
  "srv_addr",
  "srv_port",
  "srv_admin_state",
  "srv_uweight",
  "srv_iweight",
  "srv_fqdn",
  "srvrecord",
  "srv_use_ssl",
  "srv_check_addr",
  "srv_check_port",
  "srv_agent_addr",
  "srv_agent_port",
}

-- The first server of which two processes' values are not the same; nil if all are.
local function first_difference(values, count, others, other_count)
  local width = #compared
  for i = 1, math.max(count, other_count) * width do
    if values[i] ~= others[i] then
      local at = math.floor((i - 1) / width) * width
      return ("%s/%s"):format(values[at + 1] or others[at + 1], values[at + 2] or others[at + 2])
    end
  end
end

-- Processes must agree, where one file is to stand for all.
local function check_agreement(requests)
  local found, err = rows.of(STATE, requests, 1)
  if not found then
    return nil, err
  end
  local values, count = core.row_values(found, requests[1].process.nb, compared)
  for i = 2, #requests do
    local server = first_difference(values, count, core.row_values(found, requests[i].process.nb, compared))
    if server then
      local message = ("processes %d and %d disagree on server %s; process_nb says whose state is written"):format(
        requests[1].process.nb,
        requests[i].process.nb,
        server
      )
      return nil, errors.new("InconsistentData", "inconsistent", message)
    end
  end
  return true
end

local function find_processes(context, nb)
  if nb == nil then
    return context.processes
  end
  for _, process in ipairs(context.processes) do
    if process.nb == nb then
      return { process }
    end
  end
  return check.fail("process_nb", "the number of a process", nb, "not_found")
end

local function save_server_state(_, context, options, path)
  local ok, err = file.check("path", path)
  if not ok then
    return nil, err
  end
  local processes, requests
  processes, err = find_processes(context, options.process_nb)
  if processes then
    requests, err = run.read(context, STATE, {}, processes)
  end
  if not requests then
    return nil, err
  elseif not requests[1] then
    return plan.nobody()
  end
  ok, err = check_agreement(requests)
  if not ok then
    return nil, err
  end
  return file.write(path, requests[1].reply:text(1) .. "\n")
end

local options = { dry_run = "boolean", strict = "boolean", create = "boolean", partial = "boolean" }

state.methods = {
  --- Makes limits, frontends, backends and servers as they are wanted: reads what each process is
  -- like (`show info`, `show stat` and `show servers state`, as far as they are needed)
  -- and sends each only what differs there. What is wanted already is sent to nobody, so
  -- that a second call sends nothing.
  --
  -- `wanted` is a table such as `HAProxy:save_state` returns, of which every part may be
  -- left out:
  --
  --    {
  --      limits = { maxconn = 2000, ratelimitconn = 0, ratelimitsess = 0, ratelimitsslsess = 0 },
  --      frontends = { www = { maxconn = 100, state = "enabled" } },
  --      backends = { app = { published = true, servers = { app1 = { weight = 10, state = "drain" } } } },
  --      maps = { ["/etc/haproxy/sites.map"] = { { "key", "value" } } },
  --      acls = { ["/etc/haproxy/blocked.acl"] = { "/admin" } },
  --      processes = { { process_nb = 2, limits = { maxconn = 500 } } },
  --    }
  --
  -- * of a process: `maxconn`, `ratelimitconn`, `ratelimitsess`, `ratelimitsslsess`
  -- * of a frontend: `maxconn`; `state`: `enabled`, `disabled`, or `stopped`, which is
  --   for good
  -- * of a backend: `published` (HAProxy 3.4 and later); `from`, `mode` and `guid` as
  --   `HAProxy:add_backend` takes them, which say how it is made with `create`
  -- * of a server: what `Server:ensure` takes
  -- * of a map or an ACL all its entries, as `Map:sync` takes them
  -- * `processes` has what single processes have otherwise than the rest
  --
  -- A name that a process does not have, what its version cannot do, and what a server
  -- has no use for (a port of checks without checks), is skipped and told in the plan. The
  -- commands are those of `Server:setaddress`, `Server:setweight`, `Frontend:setmaxconn`,
  -- `Frontend:enable`, `HAProxy:setmaxconn` and so on (level admin).
  -- @function HAProxy:apply
  -- @tparam table wanted
  -- @tparam[opt] table options `dry_run = true`: nothing is sent; `strict = true`: what
  -- would be skipped is an error, and nothing else is sent; `create = true`: a server that
  -- no process has is added first, as `Backend:add_server` does (HAProxy 2.4 and later),
  -- with what the state says of it: address, port, weight, limit, and a health check where
  -- it had one; so is a backend whose defaults the state names (`from`; HAProxy 3.4 and later).
  -- What else a server's line had (TLS, intervals, cookies) a state does not know;
  -- `partial = true`: a process that does not answer is skipped, as long as one does (object
  -- `process` in the plan's `skipped`)
  -- @treturn Plan what was sent, or would be
  -- @raise `ValueError` (names the place in `wanted`; with `strict` `not_found` or
  -- `unsupported`, and `err.results` is what would be skipped), `HAProxySocketError`
  -- (before anything is sent).
  -- Later as `HAProxy:batch`, with `err.outcomes` and `err.plan`; the same call completes
  -- what was not done
  apply = { arguments = 1, tables = true, call = apply_state, options = options },
  --- What limits, frontends, backends and servers are like, in all processes: a table for
  -- `HAProxy:apply`, and, with a path, a file for `HAProxy:restore_state`. Reads `show
  -- info`, `show stat` and `show servers state` (9.3; level user). HAProxy does not tell
  -- what was set at run time from what its configuration says, so that the state has both.
  -- It cannot be read what an agent is sent (`Server:setagentsend`), and, from HAProxy before
  -- 2.4, TLS and the addresses and ports of checks and agents; these are not in the state. Nor are the
  -- defaults of a backend that was added.
  -- That `disable frontend` was called cannot be read from some releases of HAProxy 2.4
  -- to 2.6, which say `OPEN` all the same.
  -- @function HAProxy:save_state
  -- @tparam[opt] string path a file, JSON, written complete or not at all
  -- @tparam[opt] table options `maps`, `acls`: `true`, or a sequence of files: the entries of
  -- all maps or ACLs that have a file, or of these, too (`show map`, `show acl`); processes
  -- must agree on them
  -- @treturn table the state: a plain table of tables, texts and numbers
  -- @raise `ValueError` (`unsupported`: no JSON library is installed; an entry that is not
  -- UTF-8 is for no JSON), `FileError`, `InconsistentData` (entries), `HAProxySocketError`
  save_state = { arguments = 1, call = save_state, options = { maps = "any", acls = "any" } },
  --- Makes everything again as it was when a state was saved: `HAProxy:apply` of a file
  -- or table.
  -- @function HAProxy:restore_state
  -- @tparam string|table state the path of a file that `HAProxy:save_state` wrote, or what
  -- it returned
  -- @tparam[opt] table options as `HAProxy:apply` takes them
  -- @treturn Plan
  -- @raise `FileError`, and as `HAProxy:apply`
  restore_state = { arguments = 1, tables = true, call = restore_state, options = options },
  --- Writes what `show servers state` says (9.3; level user) to a file, which HAProxy loads
  -- when it starts: `server-state-file` and `load-server-state-from-file` in its
  -- configuration (configuration manual 3.1 and 4.2); addresses it takes only where its
  -- configuration has a host name. Processes must agree on everything but what checks
  -- found; of that, and of times, the file has the first process's.
  -- @function HAProxy:save_server_state
  -- @tparam string path a file, written complete or not at all
  -- @tparam[opt] table options `process_nb`: the number of the only process that is read
  -- @treturn boolean true
  -- @raise `ValueError`, `FileError`, `InconsistentData`, `HAProxySocketError`
  save_server_state = { arguments = 1, call = save_server_state, options = { process_nb = "number" } },
}

return state
