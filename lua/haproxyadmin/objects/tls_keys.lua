--- A file of TLS ticket keys (`tls-ticket-keys`), as HAProxy keeps it in its memory: in
-- every process that has it. The keys are not read, and no file is touched.
--
-- Made by `HAProxy:tls_keys`.
-- @classmod haproxyadmin.TlsKeys

local base64 = require "haproxyadmin.base.base64"
local class = require "haproxyadmin.objects.class"
local errors = require "haproxyadmin.errors"
local run = require "haproxyadmin.runtime.run"
local store = require "haproxyadmin.objects.store"
local tls_keys = require "haproxyadmin.replies.tls_keys"

-- The sizes of keys, in bytes: AES-128 and AES-256 with their HMAC keys.
local sizes = { [48] = true, [80] = true }

-- The text that HAProxy takes of a key, in bytes or as base64. An error shows nothing of it.
local function text_of(key)
  if type(key) == "string" then
    local bytes = base64.decode(key)
    if bytes and sizes[#bytes] then
      return key
    elseif sizes[#key] then
      return base64.encode(key)
    end
  end
  local message = "argument 'key': 48 or 80 bytes, or their base64, expected, got another %s"
  return nil, errors.new("ValueError", "bad_argument", message:format(type(key)))
end

local function rotate(self, context, options, key)
  local text, err = text_of(key)
  if not text then
    return nil, err
  end
  return run.command(context, options, "set ssl tls-key", function(process)
    return store.has(self, process) and { id = self._file, key = text } or nil
  end)
end

local make = class.of_tables {
  name = "TlsKeys",
  describe = store.name,
  methods = class.methods({}, {
    --- Gives every process the key that it will use for new tickets after the next one; the
    -- oldest key is dropped: `set ssl tls-key` (management guide 9.3; level admin from HAProxy
    -- 3.4 on, before at every level; HAProxy 2.2 and later). All processes, of all hosts that
    -- serve the same names, must get the same keys in the same order.
    -- @function TlsKeys:rotate
    -- @tparam string key 48 bytes (AES-128), or 80 (AES-256) where the file's keys have as
    -- many; or their base64, as `openssl rand -base64 48` prints it
    -- @treturn boolean true
    -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`; `bad_argument`: the
    -- file's keys have another size), `MultipleCommandResults`, `HAProxySocketError`. None of
    -- them shows the key
    rotate = { arguments = 1, call = rotate },
  }),
  --- Reads a property without raising.
  -- @function TlsKeys:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
  properties = {
    --- The file's name, as HAProxy's configuration has it. Asks nobody.
    -- @field TlsKeys.name
    name = store.name,
    --- The processes that had it when it was listed, a sequence of numbers. Asks nobody.
    -- @field TlsKeys.process_nb
    process_nb = store.process_nb,
  },
}

local function all(_, context)
  local requests, err = run.read(context, "show tls-keys", {})
  if not requests then
    return nil, err
  end
  local readings = {}
  for i, request in ipairs(requests) do
    readings[i] = { process = request.process, names = tls_keys.files(request.reply:lines(1)) }
  end
  return store.objects(context, make, readings)
end

return { all = all }
