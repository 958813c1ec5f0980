-- A real Prometheus ($PROMETHEUS), which scrapes what a spec names every second.

local assert = require "luassert"
local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local json = require "dkjson"
local serving = require "spec.support.serving"

local prometheus = {}

local Prometheus = {}
Prometheus.__index = Prometheus

-- A word for the shell, whatever is in it.
local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Runs promtool on a text; returns its exit status and what it said.
function prometheus.promtool(arguments, text)
  local folder = haproxy.temporary_folder()
  haproxy.write(folder .. "/text", text or "")
  local tool = os.getenv "PROMTOOL" or "promtool"
  local pipe = assert(io.popen(("%s %s <%s/text 2>&1; echo $?"):format(tool, arguments, folder)))
  local said, status = pipe:read("*a"):match "^(.-)(%d+)\n$"
  pipe:close()
  haproxy.shell("rm -r " .. folder)
  return tonumber(status), said
end

local job = [[
- job_name: %s
  metrics_path: %s
  params: %s
  scrape_interval: %s
  scrape_timeout: %s
  static_configs: [{targets: ['%s:%s']}]
]]

local function here()
  local pipe = assert(io.popen "pwd")
  local folder = pipe:read "*l"
  pipe:close()
  return folder
end

--- Starts it. `jobs`: a sequence of `{name =, host = (localhost), port =, params =, interval =, timeout =,
-- more =}`; `rules`: a file from here on.
function prometheus.start(jobs, rules)
  local dir = haproxy.temporary_folder()
  local lines = {
    "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n",
    rules and ("rule_files: [%s/%s]\n"):format(here(), rules) or "",
    "scrape_configs:\n",
  }
  for _, row in ipairs(jobs) do
    local interval = row.interval or "1s"
    lines[#lines + 1] =
      job:format(
        row.name,
        row.path or "/metrics",
        row.params or "{}",
        interval,
        row.timeout or interval,
        row.host or "localhost",
        row.port
      ) .. (row.more or "")
  end
  haproxy.write(dir .. "/prometheus.yml", table.concat(lines))
  local port = haproxy.free_port()
  local command = ("%s --config.file=%s/prometheus.yml --storage.tsdb.path=%s/data "):format(
    os.getenv "PROMETHEUS" or "prometheus",
    dir,
    dir
  )
  local pid = serving.background(command .. ("--web.listen-address=127.0.0.1:%d"):format(port), dir .. "/prometheus")
  return setmetatable({ dir = dir, port = port, pid = pid }, Prometheus)
end

function Prometheus:ask(path, parameters)
  local words = { "curl -s -G --max-time 30" }
  for name, value in pairs(parameters or {}) do
    words[#words + 1] = "--data-urlencode " .. quote(name .. "=" .. value)
  end
  words[#words + 1] = ("http://127.0.0.1:%d%s"):format(self.port, path)
  local pipe = assert(io.popen(table.concat(words, " ")))
  local text = pipe:read "*a"
  pipe:close()
  return json.decode(text)
end

local function series_of(expression, answer)
  assert.is_truthy(answer, "Prometheus does not answer to " .. expression)
  assert.equal("success", answer.status, expression .. ": " .. tostring(answer.error))
  local found = {}
  for i, series in ipairs(answer.data.result) do
    found[i] = { series.metric, tonumber(series.value[2]) }
  end
  return found
end

--- The series that an expression returns now (or at a time): a sequence of {labels, value}.
function Prometheus:query(expression, time)
  return series_of(expression, self:ask("/api/v1/query", { query = expression, time = time }))
end

--- What `query` returns for each of many expressions, in their order, asked by one program.
function Prometheus:queries(expressions)
  local lines = { "silent\nmax-time = 60\n" }
  for i, expression in ipairs(expressions) do
    lines[#lines + 1] = ('%sget\nurl = "http://127.0.0.1:%d/api/v1/query"\n'):format(
      i > 1 and "next\nsilent\n" or "",
      self.port
    ) .. ('data-urlencode = "query=%s"\nwrite-out = "\\n"\n'):format((expression:gsub('[\\"]', "\\%0")))
  end
  haproxy.write(self.dir .. "/queries", table.concat(lines))
  local pipe = assert(io.popen(("curl -K %s/queries"):format(self.dir)))
  local found = {}
  for line in pipe:lines() do
    local expression = expressions[#found + 1]
    found[#found + 1] = series_of(expression, json.decode(line))
  end
  pipe:close()
  assert.equal(#expressions, #found)
  return found
end

--- The value of the only series of an expression, or nil.
function Prometheus:value(expression, time)
  local found = self:query(expression, time)
  assert.is_true(#found <= 1, expression)
  return found[1] and found[1][2]
end

--- Waits until an expression has this value.
function Prometheus:becomes(value, expression)
  local last
  local ok = pcall(assertions.eventually, function()
    local answer = self:ask("/api/v1/query", { query = expression })
    local found = answer and answer.status == "success" and answer.data.result[1]
    last = found and tonumber(found.value[2])
    return last == value
  end, 40)
  assert.is_true(ok, ("%s is %s, not %s"):format(expression, tostring(last), tostring(value)))
end

--- The targets by their jobs.
function Prometheus:targets()
  local answer = self:ask("/api/v1/targets", { state = "active" })
  local found = {}
  for _, target in ipairs(answer and answer.data.activeTargets or {}) do
    found[target.labels.job] = target
  end
  return found
end

--- What it has written to its log.
function Prometheus:said()
  return serving.read(self.dir .. "/prometheus.err")
end

function Prometheus:stop()
  serving.stop(self.pid)
  haproxy.shell("rm -r " .. self.dir)
end

return prometheus
