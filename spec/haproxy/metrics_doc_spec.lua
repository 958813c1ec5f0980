-- doc/metrics.md says which rules are not the plain ones: the table is held
-- against the module and against what HAProxy says of its fields.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local metrics = require "haproxyadmin.base.metrics"

local plain = {
  A = "min",
  a = "avg",
  C = "sum",
  D = "max",
  G = "sum",
  L = "sum",
  M = "max",
  N = "same",
  O = "same",
  R = "sum",
}

-- One server with everything that a server can report.
local config = [[
listen www
  bind unix@{dir}/www{n}.sock
  option httpchk
  server app1 {origin}:8001 check inter 100ms agent-check agent-port 8001 maxqueue 3
]]

local function rows()
  local found = {}
  for line in io.lines "doc/metrics.md" do
    local name, nature, rule = line:match "^| `([%w_]+)` | `(%a)` | (%l+) |"
    if name then
      found[name] = { nature = nature, rule = rule }
    end
  end
  return found
end

-- name -> nature, of the fields that are numbers.
local function natures(hap)
  local found = {}
  for _, command in ipairs { "show info typed", "show stat typed" } do
    for _, entry in ipairs(hap:command(command)) do
      for _, line in ipairs(entry[2]) do
        local name, nature, kind = line:match "^[^:]-%.([^.:]+)%.%d+:.(.)..?:(%w+):"
        if name and kind ~= "str" then
          found[name] = nature
        end
      end
    end
  end
  return found
end

describe("doc/metrics.md", function()
  local farm, hap, documented, said

  setup(function()
    farm = haproxy.start { processes = 1, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    -- Until the first check has ended it has no code.
    local deadline = core.now() + 10
    repeat
      core.sleep(0.05)
      documented, said = rows(), natures(hap)
    until said.check_code or core.now() > deadline
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  it("has rules that the module follows and that are not the plain ones", function()
    local count = 0
    for name, row in pairs(documented) do
      count = count + 1
      assert.equal(name .. " " .. metrics.rule[name], name .. " " .. row.rule)
      assert.not_equal(plain[row.nature], row.rule, name)
    end
    assert.is_true(count > 30)
  end)

  it("has every metric whose rule is not the plain one, with the nature that HAProxy says", function()
    local count = 0
    for name, nature in pairs(said) do
      count = count + 1
      local row = documented[name]
      if row then
        assert.equal(name .. " " .. nature, name .. " " .. row.nature)
      elseif metrics.rule[name] then
        assert.equal(name .. " " .. plain[nature], name .. " " .. metrics.rule[name])
      end
    end
    assert.equal("O", said.check_code)
    assert.is_true(count > 100)
  end)
end)
