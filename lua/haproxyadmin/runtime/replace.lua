-- What a file of a store holds is replaced, or a file is made: in every process, or in none.

local commands = require "haproxyadmin.commands"
local contention = require "haproxyadmin.runtime.contention"
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
local function steps_of(kind, file, blocks, processes, own)
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
local function once(context, limits, kind, file, blocks)
  local fingerprint = contention.fingerprint(kind, blocks)
  local processes, err, own = contention.processes(context, kind, file, limits, fingerprint)
  if not processes then
    return nil, err
  elseif #processes == 0 then
    return stores.not_found(kind, file)
  end
  local ok
  ok, err = transaction.run(context, processes, steps_of(kind, file, blocks, processes, own))
  if ok and fingerprint then
    ok, err = contention.check_committed(context, kind, file, processes, fingerprint)
  end
  return ok and processes, err
end

-- The same, and again while there is time, where another program came between.
local function in_memory(context, options, kind, file, blocks)
  local limits, err = begin(context, options)
  if not limits then
    return nil, err
  end
  local transport = context.transport
  while true do
    local processes
    processes, err = once(context, limits, kind, file, blocks)
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
