-- The context: what a HAProxy object was made with and what it knows by now. All its
-- frontends, backends, servers and snapshots share it. The fields are these and no
-- others, so that whoever reads one finds here what it is.

local context = {}

local fields = {
  -- How errors reach the caller (the option `die`).
  die = true,
  -- How often and how fast a request is repeated, and by when each attempt ends
  -- (the options of these names).
  retry = true,
  retry_interval = true,
  timeout = true,
  -- The most bytes of one process's answer.
  max_reply = true,
  -- What carries the bytes, and waits.
  transport = true,
  -- Whether a connection to each process is kept between exchanges.
  keep = true,
  -- Where the sockets are: {option =, folder =}, {option =, addresses =, names =} or
  -- {option =, master =}.
  source = true,
  -- Where a master's socket is the source: its record (master.lua), and whether its old
  -- workers are read, too (`"all"`).
  master = true,
  workers = true,
  -- The old workers: processes that are read where their numbers count, and get no
  -- commands.
  old = true,
  -- The numbers of the processes that are meant, where the caller named some (the option
  -- `process_nb`).
  only = true,
  -- How many slots were given.
  slots = true,
  -- The processes, by slot: see process.lua. A slot is never given to another
  -- process, since snapshots refer to it.
  processes = true,
  -- Sockets of a folder that were passed over: a sequence of {address, err}.
  passed_over = true,
  -- Nobody listened at a socket: the folder is looked at again with the next call, if
  -- that was not done (`looked`, on the transport's clock) a moment ago.
  missed = true,
  looked = true,
  -- The addresses as one text: what `==` compares and `tostring` shows.
  identity = true,
  -- The object was built where its transport cannot wait: its sockets are looked at
  -- with the first call. `connecting`: since when a coroutine is doing that.
  pending = true,
  connecting = true,
  -- What goes on while calls are only rehearsed (rehearsal.lua).
  rehearsal = true,
  -- The object was closed: the name of its class.
  closed = true,
}

local meta = {
  __newindex = function(self, key, value)
    if not fields[key] then
      error("a context has no field " .. tostring(key), 2)
    end
    rawset(self, key, value)
  end,
}

--- A context with these settings.
function context.new(settings)
  local made = setmetatable({}, meta)
  for key, value in pairs(settings) do
    made[key] = value
  end
  made.processes, made.old, made.passed_over = {}, {}, {}
  return made
end

return context
