-- What goes to stderr: sentences, or objects of JSON where the output is JSON, too.

local json = require "haproxyadmin.base.json_writer"
local text = require "haproxyadmin.cli.base.text"

local messages = {}

local function write(...)
  io.stderr:write(...)
end

-- What each process answered, in an order and with names of its own.
local function results_of(err)
  local list = {}
  for i, result in ipairs(err.results or {}) do
    local reply = result[2]
    local members = { "process", result[1], "ok", result.ok == true, "code", result.code, "reply" }
    members[8] = reply ~= nil and tostring(reply) or result.err and tostring(result.err.message or result.err)
    if result.undone then
      members[9], members[10] = "undone", true
    end
    list[i] = json.object(members, result.undone and 5 or 4)
  end
  return json.list(list)
end

--- An error as a member of "errors". `status`: the exit status, where it is what ended the program.
function messages.object(err, status)
  local members = {
    "message",
    err.message,
    "code",
    err.code or err.word or "failed",
    "status",
    status,
    "hint",
    err.hint,
    "address",
    err.socket_file,
    "command",
    err.command,
    "results",
    err.results and results_of(err),
  }
  local left = {}
  for i = 1, 13, 2 do
    if members[i + 1] ~= nil then
      left[#left + 1] = members[i]
      left[#left + 1] = members[i + 1]
    end
  end
  return json.object(left)
end

-- Nobody reads more lines of what each process said.
local MOST = 10

-- The processes that did not do it, where others did; not the one whose error it is, which was told.
local function write_results(err)
  local bad, count = {}, 0
  for _, result in ipairs(err.results or {}) do
    count = count + 1
    if result.ok == false then
      bad[#bad + 1] = result
    end
  end
  if #bad == count then
    return
  end
  for i = 1, math.min(#bad, MOST) do
    local said = bad[i][2] or bad[i].err and bad[i].err.message or bad[i].code
    if bad[i].err ~= err then
      write("  process ", tostring(bad[i][1]), ": ", text.plain((tostring(said):gsub("\n.*", ""))), "\n")
    end
  end
  if #bad > MOST then
    write(("  and %d more\n"):format(#bad - MOST))
  end
end

--- Tells what ended the program.
function messages.failure(err, status, as_json)
  if as_json then
    local errors = json.list { messages.object(err, status) }
    write(json.encode(json.object { "haproxyadmin", 1, "errors", errors }), "\n")
    return
  end
  write("haproxyadmin: ", text.plain(err.message), "\n")
  write_results(err)
  if err.hint then
    write("  ", text.plain(err.hint), "\n")
  end
end

--- Tells something that did not end it.
function messages.warning(line, as_json)
  if as_json then
    write(json.encode(json.object { "haproxyadmin", 1, "warning", line }), "\n")
  else
    write("haproxyadmin: ", text.plain(line), "\n")
  end
end

--- Tells more, which nobody needs.
function messages.remark(line)
  write(text.plain(line), "\n")
end

return messages
