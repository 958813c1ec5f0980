--- An OCSP response that HAProxy staples to a certificate: in every process that has it.
--
-- Made by `HAProxy:ocsp_responses`. Each property that was not listed asks those processes
-- (`show ssl ocsp-response <id>`, management guide 9.3; level admin from HAProxy 3.4 on;
-- HAProxy 2.5 and later), and they must agree.
-- @classmod haproxyadmin.OcspResponse

local base64 = require "haproxyadmin.base.base64"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local der = require "haproxyadmin.base.der"
local errors = require "haproxyadmin.errors"
local ocsp = require "haproxyadmin.replies.ocsp"
local run = require "haproxyadmin.runtime.run"
local store = require "haproxyadmin.objects.store"

local function details(self, context)
  local requests, err = run.read(context, "show ssl ocsp-response entry", { id = self._file }, self._processes)
  if not requests then
    return nil, err
  end
  local records = {}
  for i, request in ipairs(requests) do
    records[i] = ocsp.details(request.reply:lines(1))
    records[i].process_nb = request.process.nb
  end
  return records
end

local function bytes_of(hexadecimal)
  return (hexadecimal:gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

-- HAProxy finds the certificate by what stands in the response, which may be another one's.
local function is_of(self, response)
  local listed = self._listed
  return der.is_sequence(response)
    and response:find(bytes_of(listed.serial), 1, true) ~= nil
    and response:find(bytes_of(listed.issuer_key_hash), 1, true) ~= nil
end

local function update(self, context, options, response)
  local ok, err = check.text("der", response)
  if not ok then
    return nil, err
  elseif not is_of(self, response) then
    local message = "argument 'der': an OCSP response (DER) for serial %s expected, got another text"
    return nil, errors.new("ValueError", "bad_argument", message:format(self._listed.serial))
  end
  return run.command(context, options, "set ssl ocsp-response", function(process)
    return store.has(self, process) and { response = base64.encode(response) } or nil
  end)
end

local function listed(field)
  return function(self)
    return self._listed[field]
  end
end

local function field(name)
  return function(self, context)
    local records, err = details(self, context)
    if not records then
      return nil, err
    end
    return store.agreed(records, name)
  end
end

local make = class.of_tables {
  name = "OcspResponse",
  describe = store.name,
  methods = class.methods({}, {
    --- What each process says of it: `show ssl ocsp-response <id>`.
    -- @function OcspResponse:details
    -- @treturn {table,...} one a process: `process_nb`, `response_status`, `cert_status`,
    -- `produced_at`, `this_update` and `next_update`
    -- @raise `CommandFailed` (`not_found`, `permission`), `MultipleCommandResults`,
    -- `HAProxySocketError`
    details = { call = details },
    --- Replaces it in every process that has it: `set ssl ocsp-response` (9.3; level admin
    -- from HAProxy 3.4 on, before at every level). There is no transaction: a process that
    -- refuses it keeps the one that it has.
    -- @function OcspResponse:update
    -- @tparam string der the response as the responder sent it, in DER
    -- @treturn boolean true
    -- @raise `ValueError` (no response, or another certificate's), `CommandFailed`
    -- (`bad_argument`: HAProxy found it expired or badly signed, say; `permission`),
    -- `MultipleCommandResults`, `HAProxySocketError`
    update = { arguments = 1, call = update },
  }),
  --- Reads a property without raising.
  -- @function OcspResponse:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
  properties = {
    --- HAProxy's id of it, which is `Certificate.ocsp_key`. Asks nobody.
    -- @field OcspResponse.name
    name = store.name,
    --- The processes that had it when it was listed, a sequence of numbers. Asks nobody.
    -- @field OcspResponse.process_nb
    process_nb = store.process_nb,
    --- The certificate's name (HAProxy 2.8 and later; nil before). Asks nobody.
    -- @field OcspResponse.file
    file = listed "file",
    --- The certificate's serial number in hexadecimal. Asks nobody.
    -- @field OcspResponse.serial
    serial = listed "serial",
    --- The SHA-1 of the issuer's name in hexadecimal. Asks nobody.
    -- @field OcspResponse.issuer_name_hash
    issuer_name_hash = listed "issuer_name_hash",
    --- The SHA-1 of the issuer's key in hexadecimal. Asks nobody.
    -- @field OcspResponse.issuer_key_hash
    issuer_key_hash = listed "issuer_key_hash",
    --- What the responder said, such as `successful (0x0)`.
    -- @field OcspResponse.response_status
    response_status = field "response_status",
    --- `good`, `revoked` or `unknown`.
    -- @field OcspResponse.cert_status
    cert_status = field "cert_status",
    --- When it was made, in seconds since the epoch.
    -- @field OcspResponse.produced_at
    produced_at = field "produced_at",
    --- From when on it holds, in seconds since the epoch.
    -- @field OcspResponse.this_update
    this_update = field "this_update",
    --- Until when it holds, in seconds since the epoch; nil where it does not say.
    -- @field OcspResponse.next_update
    next_update = field "next_update",
  },
}

local function all(_, context)
  local requests, err = run.read(context, "show ssl ocsp-response", {})
  if not requests then
    return nil, err
  end
  local readings, records = {}, {}
  for i, request in ipairs(requests) do
    local names = {}
    for j, record in ipairs(ocsp.list(request.reply:lines(1))) do
      names[j] = record.id
      records[record.id] = records[record.id] or record
    end
    readings[i] = { process = request.process, names = names }
  end
  return store.objects(context, function(of, fields)
    fields._listed = records[fields._file]
    return make(of, fields)
  end, readings)
end

local function updates(_, context)
  local requests, err = run.read(context, "show ssl ocsp-updates", {})
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, record in ipairs(ocsp.updates(request.reply:lines(1))) do
      record.process_nb = request.process.nb
      found[#found + 1] = record
    end
  end
  return found
end

return { all = all, updates = updates }
