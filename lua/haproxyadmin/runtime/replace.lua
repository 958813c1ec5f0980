-- What a file of a store holds is replaced, or a file is made: in every process, or in none.

local base64 = require "haproxyadmin.base.base64"
local certificates = require "haproxyadmin.replies.certificates"
local check = require "haproxyadmin.base.check"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local files = require "haproxyadmin.base.file"
local pem = require "haproxyadmin.base.pem"
local stores = require "haproxyadmin.runtime.stores"
local transaction = require "haproxyadmin.runtime.transaction"
local wait = require "haproxyadmin.runtime.wait"

local replace = {}

--- The options of what waits for another's transaction, and of what replaces a file, and
-- their types.
replace.waiting = wait.options
replace.options = { save = "string", timeout = "number", interval = "number" }

-- Seconds between two looks at another's transaction.
local INTERVAL = 0.1

-- What is added to while its transaction is open.
local adds = { ["ca-file"] = "add ssl ca-file" }

-- ---- other transactions ----

-- The fingerprint of the first certificate, by which HAProxy shows what a transaction
-- holds; nil where there is none.
local function fingerprint_of(blocks)
  for _, block in ipairs(blocks or {}) do
    if block.label:find("CERTIFICATE", 1, true) then
      return core.sha1(base64.decode(block.body))
    end
  end
end

-- Does the transaction hold what is to be sent? Then a call like this one left it behind,
-- whose process may have ended meanwhile.
local function is_own(context, kind, reading, file, fingerprint)
  if reading.open ~= file or not fingerprint then
    return false
  end
  local records = stores.details(context, kind, "*" .. file, certificates.details, { reading.process })
  return records ~= nil and records[1].fingerprint == fingerprint
end

-- A process whose transaction is another's, or nil.
local function busy_one(context, kind, readings, file, fingerprint)
  for _, reading in ipairs(readings) do
    if reading.open and not is_own(context, kind, reading, file, fingerprint) then
      return reading
    end
  end
end

-- Waits until no process has another's transaction open; returns the last readings.
local function wait_for_end(context, kind, file, options, fingerprint)
  local limits, err = wait.begin(context, {
    timeout = options.timeout or context.timeout,
    interval = options.interval or INTERVAL,
  })
  if not limits then
    return nil, err
  end
  local what = ("the end of another transaction, to change %s %s"):format(stores.labels[kind], check.quote(file))
  return wait.until_holds(context, limits, what, function(seconds)
    local readings, problem = stores.read(context, kind, seconds)
    if not readings then
      return nil, problem
    end
    local busy = busy_one(context, kind, readings, file, fingerprint)
    if busy then
      local seen = "process %d has one open on %s (abort() would end it)"
      return false, seen:format(busy.process.nb, check.quote(busy.open))
    end
    return readings
  end)
end

-- A store has one transaction at a time, and some versions of HAProxy let it be
-- overwritten: another's is waited for. Returns the processes that have the file.
local function having(context, kind, file, options, blocks)
  local fingerprint = fingerprint_of(blocks)
  local readings, err = stores.read(context, kind)
  if readings and busy_one(context, kind, readings, file, fingerprint) then
    readings, err = wait_for_end(context, kind, file, options, fingerprint)
  end
  if not readings then
    return nil, err
  end
  local processes = {}
  for _, reading in ipairs(readings) do
    if reading.has[file] then
      processes[#processes + 1] = reading.process
    end
  end
  return processes
end

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

-- The steps that put blocks into a file: the first one replaces what is there, the others
-- add to it.
local function steps_of(kind, file, blocks, processes)
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
  steps[#steps + 1] = { command = "commit ssl " .. kind, args = named, final = true }
  return steps
end

-- ---- what callers ask for ----

-- Replaces what a file holds by blocks of PEM; returns the processes that have it.
local function in_memory(context, options, kind, file, blocks)
  local processes, err = having(context, kind, file, options, blocks)
  if not processes then
    return nil, err
  elseif #processes == 0 then
    return stores.not_found(kind, file)
  end
  local ok
  ok, err = transaction.run(context, processes, steps_of(kind, file, blocks, processes))
  return ok and processes, err
end

-- What will take the place of the file that HAProxy reads when it starts. That must be
-- there, since its mode may have to keep a key from others.
local function open_writer(path, blocks)
  if not core.path(path) then
    return nil, files.error(path, "not_found", ("cannot write file '%s': it is not there"):format(path))
  end
  local writer, err = files.writer(path)
  local ok
  if writer then
    ok, err = writer:write(pem.write(blocks))
  end
  return ok and writer, err
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
  if not processes then
    writer:close()
    return nil, err
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
  local steps = blocks and steps_of(kind, file, blocks, context.processes) or {}
  table.insert(steps, 1, {
    command = "new ssl " .. kind,
    args = named,
    undo = "del ssl " .. kind,
    undo_args = named,
  })
  if blocks then
    local ok, err = having(context, kind, file, options)
    if not ok then
      return nil, err
    end
  end
  return transaction.run(context, context.processes, steps)
end

return replace
