-- A transport that is a table: what each process answers is a function of the
-- command, and time passes only when somebody waits. No process, no socket.

local table_transport = {}

local Transport = {}
Transport.__index = Transport

function Transport:now()
  return self.time
end

function Transport:sleep(seconds)
  self.time = self.time + seconds
  self.slept = self.slept + seconds
end

-- "a;b\n" and "prompt\na\nb\n" as a sequence of commands.
local function commands_of(line, kept)
  local commands = {}
  for command in line:gsub("\n$", ""):gmatch(kept and "[^\n]+" or "[^;]+") do
    commands[#commands + 1] = command
  end
  return commands
end

-- What one process prints to the commands of a line; or nil and what goes wrong.
local function print_answers(self, request, kept)
  local printed = {}
  for _, command in ipairs(commands_of(request.line, kept)) do
    local text, failure = "", nil
    if command ~= "prompt" then
      table.insert(self.received, { request.address, command })
      text, failure = self.processes[request.address](command, request)
    end
    if failure then
      return nil, failure
    end
    printed[#printed + 1] = text .. (kept and "\n> " or "\n")
  end
  return table.concat(printed)
end

local function answer(self, request, deadline)
  local process = self.processes[request.address]
  if not process then
    request.code, request.sent = "refused", false
    return
  end
  local kept = request.connection ~= nil
  local text, failure = print_answers(self, request, kept)
  if not text then
    request.code, request.sent = failure.code, failure.sent ~= false
    self.time = failure.code == "timeout" and deadline or self.time
    return
  end
  local done, code = request.reply:feed(text)
  if done == false and not kept then
    done, code = request.reply:finish()
  end
  if not done then
    request.code, request.sent = code or "timeout", true
  end
end

function Transport:exchange(requests, deadline)
  self.exchanges = self.exchanges + 1
  self.time = self.time + 0.001
  for _, request in ipairs(requests) do
    answer(self, request, deadline)
  end
end

local Connection = {}
Connection.__index = Connection

function Connection:close()
  self.open = false
  self.transport.open_count = self.transport.open_count - 1
end

function Transport:open(address)
  if not self.processes[address] then
    return nil, "refused"
  end
  self.opened = self.opened + 1
  self.open_count = self.open_count + 1
  return setmetatable({ transport = self, open = true, address = address }, Connection)
end

--- Makes one. `processes`: by address, a function of a command that returns what HAProxy
-- prints (without the line that closes an answer), or nil and {code =, sent =}.
function table_transport.new(processes)
  return setmetatable({
    processes = processes,
    time = 1000,
    slept = 0,
    exchanges = 0,
    opened = 0,
    open_count = 0,
    received = {},
  }, Transport)
end

local function fixture(name)
  local file = assert(io.open("spec/fixtures/" .. name, "rb"))
  local text = file:read "*a"
  file:close()
  return (text:gsub("\n\n$", "\n"))
end

--- A process that answers as the HAProxy of a fixture ("2.6"). `own`: by command, what it
-- answers instead: a text, or a function as above.
function table_transport.process(version, own)
  local replies = {
    ["show info"] = fixture(version .. "/show-info.txt"),
    ["show stat"] = fixture(version .. "/show-stat.txt"),
    ["show cli level"] = "admin\n",
  }
  return function(command, request)
    local answered = own and own[command]
    if type(answered) == "function" then
      return answered(command, request)
    elseif answered then
      return answered
    elseif command:match "^show stat " then
      return table_transport.rows(replies["show stat"], command)
    end
    return replies[command] or ""
  end
end

local TYPES = { [1] = { 0 }, [2] = { 1 }, [3] = { 0, 1 }, [4] = { 2 }, [6] = { 1, 2 }, [-1] = { 0, 1, 2 } }

-- The number of a column, from the header.
local function column_number(header, name)
  local number = 0
  for field in header:gmatch "([^,]*)," do
    number = number + 1
    if field == name then
      return number
    end
  end
end

local function field_at(row, number)
  local at = 0
  for field in row:gmatch "([^,]*)," do
    at = at + 1
    if at == number then
      return field
    end
  end
end

--- The rows of `show stat` that `show stat <iid or name> <type> <sid>` asks for.
function table_transport.rows(text, command)
  local which, types, sid = command:match "^show stat (%S+) (%S+) (%S+)$"
  local header, kept = text:match "^# ([^\n]*)", {}
  local wanted = {}
  for _, number in ipairs(TYPES[tonumber(types)]) do
    wanted[tostring(number)] = true
  end
  local by_name = not tonumber(which)
  local proxy_column = column_number(header, by_name and "pxname" or "iid")
  local type_column, sid_column = column_number(header, "type"), column_number(header, "sid")
  local found = false
  for row in text:gmatch "\n([^#\n][^\n]*)" do
    local fits = which == "-1" or field_at(row, proxy_column) == which
    found = found or fits
    if fits and wanted[field_at(row, type_column)] and (sid == "-1" or field_at(row, sid_column) == sid) then
      kept[#kept + 1] = row .. "\n"
    end
  end
  if by_name and not found then
    return "No such proxy.\n"
  end
  return "# " .. header .. "\n" .. table.concat(kept)
end

return table_transport
