-- What a process tells of itself, line by line (management guide 9.3: "show activity",
-- "show pools", "show threads", "show libs", "show env", "show cli sockets",
-- "show profiling", "get var").

local facts = {}

local function numbers_of(text)
  local found = {}
  for number in text:gmatch "%S+" do
    found[#found + 1] = tonumber(number)
  end
  return found
end

--- `name: total [ thread1 thread2 ... ]`: one table, {name = total, threads = {name =
-- {...}}}.
function facts.activity(lines)
  local found = { threads = {} }
  for _, line in ipairs(lines) do
    local name, total, rest = line:match "^([%w_]+): ([%d.-]+)(.*)$"
    if name then
      found[name] = tonumber(total)
      local each = rest:match "^ %[(.*)%]$"
      found.threads[name] = each and numbers_of(each)
    end
  end
  return { found }
end

-- By name: the pattern of a pool's number. What a version does not print is left out.
local of_pools = {
  size = "^ %((%d+) bytes",
  alignment = "^ %(%d+ bytes/(%d+)%)",
  allocated = " (%d+) allocated ",
  allocated_bytes = " allocated %((%d+) bytes%)",
  used = " (%d+) used",
  in_thread_caches = "%(~(%d+) by thread caches%)",
  needed_avg = " needed_avg (%d+)",
  failures = " (%d+) failures",
  users = " (%d+) users",
}

--- `- Pool name (24 bytes) : 0 allocated ...`, a table each.
function facts.pools(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local name, rest = line:match "^%s*%- Pool (%S+)( .*)$"
    if name then
      local pool = { name = name, shared = rest:find("[SHARED]", 1, true) ~= nil }
      for field, pattern in pairs(of_pools) do
        pool[field] = tonumber((rest:match(pattern)))
      end
      found[#found + 1] = pool
    end
  end
  return found
end

--- `Thread 1 : id=0x... act=1 ...` and what follows below it, a table each.
function facts.threads(lines)
  local found, thread = {}, nil
  for _, line in ipairs(lines) do
    local number, rest = line:match "^[%s*>]*Thread (%d+) *: (.*)$"
    if number then
      thread = { thread = tonumber(number), lines = {} }
      found[#found + 1] = thread
    elseif thread and line ~= "" then
      thread.lines[#thread.lines + 1] = (line:gsub("^%s+", ""))
      rest = #thread.lines == 1 and line or nil
    end
    for name, value in (rest or ""):gmatch "([%w_]+)=(%S+)" do
      thread[name] = tonumber(value) and not value:find "^0x" and tonumber(value) or value
    end
  end
  return found
end

--- `0x...-0x... (0x...) /path`, a table each.
function facts.libraries(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local from, to, size, path = line:match "^(0x%x+)%-(0x%x+) %((0x%x+)%) (.*)$"
    if from then
      found[#found + 1] = { from = from, to = to, size = tonumber(size), path = path }
    end
  end
  return found
end

--- `NAME=VALUE`, one table. A value may hold a line's end.
function facts.environment(lines)
  local found, last = {}, nil
  for _, line in ipairs(lines) do
    local name, value = line:match "^([%a_][%w_]*)=(.*)$"
    if name then
      found[name], last = value, name
    elseif last and line ~= "" then
      found[last] = found[last] .. "\n" .. line
    end
  end
  return { { variables = found } }
end

--- `unix@/path admin all`, a table each.
function facts.sockets(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local address, level, processes = line:match "^([^#%s]%S*) (%S+) (%S+)$"
    if address then
      found[#found + 1] = { socket = address, level = level, processes = processes }
    end
  end
  return found
end

--- `Per-task CPU profiling : auto-off # ...`, one table.
function facts.profiling(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local what, state = line:match "^([^:]-) +: (%S+)"
    if what == "Per-task CPU profiling" then
      found.tasks = state
    elseif what == "Memory usage profiling" then
      found.memory = state
    end
  end
  return { found }
end

local logical = { ["0"] = false, ["1"] = true }

--- `proc.x: type=sint value=<4>`: the type, and the value as Lua has it.
function facts.variable(text)
  local kind, value = text:match "^[^\n]*: type=(%S+) value=<(.*)>%s*$"
  if kind == "sint" then
    return kind, tonumber(value)
  elseif kind == "bool" and logical[value] ~= nil then
    return kind, logical[value]
  end
  return kind, value
end

--- What a process said when it started, line by line.
function facts.startup_logs(lines)
  while lines[#lines] == "" do
    lines[#lines] = nil
  end
  return { { lines = lines } }
end

return facts
