-- haproxyadmin raw

local failure = require "haproxyadmin.cli.base.failure"
local json = require "haproxyadmin.base.json_writer"
local output = require "haproxyadmin.cli.show.output"
local text = require "haproxyadmin.cli.base.text"

-- The answers of those that answered, where others did not; or the error is all there is.
local function of_error(call, err)
  local answers = {}
  for _, result in ipairs(err.results or {}) do
    if result[2] ~= nil and not result.err then
      answers[#answers + 1] = { result[1], result[2] }
    else
      call.failed[#call.failed + 1] = result.err or err
    end
  end
  if #answers == 0 then
    error(err, 0)
  end
  return answers
end

local function lines_of(reply)
  if type(reply) == "table" then
    return reply
  end
  local lines = {}
  for line in (tostring(reply):gsub("\n$", "") .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local function print_plain(call, answers)
  for i, answer in ipairs(answers) do
    if #answers > 1 then
      output.write(i > 1 and "\n" or "", ("# process %d\n"):format(answer[1]))
    end
    for _, line in ipairs(answer[2]) do
      output.write(call.terminal.is and text.plain(line) or line, "\n")
    end
  end
end

local function print_json(call, answers)
  local items = {}
  for i, answer in ipairs(answers) do
    items[i] = json.object { "process", answer[1], "lines", json.list(answer[2]) }
  end
  output.document("items", json.list(items), call:frame())
end

-- Commands that change nothing.
local reads = { show = true, get = true, help = true }

local function check_allowed(call, line)
  if call:setting "read_only" and not (reads[line:match "^%S+"] and not line:find "[;\n]") then
    failure.raise("permission", "the configuration is read-only: only show, get and help are sent")
  end
end

local function run(call)
  local line = table.concat(call.given.word, " ")
  check_allowed(call, line)
  local answers, err = call:haproxy():command(line, { die = false })
  if not answers then
    if call.given.strict then
      error(err, 0)
    end
    answers = of_error(call, err)
  end
  for _, answer in ipairs(answers) do
    answer[2] = lines_of(answer[2])
  end
  if call:is_json() then
    print_json(call, answers)
  else
    print_plain(call, answers)
  end
  if #call.failed > 0 then
    return nil
  end
  return failure.status.done
end

return {
  name = "raw",
  help = "Sends a command as it is, and prints what each process answers.",
  verbatim = true,
  arguments = {
    { "word", value = "COMMAND", count = "+", help = "the command's words; no option stands behind them" },
  },
  examples = { "haproxyadmin raw show info", "haproxyadmin raw -p 2 show stat -1 4 -1" },
  run = run,
}
