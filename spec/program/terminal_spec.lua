-- What somebody sees who sits at a terminal: its width, colours, a pager, and nothing that a terminal obeys.

local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

describe("on a terminal haproxyadmin", function()
  local farm

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      -- A check's or a person's words may hold anything.
      global = '  description "red \\x1b[31m bell \\x07 \\xc3\\xa4 \\xff"\n',
    }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Runs a line in a terminal of this size; what appears there. The program is "$P", HAProxy's folder "$D".
  local function screen(columns, rows, line)
    local script = "P=%s D=%s; stty cols %d rows %d; %s"
    script = script:format(os.getenv "PROGRAM", farm:folder(), columns, rows, line)
    local status, out = installed.shell("TERM=xterm script -qec " .. installed.quote(script) .. " /dev/null")
    return (out:gsub("\r\n", "\n")), status
  end

  local function widest(text)
    local most = 0
    for line in text:gmatch "[^\n]+" do
      most = math.max(most, #line:gsub("\27%[%d*m", ""))
    end
    return most
  end

  it("prints a table that is as wide as the terminal", function()
    local text = screen(40, 50, "$P server list -D $D 2>/dev/null")
    assert.matches("^BACKEND +SERVER +STATUS +PROC\n", text)
    assert.equal(7, select(2, text:gsub("\n", "\n")))
    assert.is_true(widest(text) <= 40, text)
    assert.matches("ADDRESS", screen(40, 50, "$P server list -D $D -o wide"))
    text = screen(40, 50, "$P status -D $D 2>/dev/null")
    assert.is_true(widest(text) <= 40, text)
    text = screen(20, 50, "$P be list -D $D 2>/dev/null")
    assert.is_true(widest(text) <= 20, text)
    assert.matches("SESS, .*: no room", screen(40, 50, "$P server list -D $D 2>&1 >/dev/tty"))
  end)

  it("has colours where they are wanted", function()
    local green = "\27%[32mUP"
    assert.matches(green, screen(100, 50, "$P be list -D $D"))
    for _, setting in ipairs { "NO_COLOR=1 $P", "TERM=dumb $P", "$P --color never", "FORCE_COLOR=0 $P" } do
      assert.is_nil(screen(100, 50, setting .. " be list -D $D"):find "\27")
    end
    assert.matches(green, screen(100, 50, "NO_COLOR=1 $P --color always be list -D $D"))
    local line = "haproxyadmin be list -o table -D " .. farm:folder()
    assert.is_nil(select(2, installed.shell(line)):find "\27")
    assert.matches(green, (select(2, installed.shell("export FORCE_COLOR=1; " .. line))))
  end)

  it("shows a long table in a pager, unless that is not wanted", function()
    local text = screen(100, 4, "PAGER='sed s/^/paged:/' $P server list -D $D")
    assert.equal(7, select(2, text:gsub("paged:", "")))
    for _, line in ipairs {
      "PAGER='sed s/^/paged:/' $P server list -D $D --no-pager",
      "PAGER='sed s/^/paged:/' $P server list -D $D --limit 1",
      "PAGER= $P server list -D $D",
    } do
      text = screen(100, 4, line)
      assert.is_nil(text:find "paged:")
      assert.matches("app1", text)
    end
  end)

  it("shows nothing that the terminal would obey", function()
    for _, format in ipairs { "table", "wide", "tsv", "json", "ndjson" } do
      local text = screen(200, 50, "LC_ALL=C.UTF-8 $P process info description -D $D -o " .. format)
      -- But for line ends, tabs and the one character that is no control character.
      assert.is_nil(text:gsub("[\n\t]", ""):gsub("\195\164", ""):find "[%c\255]", format)
      assert.matches("red \\[xu]%x+%[31m bell", text)
    end
    local text = screen(200, 50, "LC_ALL=C $P process info 1 description -D $D -H")
    assert.is_nil(text:gsub("\n", ""):find "[^\32-\126]")
    assert.matches("red \\x1b%[31m bell \\x07 \\xc3\\xa4 \\xff\n$", text)
    text = screen(200, 50, "$P raw -p 1 show info desc -D $D; $P raw -p 1 -D $D show info")
    assert.is_nil(text:find "[\27\7]")
    -- Names in errors, too.
    text = screen(200, 50, "$P server list \"$(printf 'a\\033[2Jb')\" -D $D")
    assert.matches("nothing matches 'a\\x1b%[2Jb'", text)
  end)
end)
