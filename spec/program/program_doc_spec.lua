-- doc/program.md: every command of it, run on what it shows, prints what it says.

local arguments = require "haproxyadmin.cli.words.arguments"
local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
  maxconn 6000
  default_backend app
frontend api
  bind unix@{dir}/api{n}.sock
  maxconn 2000
  default_backend api
backend app
  server web1 {origin}:8001 weight 10
  server web2 {origin}:8001 weight 10
  server web3 {origin}:8001 weight 10
  server web4 {origin}:8001 weight 10 disabled
backend api
  server web1 {origin}:8001 weight 5
  server web2 {origin}:8001 weight 5
]]

local function document()
  local file = assert(io.open "doc/program.md")
  local text = file:read "*a"
  file:close()
  return text
end

-- Its commands with what they print: {command, {line, ...}} pairs.
local function examples()
  local found = {}
  for block in document():gmatch "```console\n(.-)```" do
    for line in block:gmatch "([^\n]*)\n" do
      local command = line:match "^%$ haproxyadmin (.*)$"
      if command then
        found[#found + 1] = { command, {} }
      else
        table.insert(found[#found][2], line)
      end
    end
  end
  return found
end

-- Lines without what differs from run to run: times, loads, versions, widths. stdout and stderr
-- are not in step, so that their order is none to hold.
local function comparable(lines)
  local found = {}
  for _, line in ipairs(lines) do
    line = line:gsub("HAProxy %S+", "HAProxy"):gsub("%s+", " ")
    line = line:gsub("%f[%d]%d+[mhd] %d+[smh]%f[%W]", "a time"):gsub("%f[%d]%d+m?[smhd]%f[%W]", "a time")
    line = line:gsub("of [%d,]+%)", "of)"):gsub("idle .*", "idle")
    if line ~= "" then
      found[#found + 1] = line
    end
  end
  table.sort(found)
  return found
end

describe("doc/program.md", function()
  local farm, folder

  setup(function()
    farm = haproxy.start { config = config }
    folder = haproxy.temporary_folder()
    haproxy.write(folder .. "/wanted.map", "/one first\n/two 2nd\n")
  end)

  teardown(function()
    farm:stop()
    haproxy.shell("rm -r " .. folder)
  end)

  it("says what the program prints", function()
    local count = 0
    for _, example in ipairs(examples()) do
      local line = ("cd %s; HAPROXYADMIN_SOCKETS=%s haproxyadmin -o table %s 2>&1"):format(
        folder,
        farm:folder(),
        example[1]
      )
      local _, out = installed.shell((line:gsub("%-o table (.*%-o )", "%1")))
      local printed = {}
      for text in out:gmatch "([^\n]*)\n" do
        printed[#printed + 1] = (text:gsub(farm.dir:gsub("%p", "%%%0"), "/etc/haproxy"))
      end
      assert.same(comparable(example[2]), comparable(printed), example[1])
      count = count + 1
    end
    assert.is_true(count >= 15, count .. " commands")
  end)

  it("has no command that there is none of", function()
    local count = 0
    for command in document():gmatch "`haproxyadmin ([^`]+)`" do
      local words = {}
      for word in command:gsub("'([^']*)'", "%1"):gmatch "%S+" do
        words[#words + 1] = word
      end
      local asked = {}
      arguments.read(words, asked)
      assert.is_truthy(asked.noun, command)
      count = count + 1
    end
    assert.is_true(count >= 20, count .. " commands")
  end)
end)
