-- Chromium without a window, by WebDriver (https://www.w3.org/TR/webdriver2/).

local base64 = require "haproxyadmin.base.base64"
local core = require "haproxyadmin.core"
local dkjson = require "dkjson"
local haproxy = require "spec.support.haproxy"
local http = require "socket.http"
local ltn12 = require "ltn12"

local Browser = {}
Browser.__index = Browser

local browser = {}

-- Seconds within which the driver answers, and within which something on a page comes about.
local ANSWER, LONGEST = 120, 60

-- What Debian has in /usr/bin is a script, which the driver would end instead.
local PROGRAM = "/usr/lib/chromium/chromium-headless-shell"

http.TIMEOUT = ANSWER

-- Asks the driver. Returns its value, or nil and what it says.
local function ask(self, method, path, body)
  local text = body and dkjson.encode(body)
  if text == "[]" then
    text = "{}"
  end
  local pieces = {}
  local ok, status = http.request {
    url = self.url .. path,
    method = method,
    headers = text and { ["content-type"] = "application/json", ["content-length"] = #text } or nil,
    source = text and ltn12.source.string(text) or nil,
    sink = ltn12.sink.table(pieces),
  }
  if not ok then
    return nil, tostring(status)
  end
  local value = (dkjson.decode(table.concat(pieces), 1, dkjson.null) or {}).value
  if status ~= 200 then
    return nil, tostring(type(value) == "table" and value.message or status)
  end
  return value, nil
end

local function call(self, method, path, body)
  local value, err = ask(self, method, "/session/" .. self.id .. path, body)
  if err then
    error(("%s %s: %s"):format(method, path, err), 3)
  end
  return value
end

local function start_driver(self)
  -- Its browser leaves files there when it is killed.
  local environment = ("cd '%s' && TMPDIR='%s' exec "):format(self.dir, self.dir)
  local command = environment .. ("chromedriver --port=%d >driver.log 2>&1 & echo $!"):format(self.port)
  local pipe = assert(io.popen(command))
  self.pid = pipe:read "*l"
  pipe:close()
  local deadline = core.now() + ANSWER
  repeat
    local status = ask(self, "GET", "/status")
    if status and status.ready then
      return
    end
    core.sleep(0.05)
  until core.now() > deadline
  error "chromedriver does not answer"
end

--- Starts a browser that knows no host but this one. Options: width, height; network: its log
-- `performance` has what it asks for; trace: what its threads do, for `longest`.
function browser.start(options)
  options = options or {}
  local port = haproxy.free_port()
  local self = setmetatable({
    dir = haproxy.temporary_folder(),
    port = port,
    url = ("http://127.0.0.1:%d"):format(port),
  }, Browser)
  start_driver(self)
  local arguments = {
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    ("--window-size=%d,%d"):format(options.width or 1280, options.height or 900),
  }
  local trace = options.trace
    and { traceCategories = "toplevel,blink.user_timing", enableNetwork = false, enablePage = false }
  local made, err = ask(self, "POST", "/session", {
    capabilities = {
      alwaysMatch = {
        ["goog:loggingPrefs"] = { browser = "ALL", performance = (options.network or trace) and "ALL" or nil },
        ["goog:chromeOptions"] = { binary = PROGRAM, args = arguments, perfLoggingPrefs = trace },
      },
    },
  })
  if not made then
    self:stop()
    error("no session: " .. err)
  end
  self.id = made.sessionId
  return self
end

function Browser:stop()
  if self.id then
    ask(self, "DELETE", "/session/" .. self.id)
  end
  haproxy.shell("kill " .. self.pid)
  haproxy.shell("rm -rf " .. self.dir)
end

function Browser:open(url)
  call(self, "POST", "/url", { url = url })
end

--- The value of an expression of JavaScript on the page; `...` are its `arguments`.
function Browser:value(expression, ...)
  local given = setmetatable({ ... }, { __jsontype = "array" })
  return call(self, "POST", "/execute/sync", { script = "return " .. expression, args = given })
end

--- Runs statements.
function Browser:run(script, ...)
  local given = setmetatable({ ... }, { __jsontype = "array" })
  return call(self, "POST", "/execute/sync", { script = script, args = given })
end

--- The value of an expression, a promise, once it is kept.
function Browser:await(expression, ...)
  local given = setmetatable({ ... }, { __jsontype = "array" })
  local script = "const done = arguments[arguments.length - 1]; (%s).then(v => done(v), e => done('failed: ' + e))"
  script = script:format(expression)
  return call(self, "POST", "/execute/async", { script = script, args = given })
end

--- Waits until an expression is true (neither null, false, 0 nor ""), and returns it.
function Browser:wait(expression, ...)
  local deadline = core.now() + LONGEST
  local value
  repeat
    value = self:value(expression, ...)
    if value and value ~= dkjson.null and value ~= 0 and value ~= "" then
      return value
    end
    core.sleep(0.05)
  until core.now() > deadline
  local seen = self:value "document.body.innerText.slice(0, 1500)"
  error(("%s did not come about; the page says: %s"):format(expression, seen), 2)
end

-- Keys as WebDriver names them.
local keys = { Tab = "\238\128\132", Enter = "\238\128\135", Escape = "\238\128\140", Space = " " }

--- Presses keys one after the other: a name (`Tab`, `Enter`, `Escape`), or a text to type.
function Browser:press(...)
  for _, name in ipairs { ... } do
    local actions = setmetatable({}, { __jsontype = "array" })
    for key in (keys[name] or name):gmatch "[%z\1-\127\194-\244][\128-\191]*" do
      actions[#actions + 1] = { type = "keyDown", value = key }
      actions[#actions + 1] = { type = "keyUp", value = key }
    end
    call(self, "POST", "/actions", { actions = { { type = "key", id = "keyboard", actions = actions } } })
  end
end

--- A command of the DevTools protocol.
function Browser:devtools(name, parameters)
  parameters = setmetatable(parameters or {}, { __jsontype = "object" })
  return call(self, "POST", "/goog/cdp/execute", { cmd = name, params = parameters })
end

-- What was traced up to a mark, as lines of JSON. The driver hands out what it has when it is asked.
local function traced(self, mark)
  local lines = {}
  local deadline = core.now() + LONGEST
  local seen
  repeat
    for _, entry in ipairs(self:log "performance") do
      lines[#lines + 1] = entry.message
      seen = seen or entry.message:find(mark, 1, true)
    end
    assert(seen or core.now() < deadline, "no trace")
  until seen
  return lines
end

-- The event of a trace with this name.
local function event(lines, name)
  for _, line in ipairs(lines) do
    if line:find(('"name":"%s"'):format(name), 1, true) then
      return dkjson.decode(line).message.params
    end
  end
  error("nothing was traced of " .. name)
end

--- Runs statements as a task of their own, waits until an expression is true, and goes on for
-- `more` seconds. Returns the longest time in milliseconds for which the page's thread worked in
-- one go, the statements' task and what follows from them included. It is the processor's time
-- of each task as the browser itself counts it, so that it makes no difference what else the
-- machine does. Of a browser that was started with `trace`.
function Browser:longest(statements, expression, more)
  self.marks = (self.marks or 0) + 1
  local from, to = ("from-%d."):format(self.marks), ("to-%d."):format(self.marks)
  self:run("performance.mark(arguments[0])", from)
  self:run("setTimeout(() => {" .. statements .. "})")
  self:wait(expression)
  core.sleep(more)
  self:run("performance.mark(arguments[0])", to)
  local lines = traced(self, to)
  local first, last = event(lines, from), event(lines, to)
  local longest
  for _, line in ipairs(lines) do
    if line:find("RunTask", 1, true) then
      local task = dkjson.decode(line).message.params
      -- Another page may be of another process.
      if task.pid == last.pid and task.tid == last.tid and task.ts >= first.ts and task.tdur then
        longest = math.max(longest or 0, task.tdur)
      end
    end
  end
  assert(longest, "no task was traced")
  return longest / 1000
end

--- What was logged since the last look: `browser` or `performance`.
function Browser:log(type)
  return call(self, "POST", "/se/log", { type = type })
end

--- A picture of what is shown, as a PNG.
function Browser:picture()
  return base64.decode(self:devtools("Page.captureScreenshot").data)
end

return browser
