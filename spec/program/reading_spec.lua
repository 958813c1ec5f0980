-- The verbs that read: what they print is what HAProxy says.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

describe("haproxyadmin", function()
  local farm, hap

  setup(function()
    farm = haproxy.start { processes = 2 }
    farm:traffic(1, "www", 3)
    farm:traffic(2, "www", 4)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  local function run(...)
    return installed.run("--socket-dir", farm:folder(), ...)
  end

  -- What jq makes of what the program prints.
  local function jq(filter, ...)
    local words = {}
    for i, word in ipairs { ... } do
      words[i] = installed.quote(word)
    end
    local line = "haproxyadmin %s -D %s | jq -c %s"
    local status, out, err = installed.shell(
      line:format(table.concat(words, " "), farm:folder(), installed.quote(filter))
    )
    assert.same({ 0, "" }, { status, err })
    return (out:gsub("\n$", ""))
  end

  it("status shows processes, what is wrong, frontends and backends", function()
    local status, out, err = run("status", "-o", "table")
    assert.same({ 0, "" }, { status, err })
    assert.matches("^2 processes  HAProxy " .. hap.version:gsub("%W", "%%%0") .. "  up ", out)
    assert.matches("\nMAINT  app/app3  .*  2/2\n", out)
    assert.matches("\nwww +OPEN +2/2 ", out)
    assert.matches("\napp +UP +2/3 ", out)
    local filter = "[[.items[0] | .object, .kind], .backends[0].stot]"
    assert.equal('[["app/app3","MAINT"],7]', jq(filter, "status", "--json"))
  end)

  it("frontend and backend list and show", function()
    assert.equal('["www",7]', jq("[.items[0] | .frontend, .req_tot]", "fe", "ls", "--json"))
    assert.equal('["app",2,7]', jq("[.items[0] | .backend, .servers_up, .stot]", "be", "ls", "app", "--json"))
    assert.equal("[7,3,4]", jq("[.items[0] | .fields.stot, .processes[].fields.stot]", "be", "show", "app", "--json"))
    local status, out = run("frontend", "show", "www", "-o", "table")
    assert.equal(0, status)
    assert.matches("^www  OPEN in 2 of 2 processes\n", out)
    assert.matches("\n  req_tot +7 +3 +4\n", out)
  end)

  it("server show has what each process has", function()
    local status, out = run("server", "show", "app/app1")
    assert.equal(0, status)
    local each = {}
    for _, entry in ipairs(hap:server("app1", "app")[1]:requests_per_process()) do
      each[#each + 1] = entry[2]
    end
    assert.matches(("\napp\tapp1\tstot\t%d\t%d,%d\n"):format(each[1] + each[2], each[1], each[2]), out)
  end)

  it("process list, show and info", function()
    local pids = ("[%s]"):format(table.concat(hap.processids, ","))
    assert.equal(pids, jq("[.items[].Pid]", "process", "list", "--json"))
    assert.equal("[2]", jq("[.items[].process]", "proc", "show", "2", "--json"))
    local maxconn = ("%d"):format(hap:info()[1].Maxconn)
    local status, out = run("process", "info", "1", "Maxconn")
    assert.same({ 0, "process\tfield\tvalue\n1\tMaxconn\t" .. maxconn .. "\n" }, { status, out })
    local err
    status, out, err = run("process", "info", "Nonsense*")
    assert.same({ 4, "", "haproxyadmin: no process has a field 'Nonsense*'\n" }, { status, out, err })
  end)

  it("process errors shows what HAProxy could not read", function()
    haproxy.shell(("printf 'GET / HTTP/1.1\\r\\nbad\\1header\\r\\n\\r\\n' | "
      .. "timeout 2 curl -s --unix-socket %s/www1.sock telnet://x"):format(farm.dir))
    local captured = hap:captures()
    assert.equal(#captured, tonumber(jq(".items | length", "process", "errors", "--json")))
    assert.equal(0, tonumber(jq(".items | length", "process", "errors", "nobody", "--json")))
  end)

  it("metric prints one, and the names of all", function()
    local status, out = run("metric", "server", "stot", "app/*", "-H", "--columns", "server,stot")
    assert.equal(0, status)
    local sum = 0
    for number in out:gmatch "\t(%d+)\n" do
      sum = sum + tonumber(number)
    end
    assert.equal(7, sum)
    status, out = run("metric", "--list", "server", "-o", "name")
    assert.equal(0, status)
    assert.equal(table.concat(haproxyadmin.SERVER_METRICS, "\n") .. "\n", out)
    local err
    status, out, err = run("metric", "backend", "scurr")
    assert.same({ 2, "" }, { status, out })
    assert.matches("did you mean 'scur'", err)
  end)

  it("dump is what each process says", function()
    local each = {}
    for i, entry in ipairs(hap:frontend("www"):requests_per_process()) do
      each[i] = entry[2]
    end
    local filter = '[.items[].stat[] | select(.pxname == "www") | .req_tot]'
    assert.equal(("[%d,%d]"):format(each[1], each[2]), jq(filter, "dump"))
    local status, out = run("dump", "-o", "csv", "--columns", "process,pxname,svname,req_tot", "-H")
    assert.equal(0, status)
    assert.matches(("2,www,FRONTEND,%d\r\n"):format(each[2]), out)
  end)

  it("raw sends words as they are", function()
    local status, out = run("raw", "show", "info")
    assert.equal(0, status)
    assert.matches("^# process 1\nName: HAProxy\n", out)
    assert.matches("\n\n# process 2\nName: HAProxy\n", out)
    -- Behind the command's first word nothing is an option of the program's.
    status, out = run("raw", "-p", "2", "show", "stat", "-1", "4", "-1")
    assert.equal(0, status)
    assert.matches("^# pxname,svname", out)
    assert.matches("\napp,app1,", out)
  end)

  it("check tells monitoring", function()
    local status, out = run "check"
    assert.equal(0, status)
    assert.matches("^OK: 0 of 6 servers down; 0 draining, 1 in maintenance | up=5;;;0;6 down=0;1;;0;6 ", out)
    status, out = run("check", "app/app3")
    assert.equal(2, status)
    assert.matches("^CRITICAL: .*no server up in app", out)
    status, out = run("check", "app", "-w", "0")
    assert.equal(1, status)
    assert.matches("^WARNING: 0 of 3 ", out)
    status, out = installed.run("check", "-D", "/nonexistent")
    assert.equal(2, status)
    assert.matches("^CRITICAL: ", out)
    status, out = run("check", "--nonsense")
    assert.equal(3, status)
    assert.matches("^UNKNOWN: there is no option '%-%-nonsense'\n", out)
  end)

  it("help and version need nobody", function()
    for _, line in ipairs {
      "--help",
      "help",
      "help selectors",
      "help output",
      "help exit-status",
      "help configuration",
      "help permissions",
      "help haproxytool",
      "help server list",
      "server --help",
      "server list --help",
      "version",
      "--version",
    } do
      local status, out, err = installed.shell("haproxyadmin " .. line)
      assert.same({ 0, "" }, { status, err }, line)
      assert.is_true(#out > 10, line)
    end
  end)

  it("status shows what is counted as rates, of all processes together", function()
    local filter = "[.frontends[0] | .bin_per_second, .bout_per_second, .hrsp_5xx_per_second]"
    assert.equal("[0,0,0]", jq(filter, "status", "--json"))
    assertions.eventually(function()
      local running = installed.start("status", "-D", farm:folder(), "-o", "table")
      repeat
        farm:traffic(1, "www", 5)
        farm:traffic(2, "www", 5)
      until running:has_ended()
      local status, out, err = running:finish()
      assert.equal(0, status, err)
      local received, sent = out:match "\nwww +OPEN +2/2 +%d+ +[%d,/]+ +([%d.]+)k?/s +([%d.]+)k?/s +%d+%.%d +0%.0\n"
      return received and tonumber(received) > 0 and tonumber(sent) > 0
    end)
  end)
end)
