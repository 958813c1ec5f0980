-- haproxyadmin completion

local failure = require "haproxyadmin.cli.base.failure"
local output = require "haproxyadmin.cli.show.output"
local stubs = require "haproxyadmin.cli.words.stubs"

local function run(call)
  local stub = stubs[call.given.shell]
  if not stub then
    failure.raise("usage", ("argument 'shell': bash, zsh or fish expected, got '%s'"):format(call.given.shell))
  end
  output.write(stub)
end

return {
  name = "completion",
  help = "Prints what a shell loads to complete the words of this program.",
  arguments = { { "shell", value = "SHELL", help = "bash, zsh or fish", choices = { "bash", "fish", "zsh" } } },
  examples = { "haproxyadmin completion bash >/etc/bash_completion.d/haproxyadmin", "haproxyadmin completion zsh" },
  run = run,
}
