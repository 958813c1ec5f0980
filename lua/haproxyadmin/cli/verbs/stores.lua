-- The verbs of haproxyadmin cert, ca and crl: what HAProxy keeps of files of TLS.

local changing = require "haproxyadmin.cli.change.changing"
local column = require "haproxyadmin.cli.show.column"
local failure = require "haproxyadmin.cli.base.failure"
local json = require "haproxyadmin.base.json_writer"
local ranges = require "haproxyadmin.cli.base.ranges"
local single = require "haproxyadmin.cli.change.single"

local stores = {}

local QUIET = { die = false }

local kinds = {
  cert = { "certificate", "certificates", "new_certificate", "certificate" },
  ca = { "ca_file", "ca_files", "new_ca_file", "file of authorities" },
  crl = { "crl_file", "crl_files", "new_crl_file", "revocation list" },
}

--- A time as JSON and people read it.
function stores.date(seconds)
  return seconds and os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)
end

--- All of a file, or a failure that says why not.
function stores.read(path)
  local file, words = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  if not text then
    failure.raise("usage", ("%s cannot be read"):format(words or path))
  end
  return text
end

local FIELDS = { "status", "not_before", "not_after", "names", "subject", "issuer", "serial", "fingerprint" }

-- What is known of one; times as texts. A value on which processes disagree is none.
local function item_of(kind, object, fields)
  local item = { name = object.name, processes = json.list(object.process_nb) }
  for _, key in ipairs(fields) do
    local value = object:get(key)
    if key:match "^not_" then
      value = stores.date(value)
    elseif type(value) == "table" then
      value = json.list(value)
    end
    item[key] = value
  end
  if kind == "ca" or kind == "crl" then
    local entries = object:get "entries"
    item.entries = entries and #entries
  end
  return item
end

local function columns_of(kind, all)
  local list = { column("name", "NAME", { names = true }) }
  list[2], list[3] = column("processes", "PROCESS", { show = ranges.write }), column("status", "STATUS")
  if kind == "cert" then
    list[4] = column("not_after", "UNTIL")
    list[5] = column("names", "NAMES")
    list[6] = column("subject", "SUBJECT", { wide = not all })
    list[7] = column("issuer", "ISSUER", { wide = not all })
    list[8] = column("not_before", "FROM", { wide = not all })
    list[9] = column("serial", "SERIAL", { wide = not all })
    list[10] = column("fingerprint", "FINGERPRINT", { wide = not all })
  else
    list[4] = column("entries", "ENTRIES", { right = true })
  end
  return list
end

--- The verbs of a kind: "cert", "ca" or "crl".
function stores.verbs(kind)
  local one, all, new, what = (table.unpack or unpack)(kinds[kind]) -- luacheck: ignore
  local fields = kind == "cert" and FIELDS or { "status" }
  local NAME = { "name", value = "NAME", help = ("as HAProxy calls it (%s list)"):format(kind) }
  local PEM = { "file", value = "FILE", help = "PEM" }
  local WHAT = { what, what .. "s" }

  local function show(call)
    local hap, items = call:haproxy(), {}
    local name = call.given.name
    local list = name and { hap[one](hap, name) } or hap[all](hap)
    for i, object in ipairs(list) do
      items[i] = item_of(kind, object, fields)
    end
    call:items(columns_of(kind, name ~= nil), items, {
      name = function(item)
        return item.name
      end,
    })
  end

  local function work(call, object, sentence, question, send)
    return (single.run(call, {
      what = WHAT,
      object = object.name,
      sentence = sentence,
      question = question,
      send = send,
    }))
  end

  local function update(call)
    local hap, given = call:haproxy(), call.given
    local object, pem = hap[one](hap, given.name), stores.read(given.file)
    local question = ("%s will be replaced by %s, and used for new connections. Go on?"):format(object.name, given.file)
    return work(call, object, "was replaced", question, function()
      return object:update(pem, { save = given.save, ocsp = given.ocsp and stores.read(given.ocsp), die = false })
    end)
  end

  local function add(call)
    local hap, given = call:haproxy(), call.given
    local pem = given.file and stores.read(given.file)
    return work(call, { name = given.name }, "was added", nil, function()
      return hap[new](hap, given.name, pem, QUIET)
    end)
  end

  local function del(call)
    local hap = call:haproxy()
    local object = hap[one](hap, call.given.name)
    return work(call, object, "was deleted", object.name .. " will be deleted. Go on?", function()
      return object:del(QUIET)
    end)
  end

  local function abort(call)
    local hap = call:haproxy()
    local object = hap[one](hap, call.given.name)
    return work(call, object, "has no open transaction any more", nil, function()
      return object:abort(QUIET)
    end)
  end

  local program = "haproxyadmin " .. kind .. " "
  local file = ({ cert = "example.com.pem", ca = "clients.pem", crl = "revoked.pem" })[kind]
  local save = { { "--save", value = "FILE", help = "replace this file, too, when all processes have it" } }
  if kind == "cert" then
    save[2] = { "--ocsp", value = "FILE", help = "an OCSP response of the new one, in DER" }
  end
  return {
    {
      name = "list",
      aliases = { "ls" },
      help = ("Lists each %s that HAProxy has."):format(what),
      examples = { program .. "list" },
      run = show,
    },
    {
      name = "show",
      help = ("Shows a %s."):format(what),
      arguments = { NAME },
      examples = { program .. "show " .. file },
      run = show,
    },
    {
      name = "update",
      help = ("Replaces a %s in every process, or in none."):format(what),
      changes = true,
      arguments = { NAME, PEM },
      options = changing.options(save),
      examples = { ("%supdate %s new.pem --save /etc/haproxy/%s"):format(program, file, file) },
      run = update,
    },
    {
      name = "add",
      help = ("Adds a %s; without FILE an empty one."):format(what),
      changes = true,
      arguments = { NAME, { "file", value = "FILE", count = "?", help = "PEM" } },
      options = changing.options(),
      examples = { ("%sadd %s new.pem"):format(program, file) },
      run = add,
    },
    {
      name = "del",
      help = ("Deletes a %s that is not in use."):format(what),
      changes = true,
      arguments = { NAME },
      options = changing.options(),
      examples = { ("%sdel %s --yes"):format(program, file) },
      run = del,
    },
    {
      name = "abort",
      help = "Ends a transaction that somebody left open.",
      changes = true,
      arguments = { NAME },
      options = changing.options(),
      examples = { ("%sabort %s"):format(program, file) },
      run = abort,
    },
  }
end

return stores
