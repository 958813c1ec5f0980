-- haproxyadmin ocsp ...

local changing = require "haproxyadmin.cli.change.changing"
local column = require "haproxyadmin.cli.show.column"
local failure = require "haproxyadmin.cli.base.failure"
local json = require "haproxyadmin.base.json_writer"
local ranges = require "haproxyadmin.cli.base.ranges"
local similar = require "haproxyadmin.cli.base.similar"
local single = require "haproxyadmin.cli.change.single"
local stores = require "haproxyadmin.cli.verbs.stores"

local function list(call)
  local items = {}
  for i, each in ipairs(call:haproxy():ocsp_responses()) do
    items[i] = {
      name = each.name,
      processes = json.list(each.process_nb),
      file = each:get "file",
      cert_status = each:get "cert_status",
      this_update = stores.date(each:get "this_update"),
      next_update = stores.date(each:get "next_update"),
    }
  end
  call:items({
    column("name", "NAME", { wide = true }),
    column("file", "CERTIFICATE", { names = true }),
    column("processes", "PROCESS", { show = ranges.write }),
    column("cert_status", "STATUS"),
    column("this_update", "FROM"),
    column("next_update", "UNTIL"),
  }, items, {
    name = function(item)
      return item.name
    end,
  })
end

-- The response of this name, or of the certificate of this name: what HAProxy lists before 2.8 does not say whose
-- each is, but a certificate knows.
local function find(call)
  local hap, name = call:haproxy(), call.given.name
  local certificate = hap:certificates():get(name)
  local key = certificate and certificate:get "ocsp_key"
  for _, each in ipairs(hap:ocsp_responses()) do
    if each.name == name or each.name == key then
      return each
    end
  end
  failure.raise("nothing", ("there is no OCSP response of %s"):format(similar.quote(name)))
end

local function update(call)
  local given, found = call.given, find(call)
  local der = stores.read(given.file)
  return (single.run(call, {
    what = { "OCSP response", "OCSP responses" },
    object = given.name,
    sentence = "has a new OCSP response",
    send = function()
      return found:update(der, { die = false })
    end,
  }))
end

return {
  name = "ocsp",
  help = "OCSP responses that HAProxy staples.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists them (HAProxy 2.5 and later).",
      examples = { "haproxyadmin ocsp list" },
      run = list,
    },
    {
      name = "update",
      help = "Gives a certificate another response, in every process.",
      changes = true,
      arguments = {
        { "name", value = "NAME", help = "a certificate's file, or the response's name (ocsp list)" },
        { "file", value = "FILE", help = "what the responder answered, in DER" },
      },
      options = changing.options(),
      examples = { "haproxyadmin ocsp update example.com.pem response.der" },
      run = update,
    },
  },
}
