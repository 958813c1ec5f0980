-- The fake HAProxy's own process: see haproxyadmin.testing.

local socket = require "socket"
local unix = require "socket.unix"

local behaviours = require "haproxyadmin.testing.behaviours"
local literal = require "haproxyadmin.testing.literal"

local new_unix = type(unix) == "table" and unix.stream or unix

-- ---- the socket ----

local new_tcp = socket.tcp4 or socket.tcp

local function is_unix(fake)
  return not fake.tcp
end

local function open_unix(path, backlog)
  local listener = assert(new_unix())
  os.remove(path .. ".new")
  assert(listener:bind(path .. ".new"))
  assert(listener:listen(backlog))
  assert(os.rename(path .. ".new", path))
  return listener
end

local function open(fake, backlog)
  if fake.listener then
    return
  elseif is_unix(fake) then
    fake.listener = open_unix(fake.path, backlog)
  else
    local listener = assert(new_tcp())
    assert(listener:setoption("reuseaddr", true))
    assert(listener:bind("127.0.0.1", fake.port or 0))
    assert(listener:listen(backlog))
    local _, port = listener:getsockname()
    fake.port, fake.listener = tonumber(port), listener
  end
  fake.listener:settimeout(0)
end

local function shut(fake)
  for _, filler in ipairs(fake.fillers) do
    filler:close()
  end
  fake.fillers = {}
  if fake.listener then
    fake.listener:close()
    fake.listener = nil
  end
end

-- Fills the queue of connections by connecting itself.
local function fill(fake)
  shut(fake)
  open(fake, 1)
  for i = 1, 8 do
    local filler = assert(is_unix(fake) and new_unix() or new_tcp())
    filler:settimeout(0)
    filler:connect(is_unix(fake) and fake.path or "127.0.0.1", fake.port)
    fake.fillers[i] = filler
  end
end

local function behaviour_at(fake, place)
  local behaviour = fake.script[place] or fake.script[#fake.script]
  return type(behaviour) == "table" and behaviour or { behaviour }
end

local offline = { refuse = true, gone = true, backlog = true }

-- nil, or what is wrong with a script.
local function refuse_script(script)
  if #script == 0 then
    return "a sequence of behaviours expected, got none"
  end
  for _, behaviour in ipairs(script) do
    local name = type(behaviour) == "table" and behaviour[1] or behaviour
    if not behaviours[name] and not offline[name] then
      return "there is no behaviour " .. tostring(name)
    end
  end
end

-- Makes the socket what the next behaviour asks for.
local function prepare(fake)
  local behaviour = behaviour_at(fake, fake.place)
  local name = behaviour[1]
  if not offline[name] then
    if #fake.fillers > 0 then
      shut(fake)
    end
    fake.online_at = nil
    return open(fake, 128)
  end
  fake.online_at = behaviour.seconds and socket.gettime() + behaviour.seconds
  if name == "backlog" then
    return fill(fake)
  end
  if is_unix(fake) and not fake.listener and name == "refuse" then
    open(fake, 1) -- so that the file is there
  end
  shut(fake)
  if name == "gone" then
    os.remove(fake.path)
  end
end

local function start_connection(fake, client)
  local behaviour = behaviour_at(fake, fake.place)
  fake.place = fake.place + 1
  client:settimeout(0)
  local connection = { socket = client, text = "", queue = {}, received = { behaviour = behaviour[1] } }
  table.insert(fake.received, connection.received)
  connection.run = coroutine.create(function()
    behaviours[behaviour[1]](fake, connection, behaviour)
  end)
  fake.connections[connection] = true
  return connection
end

local function resume(fake, connection)
  local ok, what, time = coroutine.resume(connection.run)
  if not ok then
    error(what, 0)
  end
  connection.waits, connection.time = what, time
  if coroutine.status(connection.run) == "dead" then
    connection.socket:close()
    fake.connections[connection] = nil
  end
end

-- ---- the control socket ----

local controls = {}

function controls.address(fake)
  return literal(is_unix(fake) and fake.path or "tcp@127.0.0.1:" .. fake.port)
end

function controls.received(fake)
  return literal(fake.received)
end

function controls.script(fake)
  local script = dofile(fake.dir .. "/script.lua")
  local trouble = refuse_script(script)
  if trouble then
    return trouble
  end
  fake.script, fake.place, fake.received = script, 1, {}
  prepare(fake)
  return "done"
end

local function control(fake, listener)
  local client = listener:accept()
  if client then
    client:settimeout(5)
    local line = client:receive "*l"
    local perform = controls[line]
    client:send((perform and perform(fake) or "unknown") .. "\n")
    client:close()
  end
end

-- ---- the loop ----

local standard_input = {
  getfd = function()
    return 0
  end,
  dirty = function()
    return false
  end,
}

local function step(fake, controller)
  local readers, writers = { standard_input, controller, fake.listener }, {}
  if #fake.fillers > 0 then
    readers[3] = nil
  end
  local wake = fake.online_at
  local by_socket = {}
  for connection in pairs(fake.connections) do
    by_socket[connection.socket] = connection
    if connection.waits == "read" then
      readers[#readers + 1] = connection.socket
    elseif connection.waits == "write" then
      writers[#writers + 1] = connection.socket
    end
    if connection.time and (not wake or connection.time < wake) then
      wake = connection.time
    end
  end
  local readable, writable = socket.select(readers, writers, wake and math.max(wake - socket.gettime(), 0))
  if readable[standard_input] and not io.read(1) then
    return false
  end
  for _, list in ipairs { readable, writable } do
    for _, ready in ipairs(list) do
      if by_socket[ready] then
        resume(fake, by_socket[ready])
      end
    end
  end
  local now = socket.gettime()
  local due = {}
  for connection in pairs(fake.connections) do
    if connection.time and connection.time <= now then
      due[#due + 1] = connection
    end
  end
  for _, connection in ipairs(due) do
    resume(fake, connection)
  end
  if fake.online_at and fake.online_at <= now then
    fake.place = fake.place + 1
    prepare(fake)
  end
  if readable[controller] then
    control(fake, controller)
  end
  if fake.listener and readable[fake.listener] then
    local client = fake.listener:accept()
    if client then
      resume(fake, start_connection(fake, client))
      prepare(fake)
    end
  end
  return true
end

return function(fake)
  local trouble = refuse_script(fake.script)
  if trouble then
    io.stderr:write("argument 'script': ", trouble, "\n")
    os.exit(1)
  end
  fake.place, fake.received, fake.connections, fake.fillers = 1, {}, {}, {}
  fake.prepare = prepare
  if not is_unix(fake) then
    open(fake, 128) -- to learn the port
  end
  prepare(fake)
  local controller = open_unix(fake.dir .. "/control", 16)
  controller:settimeout(0)
  while step(fake, controller) do -- luacheck: ignore 542
  end
  shut(fake)
  if is_unix(fake) then
    os.remove(fake.path)
  end
end
