--- A fake HAProxy, for tests.
--
-- It is a process of its own that listens on a stats socket, answers with
-- replies that a real HAProxy gave, and misbehaves as it is told, connection by
-- connection. It needs [LuaSocket](https://lunarmodules.github.io/luasocket/)
-- with `socket.unix`, which nothing else of this module does.
--
--    local haproxyadmin = require "haproxyadmin"
--    local testing = require "haproxyadmin.testing"
--
--    local recorder = testing.recorder()
--    local real = haproxyadmin.HAProxy{ socket_file = "/run/haproxy.sock", transport = recorder }
--    print(real.version, #real:frontends())
--
--    local fake = testing.start{ replies = recorder.replies, script = { "reset", "answer" } }
--    local hap = haproxyadmin.HAProxy{ socket_file = fake.address }
--    print(hap.version)
--    fake:stop()
--
-- A **behaviour** is a name, or a table with the name first and its options:
--
-- * `"answer"`: the reply, as HAProxy does
-- * `{"reply", text}`: this text instead, byte for byte
-- * `"stall"`: takes the command and never answers
-- * `{"drip", pause = 0.01}`: the reply byte by byte
-- * `{"cut", at = n}`: closes behind n bytes of the reply; behind all but -n if
--   n is negative
-- * `"close"`: closes without a byte
-- * `{"reset", at = n}`: resets behind n bytes (0). On a unix socket that takes
--   a command which is not read, so `received` does not show it.
-- * `"garbage"`: bytes that mean nothing
-- * `{"endless", text = text}`: the text again and again, without end
-- * `"http"`, `"smtp"`, `"silence"`: another program behind the socket
-- * `"die"`: answers the first command of the line; from then on nobody listens
-- * `{"refuse", seconds = s}`: nobody listens (for s seconds, or until the next
--   script)
-- * `{"gone", seconds = s}`: the same, and the socket's file is not there
-- * `{"backlog", seconds = s}`: listens, but the queue of connections is full
--
-- A script is a sequence of them for the connections to come; the last one
-- repeats.
-- @module haproxyadmin.testing

local check = require "haproxyadmin.base.check"
local choose = require "haproxyadmin.transport"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local native = require "haproxyadmin.transport.native"

local testing = {}

local Fake = {}
Fake.__index = Fake

local PATIENCE = 10
local STOPPED = "the fake HAProxy was stopped"

local function fail(message)
  error(errors.new("HAProxyBaseError", "failed", message), 0)
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text or ""
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A value of text, numbers, booleans and tables of these, as Lua.
local function literal(value)
  if type(value) == "string" then
    return (("%q"):format(value):gsub("\n", "n"):gsub("\r", "\\r"):gsub("%z", "\\0"))
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for key, entry in pairs(value) do
    parts[#parts + 1] = ("[%s]=%s"):format(literal(key), literal(entry))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- The interpreter that runs this.
local function interpreter()
  local place = 0
  while arg and arg[place - 1] do
    place = place - 1
  end
  if place < 0 then
    return arg[place]
  end
  local pipe = assert(io.popen "readlink /proc/$PPID/exe")
  local path = pipe:read "*l"
  pipe:close()
  return path or fail "argument 'lua': cannot tell which Lua interpreter runs this"
end

local function ask(self, line)
  local session = core.session("once", 2 ^ 30)
  assert(session:ask(line, "text"))
  local request = { address = "unix@" .. self.dir .. "/control", line = session:line(), reply = session }
  native:exchange({ request }, native:now() + PATIENCE)
  return not request.code and request.reply:text() or nil, request.code
end

local function wait(self)
  local deadline = native:now() + PATIENCE
  local answer, code
  repeat
    answer, code = ask(self, "address")
    if answer then
      return answer
    end
    native:sleep(0.005)
    local log = read(self.dir .. "/log")
    if log ~= "" then
      code = log
    end
  until log ~= "" or native:now() >= deadline
  self:stop()
  fail("the fake HAProxy did not start: " .. tostring(code))
end

local known = { replies = "any", script = "table", path = "string", tcp = "boolean", lua = "string" }

-- The replies of the options: the table itself, or what the file returns.
local function replies_of(options)
  local replies = options.replies or {}
  if type(replies) == "string" then
    local chunk, words = loadfile(replies)
    if not chunk then
      return nil, errors.new("ValueError", "bad_argument", "argument 'replies': " .. words)
    end
    replies = chunk()
  end
  return check.type("replies", replies, "table")
end

local function settings_of(options)
  local ok, err = check.type("options", options, "table")
  if ok then
    ok, err = check.options(options, known)
  end
  local replies
  if ok then
    replies, err = replies_of(options)
  end
  if not replies then
    error(err, 0)
  end
  return {
    replies = replies,
    script = options.script or { "answer" },
    path = options.path,
    tcp = options.tcp or false,
  }
end

--- Its socket's address, as HAProxy's options take it.
-- @field Fake.address

--- Its process's id.
-- @field Fake.pid

--- Starts a fake HAProxy, a process of its own, and waits until it listens (at
-- most 10 seconds). It ends at `stop`, or when the process that started it does.
-- @tparam[opt] table options
--
-- * `replies`: command line = reply, as HAProxy prints it (the empty line that
--   ends it is added where it is missing; success without words is `""`); and a
--   sequence of `{pattern, reply}` for lines that match a Lua pattern. Or the
--   path of a Lua file that returns such a table. Several commands in one line
--   (`;`) are answered one after the other. A command that is not known gets
--   HAProxy's words for that.
-- * `script`: behaviours (default: `{"answer"}`)
-- * `path`: the socket's path (default: in a temporary folder)
-- * `tcp`: true to listen on a port of 127.0.0.1 instead
-- * `lua`: the interpreter (default: the one that runs)
-- @treturn Fake
-- @raise `ValueError` (an unknown option, a wrong type, a file of replies that
-- is not Lua), `HAProxyBaseError` (`failed`: it did not start, which tells why:
-- no LuaSocket, a path that cannot be bound, a behaviour that there is not)
function testing.start(options)
  options = options or {}
  local settings = settings_of(options)
  local pipe = assert(io.popen "mktemp -d")
  local self = setmetatable({ dir = pipe:read "*l" }, Fake)
  pipe:close()
  settings.dir = self.dir
  settings.path = settings.path or self.dir .. "/haproxy.sock"
  write(
    self.dir .. "/fake.lua",
    ("package.path, package.cpath = %s, %s\nrequire('haproxyadmin.testing.server')(%s)\n"):format(
      literal(package.path),
      literal(package.cpath),
      literal(settings)
    )
  )
  -- It ends when its standard input does: at stop, or when this process ends.
  self.input = assert(
    io.popen(
      ("echo $$ >%s/pid; exec %s %s/fake.lua >%s/log 2>&1"):format(
        self.dir,
        quote(options.lua or interpreter()),
        self.dir,
        self.dir
      ),
      "w"
    )
  )
  self.address = wait(self)
  self.pid = tonumber((read(self.dir .. "/pid")))
  return self
end

--- Gives it another script, beginning with the next connection, and forgets
-- what was received.
-- @function Fake:script
-- @tparam table script
-- @raise `ValueError` (no sequence of behaviours), `HAProxyBaseError` (`failed`:
-- it was stopped, or does not answer within 10 seconds)
function Fake:script(script)
  local ok, err = check.type("script", script, "table")
  if not ok then
    error(err, 0)
  elseif not self.input then
    fail(STOPPED)
  end
  write(self.dir .. "/script.lua", "return " .. literal(script))
  local answer = ask(self, "script")
  if not answer then
    fail "the fake HAProxy does not answer"
  elseif answer ~= "done" then
    error(errors.new("ValueError", "bad_argument", "argument 'script': " .. answer), 0)
  end
end

--- What it received since the last script.
-- @function Fake:received
-- @treturn {table,...} one for each connection, in order: `behaviour`, and
-- `command`, the line without its end (nil: none was read)
-- @raise `HAProxyBaseError` (`failed`: it was stopped, or does not answer within
-- 10 seconds)
function Fake:received()
  if not self.input then
    fail(STOPPED)
  end
  local answer = ask(self, "received") or fail "the fake HAProxy does not answer"
  return (loadstring or load)("return " .. answer)() -- luacheck: compat
end

--- Ends it and removes its temporary folder. Twice is once.
-- @function Fake:stop
function Fake:stop()
  if self.input then
    self.input:close()
    self.input = nil
    os.execute("rm -rf " .. self.dir)
  end
end

--- A transport that remembers what was answered: give it as the option
-- `transport` to an object on a real HAProxy.
-- @tparam[opt] string|table inner the transport that it uses, as the option
-- `transport` names it (default: the native one)
-- @treturn table a transport with the field `replies`, as `start` takes them:
-- the reply to each line, the last one where it was sent more than once
-- @raise `ValueError` (`inner` is no transport)
function testing.recorder(inner)
  local err
  inner, err = choose(inner or native)
  if not inner then
    error(err, 0)
  end
  local recorder = { replies = {} }
  function recorder:now() -- luacheck: no self
    return inner:now()
  end
  function recorder:sleep(seconds) -- luacheck: no self
    return inner:sleep(seconds)
  end
  function recorder:exchange(requests, deadline)
    inner:exchange(requests, deadline)
    for _, request in ipairs(requests) do
      if not request.code then
        local line = request.line:gsub("\n$", "")
        self.replies[line] = request.reply:raw():gsub("\n?\n$", "")
      end
    end
  end
  return recorder
end

return testing
