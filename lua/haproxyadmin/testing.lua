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
-- * `{"answer", idle = s}`: the reply, as HAProxy does; a kept connection that is
--   silent for s seconds is closed (default: none is)
-- * `{"reply", text}`: this text instead, byte for byte
-- * `{"stall", after = n}`: takes the command and never answers; behind n answers
-- * `{"drip", pause = 0.01}`: the reply byte by byte
-- * `{"cut", at = n, after = m}`: closes behind n bytes of the reply, behind all but
--   -n if n is negative; the first m answers are whole
-- * `{"close", after = n}`: closes without a byte; behind n answers, between two of
--   them or when nothing more is asked
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
--
-- As with HAProxy, a connection ends behind the answers to one line, unless
-- `prompt` was among its commands: then it stays, the answer to `prompt` and each
-- that follows end with `> `, and lines may be sent without waiting for answers.
-- `prompt` again ends that, `quit` the connection.
-- @module haproxyadmin.testing

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local literal = require "haproxyadmin.testing.literal"
local native = require "haproxyadmin.transport.native"
local recorder = require "haproxyadmin.testing.recorder"

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

-- A word for the shell.
local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A new folder; its path may hold blanks and line ends, as TMPDIR may.
local function temporary_folder()
  local pipe = assert(io.popen "mktemp -d")
  local path = pipe:read("*a"):gsub("\n$", "")
  pipe:close()
  return path ~= "" and path or fail "the fake HAProxy did not start: no temporary folder can be made"
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

local function value_of(text)
  return (loadstring or load)("return " .. text)() -- luacheck: compat
end

local function wait(self)
  local deadline = native:now() + PATIENCE
  local answer, code, log
  repeat
    answer, code = ask(self, "address")
    if answer then
      return value_of(answer)
    end
    native:sleep(0.005)
    -- An interpreter writes its name first, and then what is wrong.
    log = read(self.dir .. "/log")
    if log ~= "" then
      code = log
    end
  until log:find "\n$" or native:now() >= deadline
  self:stop()
  fail("the fake HAProxy did not start: " .. tostring(code))
end

local known = {
  replies = "any",
  script = "table",
  path = "string",
  tcp = "boolean",
  lua = "string",
  level = "string",
}

local levels = { user = true, operator = true, admin = true }

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

local function check_options(options)
  local ok, err = check.type("options", options, "table")
  if ok then
    ok, err = check.options(options, known)
  end
  if not ok then
    return nil, err
  elseif options.level and not levels[options.level] then
    return check.fail("level", "'user', 'operator' or 'admin'", options.level)
  end
  return replies_of(options)
end

local function settings_of(options)
  local replies, err = check_options(options)
  if not replies then
    error(err, 0)
  end
  return {
    replies = replies,
    script = options.script or { "answer" },
    path = options.path,
    tcp = options.tcp or false,
    level = options.level or "admin",
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
--   HAProxy's words for that. This module puts `show cli level` behind a raw command
--   (`HAProxy:command`), to see where its answer ends: the fake answers that, and
--   shows it to nobody.
-- * `script`: behaviours (default: `{"answer"}`)
-- * `path`: the socket's path (default: in a temporary folder)
-- * `tcp`: true to listen on a port of 127.0.0.1 instead
-- * `level`: what `show cli level` answers, `"user"`, `"operator"` or `"admin"` (the
--   default)
-- * `lua`: the interpreter (default: the one that runs)
-- @treturn Fake
-- @raise `ValueError` (an unknown option, a wrong type, a file of replies that
-- is not Lua), `HAProxyBaseError` (`failed`: it did not start, which tells why:
-- no LuaSocket, a path that cannot be bound, a behaviour that there is not)
function testing.start(options)
  options = options or {}
  local settings = settings_of(options)
  local lua = options.lua or interpreter()
  local self = setmetatable({ dir = temporary_folder() }, Fake)
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
      ("echo $$ >%s; exec %s %s >%s 2>&1"):format(
        quote(self.dir .. "/pid"),
        quote(lua),
        quote(self.dir .. "/fake.lua"),
        quote(self.dir .. "/log")
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
-- @treturn {table,...} one for each connection, in order: `behaviour`; `command`,
-- the line without its end (nil: none was read); and `more`, the lines that
-- followed on a kept connection (nil: none did)
-- @raise `HAProxyBaseError` (`failed`: it was stopped, or does not answer within
-- 10 seconds)
function Fake:received()
  if not self.input then
    fail(STOPPED)
  end
  local answer = ask(self, "received") or fail "the fake HAProxy does not answer"
  return value_of(answer)
end

--- Ends it and removes its temporary folder. Twice is once.
-- @function Fake:stop
function Fake:stop()
  if self.input then
    self.input:close()
    self.input = nil
    os.execute("rm -rf -- " .. quote(self.dir))
  end
end

--- A transport that remembers what was answered: give it as the option
-- `transport` to an object on a real HAProxy.
-- @tparam[opt] string|table inner the transport that it uses, as the option
-- `transport` names it (default: the native one)
-- @treturn table a transport with the field `replies`, as `start` takes them:
-- the reply to each line, the last one where it was sent more than once
-- @raise `ValueError` (`inner` is no transport)
-- @function recorder
testing.recorder = recorder

return testing
