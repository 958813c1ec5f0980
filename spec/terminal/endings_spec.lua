-- However top ends, the terminal is as it was.

local haproxy = require "spec.support.haproxy"
local terminals = require "spec.support.terminal"

describe("haproxyadmin top", function()
  local farm, terminal, before

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    terminal = terminals.open(100, 24)
    before = terminal:settings()
  end)

  teardown(function()
    terminal:close()
    farm:stop()
  end)

  local count = 0

  -- Starts it, and returns a word that the shell says behind it, with the exit status.
  local function start()
    count = count + 1
    terminal:type(("clear; haproxyadmin top -D %s -d 0.3; echo ended-%d-$?"):format(farm:folder(), count))
    terminal:shows("2/2 processes", "6 of 6 servers")
    assert.equal("1", terminal:flag "alternate_on")
    assert.equal("0", terminal:flag "cursor_flag")
    return ("ended-%d-"):format(count)
  end

  local function assert_restored()
    assert.equal("0", terminal:flag "alternate_on")
    assert.equal("1", terminal:flag "cursor_flag")
    assert.equal(before, terminal:settings())
  end

  it("gives the terminal back behind q", function()
    local ended = start()
    terminal:press "q"
    terminal:shows(ended .. "0")
    assert_restored()
  end)

  it("gives it back behind Ctrl-C", function()
    local ended = start()
    terminal:press "C-c"
    terminal:shows(ended .. "130")
    assert_restored()
  end)

  for name, status in pairs { TERM = 143, INT = 130, HUP = 129 } do
    it("gives it back when SIG" .. name .. " ends it", function()
      local ended = start()
      haproxy.shell(("kill -%s %s"):format(name, terminal:child()))
      terminal:shows(ended .. status)
      assert_restored()
    end)
  end

  it("gives it back when something fails, and says what", function()
    haproxy.write(
      terminal.dir .. "/broken.lua",
      [[
local draw = require("haproxyadmin.top.head")
local new = draw.new
draw.new = function()
  local head = new()
  local times = 0
  head.draw = function(...)
    times = times + 1
    if times > 3 then
      error "this head is broken"
    end
    return getmetatable(head).__index.draw(...)
  end
  return head
end
]]
    )
    count = count + 1
    local lua = haproxy.interpreter()
    local program = os.getenv "PROGRAM"
    local paths = assert(io.open(program)):read "*a"
    paths = paths:match "\n(package.path[^\n]*)\n"
    haproxy.write(
      terminal.dir .. "/run.lua",
      paths .. "\ndofile '" .. terminal.dir .. "/broken.lua'\nos.exit(require('haproxyadmin.cli').main(arg))\n"
    )
    terminal:type(("clear; %s run.lua top -D %s -d 0.3; echo ended-%d-$?"):format(lua, farm:folder(), count))
    terminal:shows("this head is broken", ("ended-%d-1"):format(count))
    assert_restored()
  end)

  it("stops behind Ctrl-Z and goes on in the foreground", function()
    start()
    terminal:press "C-z"
    terminal:shows "ready>"
    assert_restored()
    terminal:type "clear; fg"
    terminal:shows("2/2 processes", "6 of 6 servers")
    terminal:press "?"
    terminal:shows "Ctrl-L"
    terminal:press("Escape", "q")
    terminal:shows "ready>"
    assert_restored()
  end)

  local function is_stopped()
    local file = assert(io.open(("/proc/%s/stat"):format(terminal:child())))
    local state = file:read("*a"):match "%) (%a)"
    file:close()
    return state == "T"
  end

  it("stops behind SIGTSTP, and finds its way back behind SIGSTOP", function()
    start()
    for _, name in ipairs { "TSTP", "STOP" } do
      haproxy.shell(("kill -%s %s"):format(name, terminal:child()))
      terminal:waits_for(is_stopped, "a job that is stopped")
      -- Behind a SIGSTOP the terminal is raw, and Enter no line's end to the shell.
      terminal:press("f", "g", "C-j")
      -- What is pressed before the shell has read that is the shell's.
      terminal:waits_for(function()
        return not is_stopped()
      end, "a job that goes on")
      terminal:press "?"
      terminal:shows "Ctrl-L"
      terminal:press "Escape"
      terminal:shows("2/2 processes", "6 of 6 servers")
    end
    terminal:press "q"
    terminal:shows "ready>"
    assert_restored()
  end)

  it("ends when its terminal goes away", function()
    local other = terminals.open(80, 24)
    other:type(("haproxyadmin top -D %s"):format(farm:folder()))
    other:shows "2/2 processes"
    local pid = other:child()
    other:close()
    require("spec.support.assertions").eventually(function()
      local file = io.open(("/proc/%s/stat"):format(pid))
      local state = file and file:read("*a"):match "%) (%a)"
      if file then
        file:close()
      end
      return not state or state == "Z"
    end)
  end)
end)
