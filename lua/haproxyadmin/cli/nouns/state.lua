-- haproxyadmin state ...

local changing = require "haproxyadmin.cli.change.changing"
local output = require "haproxyadmin.cli.show.output"
local wanted = require "haproxyadmin.cli.change.wanted"

local function save(call)
  local given, hap = call.given, call:haproxy()
  local options = { maps = given.maps or nil, acls = given.acls or nil }
  if not given.file then
    local json = require "haproxyadmin.base.json"
    local text, err = json.encode("the state", hap:save_state(nil, options))
    if not text then
      error(err, 0)
    end
    output.write(text, "\n")
    return
  end
  hap:save_state(given.file, options)
  call:tell(("the state of %d processes was saved to %s"):format(#hap:processes(), given.file))
  call:say(("Back with: haproxyadmin state restore %s"):format(given.file))
end

local function save_servers(call)
  call:haproxy():save_server_state(call.given.file)
  call:tell(("the state of servers was saved to %s"):format(call.given.file))
end

local function restore(call)
  local given, hap = call.given, call:haproxy()
  local work = wanted.plan(function(options)
    options.create = given.create or nil
    return hap:restore_state(given.file, options)
  end, nil, nil, {
    what = { "object", "objects" },
    sentence = "is as " .. given.file .. " says",
    skips = not given.strict,
  })
  for _, skipped in ipairs(work.plan.skipped) do
    if skipped.object ~= "process" then
      local object = skipped.field and skipped.object .. ", " .. skipped.field or skipped.object
      call:warn(("process %d: skipped: %s: %s"):format(skipped.process_nb, object, skipped.why))
    end
  end
  if #work.objects == 0 and not given.dry_run then
    call:tell("everything is as " .. given.file .. " says already")
    return
  end
  local _, status = changing.run(call, work)
  return status
end

local FILE = { "file", value = "FILE", help = "a file of state, JSON" }

return {
  name = "state",
  help = "What can be set at run time: limits, frontends, servers, maps and ACLs.",
  verbs = {
    {
      name = "save",
      help = "Saves it to a file, or prints it.",
      arguments = { { "file", value = "FILE", count = "?", help = "where to (stdout)" } },
      options = {
        { "--maps", help = "the entries of maps, too" },
        { "--acls", help = "the entries of ACLs, too" },
      },
      examples = { "haproxyadmin state save before.json", "haproxyadmin state save --maps --acls all.json" },
      run = save,
    },
    {
      name = "restore",
      aliases = { "apply" },
      help = "Makes every process what a file says, by the fewest commands.",
      arguments = { FILE },
      options = changing.options {
        { "--create", help = "add servers that are gone (HAProxy 2.4 and later)" },
        { "--strict", help = "what cannot be so is a failure, and nothing is sent" },
      },
      examples = { "haproxyadmin state restore before.json --dry-run", "haproxyadmin state apply wanted.json --yes" },
      run = restore,
    },
    {
      name = "save-servers",
      help = "Saves the state of servers as HAProxy loads it when it starts (server-state-file).",
      arguments = { { "file", value = "FILE", help = "where to" } },
      examples = { "haproxyadmin state save-servers /var/lib/haproxy/server-state" },
      run = save_servers,
    },
  },
}
