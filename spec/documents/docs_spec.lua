-- Runs the Lua of the documents against real HAProxy processes. The blocks of a
-- document run in order and see each other's top-level variables. Where a block
-- has comments "--> text", they are what it prints, line by line: blanks count
-- as one space, and "..." stands for anything.

local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local master = require "spec.support.master"

local documents = { "README.md", "doc/guide.md", "doc/migrating.md" }

-- What the sample has for the documents beside the rest.
local stick_table = [[
  stick-table type string len 64 size 1k expire 10m store gpc0,http_req_cnt,http_req_rate(10s)
  http-request track-sc0 path
]]

-- {line = of the document, code =}
local function blocks_of(path)
  local blocks, current = {}, nil
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    if current and line == "```" then
      current.code = table.concat(current, "\n")
      current = nil
    elseif current then
      current[#current + 1] = line
    elseif line == "```lua" then
      current = { line = number }
      blocks[#blocks + 1] = current
    end
  end
  return blocks
end

local function plain(text)
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

local function expected_of(code)
  local lines = {}
  for text in code:gmatch "%-%->([^\n]*)" do
    lines[#lines + 1] = plain(text)
  end
  return lines
end

local function matches(pattern, text)
  pattern = pattern:gsub("%.%.%.", "\0"):gsub("%p", "%%%0"):gsub("%z", ".*")
  return text:match("^" .. pattern .. "$") ~= nil
end

-- What is local to a block's chunk is meant to be seen by the next one.
local function shared(code)
  return ("\n" .. code):gsub("\nlocal function ", "\nfunction "):gsub("\nlocal ([%w_, ]+ =)", "\n%1"):sub(2)
end

local function load_block(code, name, environment)
  if setfenv then -- luacheck: compat
    return setfenv(assert(loadstring(code, name)), environment) -- luacheck: compat
  end
  return assert(load(code, name, "t", environment))
end

-- What a heading's link is called.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%- ]", ""):gsub(" ", "-"))
end

-- A file is closed when its lines are read to the end.
local function has_anchor(path, name)
  local found = false
  for line in io.lines(path) do
    local heading = line:match "^#+ (.*)$"
    found = found or heading ~= nil and anchor(heading) == name
  end
  return found
end

describe("Links between the documents", function()
  local function check(path)
    local folder = path:match "^(.*/)" or ""
    local count = 0
    for line in io.lines(path) do
      for target in line:gmatch "%]%(([^)]+)%)" do
        count = count + 1
        local file, name = target:match "^([^#]*)#?(.*)$"
        file = file == "" and path or folder .. file
        assert.truthy(io.open(file), path .. " links to " .. target):close()
        assert.is_true(name == "" or has_anchor(file, name), path .. " links to " .. target)
      end
    end
    return count
  end

  it("lead somewhere", function()
    local count = 0
    local _, list = haproxy.shell "ls README.md doc/*.md"
    for path in list:gmatch "%S+" do
      count = count + check(path)
    end
    assert.is_true(count > 5)
  end)
end)

describe("README.md", function()
  local function text_of(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  it("has every target of the Makefile, and no others", function()
    local targets, documented = {}, {}
    for list in text_of("Makefile"):gmatch "%.PHONY:([^\n]*)" do
      for target in list:gmatch "%S+" do
        targets[target] = true
      end
    end
    for target in text_of("README.md"):gmatch "[`\n]make ([%l%-]+)%f[`%s]" do
      documented[target] = true
    end
    -- `make` alone.
    targets.all = nil
    assert.same(targets, documented)
  end)
end)

for _, path in ipairs(documents) do
  describe(path, function()
    local farm, workers, environment, printed

    local function here(code)
      code = code:gsub("/run/haproxy%-master%.sock", workers.socket)
      return (code:gsub("/run/haproxy", farm:folder()):gsub("/etc/haproxy", farm.dir))
    end

    setup(function()
      farm = haproxy.start { config = haproxy.sample:gsub("frontend www\n", "%0" .. stick_table, 1) }
      workers = master.start()
      certificates.site(farm.dir, "example")
      farm:traffic(1, "www", 10)
      farm:traffic(2, "www", 15)
      farm:traffic(4, "api", 5)
      environment = setmetatable({
        print = function(...)
          local words = { ... }
          for i = 1, select("#", ...) do
            words[i] = tostring(words[i])
          end
          printed[#printed + 1] = plain(table.concat(words, " "))
        end,
      }, { __index = _G })
    end)

    teardown(function()
      workers:stop()
      farm:stop()
    end)

    before_each(function()
      printed = {}
    end)

    for _, block in ipairs(blocks_of(path)) do
      it(("line %d"):format(block.line), function()
        local name = ("@%s:%d"):format(path, block.line)
        load_block(shared(here(block.code)), name, environment)()
        local expected = expected_of(block.code)
        if #expected == 0 then
          return
        end
        assert.equal(#expected, #printed, table.concat(printed, "\n"))
        for i, text in ipairs(expected) do
          assert.is_true(matches(text, printed[i]), ("%q expected, got %q"):format(text, printed[i]))
        end
      end)
    end
  end)
end
