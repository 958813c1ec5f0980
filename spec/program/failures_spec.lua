-- What goes wrong: one sentence on stderr, an exit status, and nothing half.

local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

local function farm_of(options)
  options.origin = false
  return haproxy.start(options)
end

-- One sentence of the program's, and no trace of Lua's.
local function sentence(err, pattern)
  assert.matches("^haproxyadmin: ", err)
  assert.matches(pattern, err)
  assert.is_nil(err:find("stack traceback", 1, true), err)
  assert.is_nil(err:find("%.lua:%d"), err)
end

describe("haproxyadmin", function()
  local farm

  setup(function()
    farm = farm_of { processes = 3 }
  end)

  teardown(function()
    farm:stop()
  end)

  it("ends with 2 where it is not called right", function()
    for line, pattern in pairs {
      [""] = "what is to be done",
      ["sever list"] = "did you mean 'server'",
      ["server"] = "which of these",
      ["server list --outpt json"] = "did you mean '%-%-output'",
      ["server list -o xml"] = "must be one of",
      ["server list -t soon"] = "a duration such as",
      ["server list -p 0"] = "numbers of processes",
      ["server show"] = "argument",
      ["server list -s /tmp/a -D /tmp"] = "is enough",
      ["server list -s tcp@nowhere"] = "tcp@nowhere",
      ["status --limit=x"] = "a number expected",
    } do
      local status, out, err = installed.shell("haproxyadmin " .. line)
      assert.same({ 2, "" }, { status, out }, line)
      sentence(err, pattern)
    end
  end)

  it("ends with 6 where nobody is there", function()
    local status, out, err = installed.run("status", "-s", farm.dir .. "/none.sock")
    assert.same({ 6, "" }, { status, out })
    sentence(err, "none%.sock")
    status, out, err = installed.run("status", "-D", farm.dir .. "/none")
    assert.same({ 6, "" }, { status, out })
    sentence(err, "cannot be read")
    status, out, err = installed.run("status", "-D", "/nonexistent", "--json")
    assert.same({ 6, "" }, { status, out })
    assert.matches('^{"haproxyadmin":1,"errors":%[{"message":".*","status":6}%]}\n$', err)
  end)

  it("ends with 7 where the file or its level keeps it out, and says what mends it", function()
    local user = farm_of { processes = 1, level = "user" }
    local status, out, err = installed.run("process", "errors", "-D", user:folder())
    user:stop()
    assert.same({ 7, "" }, { status, out })
    sentence(err, "stats socket .* level operator")
    local program = assert(os.getenv "PROGRAM")
    haproxy.shell(("chmod 755 %s %s/stats"):format(farm.dir, farm.dir))
    local line = "setpriv --reuid=65534 --regid=65534 --clear-groups %s status -D %s"
    status, out, err = installed.shell(line:format(program, farm:folder()))
    assert.same({ 7, "" }, { status, out })
    sentence(err, "stats socket .* mode 660 gid 65534")
  end)

  it("ends with 1 where the disk is full, and with 141 where nobody reads any more", function()
    local status, out, err = installed.shell(("haproxyadmin dump -D %s >/dev/full"):format(farm:folder()))
    assert.same({ 1, "" }, { status, out })
    sentence(err, "cannot be written: .*No space left")
    local line = "{ haproxyadmin status --watch=20ms -D %s; echo $? >&2; } | head -n 1"
    out, err = select(2, installed.shell(line:format(farm:folder())))
    assert.matches("^3 processes", out)
    assert.equal("141\n", err)
    out, err = select(2, installed.shell("trap '' PIPE\n" .. line:format(farm:folder())))
    assert.matches("^3 processes", out)
    assert.equal("141\n", err)
  end)

  it("says what was changed where that cannot be written", function()
    local function weights()
      return (select(2, installed.run("server", "list", "app/app1", "-D", farm:folder(), "--columns", "weight", "-H")))
    end
    local change = "haproxyadmin server weight %d app/app1 %s -D " .. farm:folder()
    for weight, redirected in pairs { [7] = "", [8] = "-o json" } do
      local line = change:format(weight, redirected) .. " >/dev/full"
      local status, out, err = installed.shell(line)
      assert.same({ 1, "" }, { status, out })
      assert.matches("what was asked for cannot be written: [^\n]*No space left", err)
      assert.matches("it was done all the same\n", err, 1, true)
      assert.equal(weight .. "\n", weights())
    end
    -- The reader has gone before anything is written.
    local line = "trap '' PIPE\nmkfifo $HOME/pipe\n(exec 3<$HOME/pipe) &\nexec 4>$HOME/pipe\nwait $!\n"
      .. change:format(9, "") .. " >&4; echo $?"
    local _, out, err = installed.shell(line)
    assert.equal("141\n", out)
    assert.equal("it was done all the same\n", err)
    assert.equal("9\n", weights())
  end)

  it("ends with 130 at Ctrl-C", function()
    local line = [[
%s status --watch=50ms -D %s >$HOME/seen & pid=$!
until grep -qs processes $HOME/seen; do sleep 0.05; done
kill -INT $pid
wait $pid]]
    local status, out, err = installed.shell(line:format(assert(os.getenv "PROGRAM"), farm:folder()))
    assert.same({ 130, "", "" }, { status, out, err })
  end)

  it("prints what the others say and ends with 3 where a process is away", function()
    local away = farm_of { processes = 3 }
    away:kill(2)
    local status, out, err = installed.run("server", "list", "app/app1", "-D", away:folder(), "-o", "table")
    assert.equal(3, status)
    assert.matches("\napp +app1 +%S+ +2/2 ", out)
    sentence(err, "admin2%.sock")
    status, out, err = installed.run("server", "list", "-D", away:folder(), "--json")
    assert.same({ 3, "" }, { status, err })
    assert.matches('"errors":%[{"message":"[^"]*admin2%.sock', out)
    local sockets = table.concat(away.sockets, " ")
    status, out, err = installed.shell(("HAPROXYADMIN_SOCKETS='%s' haproxyadmin process list -H"):format(sockets))
    assert.equal(3, status)
    assert.matches("^1\t.*true\t.*\n3\t.*true\t.*\n\t[^\n]*admin2%.sock\tfalse\t", out)
    sentence(err, "admin2%.sock")
    status, out, err = installed.run("server", "list", "-D", away:folder(), "--strict")
    assert.same({ 3, "" }, { status, out })
    sentence(err, "admin2%.sock")
    local raw = "HAPROXYADMIN_SOCKETS='%s' haproxyadmin raw --retry 0 show info"
    status, out, err = installed.shell(raw:format(sockets))
    away:stop()
    assert.equal(3, status)
    assert.matches("^# process 1\n.*# process 3\n", out)
    sentence(err, "admin2%.sock")
  end)

  it("ends by its deadline where a process says nothing", function()
    farm:signal(1, "STOP")
    local status, out, err = installed.run("status", "-D", farm:folder(), "-t", "300ms", "--retry", "0")
    farm:signal(1, "CONT")
    assert.equal(3, status)
    assert.matches("^2 processes", out)
    sentence(err, "admin1%.sock")
  end)

  it("says in one sentence that argparse is missing", function()
    local program = assert(os.getenv "PROGRAM")
    local lua = assert(io.lines(program)()):match "^#!(.*)"
    local line = 'exec %s -e "package.preload.argparse = function() error(\'none\') end" %s status'
    local status, _, err = installed.shell(line:format(lua, program))
    assert.equal(1, status)
    assert.equal(
      "haproxyadmin: the program needs argparse: apt-get install lua-argparse, or luarocks install argparse\n",
      err
    )
  end)
end)
