-- haproxyadmin help

local arguments = require "haproxyadmin.cli.words.arguments"
local failure = require "haproxyadmin.cli.base.failure"
local help = require "haproxyadmin.cli.words.help"
local nouns = require "haproxyadmin.cli.words.nouns"
local output = require "haproxyadmin.cli.show.output"
local similar = require "haproxyadmin.cli.base.similar"
local topics = require "haproxyadmin.cli.words.topics"

local function print_list()
  local lines = help.lines {}
  lines[#lines + 1] = ""
  lines[#lines + 1] = "haproxyadmin help TOPIC, or COMMAND:"
  help.add_rows(lines, topics)
  output.write(table.concat(lines, "\n"), "\n")
end

local function names()
  local list = {}
  for _, rows in ipairs { topics, nouns } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row[1]
    end
  end
  return list
end

local function run(call)
  local topic = call.given.topic[1]
  if not topic then
    return print_list()
  end
  for _, row in ipairs(topics) do
    if row[1] == topic then
      output.write(row[3], "\n")
      return nil
    end
  end
  local near = similar.find(names(), topic)
  local asked = {}
  local argv = { topic, call.given.topic[2] or "--help", "--help" }
  local ok, err = pcall(arguments.read, argv, asked)
  if not ok and near and not asked.noun then
    failure.raise("usage", ("there is no topic or command %s; did you mean '%s'?"):format(similar.quote(topic), near))
  elseif not ok then
    error(err, 0)
  end
  output.write(table.concat(help.lines(asked), "\n"), "\n")
end

return {
  name = "help",
  help = "Tells about a topic or a command.",
  arguments = { { "topic", value = "TOPIC", count = "*", help = "a topic, or a command with its verb" } },
  examples = { "haproxyadmin help selectors", "haproxyadmin help server list" },
  run = run,
}
