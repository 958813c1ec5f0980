-- What a file of a store holds is replaced, or a file is made: in every process, or in none.

local base64 = require "haproxyadmin.base.base64"
local commands = require "haproxyadmin.commands"
local contention = require "haproxyadmin.runtime.contention"
local der = require "haproxyadmin.base.der"
local errors = require "haproxyadmin.errors"
local files = require "haproxyadmin.base.file"
local pem = require "haproxyadmin.base.pem"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local stores = require "haproxyadmin.runtime.stores"
local transaction = require "haproxyadmin.runtime.transaction"
local wait = require "haproxyadmin.runtime.wait"

local replace = {}

--- The options of what waits for another's transaction, and of what replaces a file, and
-- their types.
replace.waiting = wait.options
replace.options = { save = "string", timeout = "number", interval = "number" }
replace.certificate_options = { ocsp = "string", save = "string", timeout = "number", interval = "number" }

-- Seconds between two looks at another's transaction.
local INTERVAL = 0.1

-- What is added to while its transaction is open.
local adds = { ["ca-file"] = "add ssl ca-file" }

-- ---- steps ----

-- The blocks in pieces that every process can take; all in one piece, which may be refused
-- later, where one of them cannot take several, or not this block.
local function pieces_of(kind, file, blocks, processes)
  local set, add = commands.find("set ssl " .. kind), adds[kind] and commands.find(adds[kind])
  local least = math.huge
  for _, process in ipairs(processes) do
    least = math.min(least, commands.payload_max(set, process.version))
    add = add and commands.allowed(add, "", process.version) and add
  end
  -- A file's name may be sent in twice as many bytes, behind words and before patterns.
  local pieces = add and pem.pieces(blocks, least - 2 * #file - 64)
  return pieces or { pem.write(blocks) }
end

-- Is the response one for the first certificate? HAProxy takes others as well, and then has
-- none to staple.
local function check_response(blocks, response)
  for _, block in ipairs(blocks) do
    if block.label:find("CERTIFICATE", 1, true) then
      local serial = der.serial(base64.decode(block.body))
      if serial and der.is_sequence(response) and response:find(serial, 1, true) then
        return true
      end
      break
    end
  end
  local message = "argument 'ocsp': an OCSP response (DER) for this certificate expected, got another text"
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- The steps that put blocks into a file: the first one replaces what is there, the others
-- add to it.
local function steps_of(kind, file, blocks, processes, own, response)
  local named = { file = file }
  local steps = {}
  for i, text in ipairs(pieces_of(kind, file, blocks, processes)) do
    steps[i] = {
      command = i == 1 and "set ssl " .. kind or adds[kind],
      args = { file = file, pem = text },
      undo = "abort ssl " .. kind,
      undo_args = named,
    }
  end
  steps[1].check = contention.check_opened(file, own)
  if response then
    steps[#steps + 1] = {
      command = "set ssl " .. kind,
      args = { file = file .. ".ocsp", pem = base64.encode(response) },
    }
  end
  steps[#steps + 1] = { command = "commit ssl " .. kind, args = named, final = true }
  return steps
end

-- ---- what callers ask for ----

-- The time that there is to wait for others.
local function begin(context, options)
  return wait.begin(context, {
    timeout = options.timeout or context.timeout,
    interval = options.interval or INTERVAL,
  })
end

-- Replaces what a file holds by blocks of PEM; returns the processes that have it.
local function once(context, limits, kind, file, blocks, response)
  local fingerprint = contention.fingerprint(kind, blocks)
  local processes, err, own = contention.processes(context, kind, file, limits, fingerprint)
  if not processes then
    return nil, err
  elseif #processes == 0 then
    return stores.not_found(kind, file)
  end
  local ok
  ok, err = transaction.run(context, processes, steps_of(kind, file, blocks, processes, own, response))
  if ok and fingerprint then
    ok, err = contention.check_committed(context, kind, file, processes, fingerprint)
  end
  return ok and processes, err
end

-- The same, and again while there is time, where another program came between.
local function in_memory(context, options, kind, file, blocks)
  local limits, err = begin(context, options)
  local ok = limits
  if ok and options.ocsp then
    ok, err = check_response(blocks, options.ocsp)
  end
  if not ok then
    return nil, err
  end
  local transport = context.transport
  while true do
    local processes
    processes, err = once(context, limits, kind, file, blocks, options.ocsp)
    if processes or not contention.is_in_use(err) then
      return processes, err
    end
    -- Not all at the same time again: the clocks of two programs differ.
    local pause = limits.interval * (1 + transport:now() * 1000 % 1)
    if transport:now() + pause >= limits.deadline then
      return nil, err
    end
    transport:sleep(pause)
  end
end

-- May the blocks stand in a file? A key stands only where one stood before: the modes of
-- other files do not keep it from anybody, and HAProxy reads it from somewhere else.
local function check_old(path, blocks)
  local old, err = files.read(path)
  if not old then
    return nil, err
  end
  for _, block in ipairs(blocks) do
    if block.label:find "PRIVATE KEY$" and not old:find("PRIVATE KEY-----", 1, true) then
      local message = "cannot write file '%s': it has no private key, and is to get one"
      return nil, files.error(path, "bad_argument", message:format(path))
    end
  end
  return true
end

-- What will take the place of the file that HAProxy reads when it starts, and that must be
-- there.
local function open_writer(path, blocks)
  local ok, err = check_old(path, blocks)
  if not ok then
    return nil, err
  end
  local writer
  writer, err = files.writer(path)
  if writer then
    ok, err = writer:write(pem.write(blocks))
  end
  return writer and ok and writer, err
end

--- Replaces what a file holds by blocks of PEM, in every process that has it, or in none;
-- and behind that the file at the path `options.save`. Returns the processes that have it.
function replace.file(context, options, kind, file, blocks)
  if not options.save then
    return in_memory(context, options, kind, file, blocks)
  end
  local writer, err = open_writer(options.save, blocks)
  if not writer then
    return nil, err
  end
  local processes
  processes, err = in_memory(context, options, kind, file, blocks)
  if not processes or rehearsal.is_on(context) then
    writer:close()
    return processes, err
  end
  local ok
  ok, err = writer:commit()
  if not ok then
    err.message = err.message .. "; HAProxy has the new one in its memory"
  end
  return ok and processes, err
end

--- Makes a file, and fills it where there are blocks of PEM. Returns true.
function replace.new(context, options, kind, file, blocks)
  local named = { file = file }
  local steps = blocks and steps_of(kind, file, blocks, context.processes, {}) or {}
  table.insert(steps, 1, {
    command = "new ssl " .. kind,
    args = named,
    undo = "del ssl " .. kind,
    undo_args = named,
  })
  if blocks then
    local limits, err = begin(context, options)
    local ok
    if limits then
      ok, err = contention.processes(context, kind, file, limits)
    end
    if not ok then
      return nil, err
    end
  end
  return transaction.run(context, context.processes, steps)
end

return replace
