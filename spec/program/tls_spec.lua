-- haproxyadmin cert, ca, crt-list, event, resolver and watch. What they did is read from HAProxy's sockets.

local assertions = require "spec.support.assertions"
local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

local config = [[
ring lines
  description "what happens"
  format raw
  maxlen 1200
  size 32768
resolvers names
  nameserver none 127.0.0.1:1
frontend www
  log ring@lines format raw local0
  log-format "line %HP"
  bind unix@{dir}/www{n}.sock
  http-request return status 200
frontend tls
  bind unix@{dir}/tls{n}.sock ssl crt-list CERTS/list
  http-request return status 200
backend app
  balance roundrobin
  server web1 127.0.0.1:81 weight 10
]]

describe("haproxyadmin", function()
  local folder, farm, hap, first, second

  setup(function()
    folder = haproxy.temporary_folder()
    local authority = certificates.authority(folder, "authority")
    first = authority:issue("first", "/CN=first.test", "DNS:first.test")
    second = authority:issue("second", "/CN=second.test", "DNS:second.test")
    haproxy.write(folder .. "/list", first.both .. "\n")
    farm = haproxy.start { processes = 2, origin = false, config = (config:gsub("CERTS", folder)) }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    hap:close()
    farm:stop()
    haproxy.shell("rm -r " .. folder)
  end)

  local function at(...)
    return installed.run("-D", farm:folder(), ...)
  end

  local function answers(command)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      found[i] = table.concat(process:command(command), "\n")
    end
    return found
  end

  it("cert adds, replaces, lists and deletes certificates in every process", function()
    local status, out = at("cert", "list", "--columns", "name,processes,status,names", "-H")
    assert.same({ 0, first.both .. "\t1,2\tUsed\tfirst.test\n" }, { status, out })
    local err
    status, out, err = at("cert", "update", first.both, second.both)
    assert.same({ 2, "" }, { status, out })
    assert.matches("will be replaced by .* Nobody can be asked", err)
    status, out, err = at("cert", "update", first.both, second.certificate, "--yes")
    assert.same({ 2, "" }, { status, out })
    assert.matches("argument 'pem'", err)
    status, out = at("cert", "update", first.both, second.both, "--yes")
    assert.same({ 0, first.both .. " was replaced (2 of 2 processes)\n" }, { status, out })
    for _, answer in ipairs(answers("show ssl cert " .. first.both)) do
      assert.matches("second.test", answer)
    end
    assert.equal(0, (at("cert", "add", "new.pem", first.both)))
    assert.equal(0, (at("crt-list", "add", folder .. "/list", "new.pem", "*.first.test")))
    status, out = at("crt-list", "show", folder .. "/list", "--columns", "file,filters", "-H")
    assert.same({ 0, first.both .. "\t\nnew.pem\t*.first.test\n" }, { status, out })
    assert.equal(1, (at("cert", "del", "new.pem", "--yes")))
    assert.equal(0, (at("crt-list", "del", folder .. "/list", "new.pem", "--yes")))
    assert.equal(0, (at("cert", "del", "new.pem", "--yes")))
    for _, answer in ipairs(answers "show ssl cert") do
      assert.is_nil(answer:match "new.pem")
    end
    assert.equal(4, (at("cert", "show", "nope.pem")))
    status, out = at("crt-list", "list", "-o", "name")
    assert.same({ 0, folder .. "/list\n" }, { status, out })
  end)

  it("event shows what rings hold", function()
    farm:traffic(2, "www", 2, "/seen")
    assertions.eventually(function()
      local _, out = at("event", "show", "lines")
      return select(2, out:gsub("2\tline /seen\n", "")) == 2
    end)
    local status, out = at("event", "list", "--columns", "name,process_nb,dropped", "-H")
    assert.equal(0, status)
    assert.matches("lines\t1\t0\n", out)
    status, out = at("event", "show", "lines", "--follow", "--limit", "1", "-o", "ndjson")
    assert.equal(0, status)
    assert.matches('^{"process":%d,"text":"[^\n]*"}\n$', out)
  end)

  it("resolver lists name servers", function()
    local status, out = at("resolver", "--columns", "section,nameserver,valid", "-H")
    assert.equal(0, status)
    assert.matches("names\tnone\t0\n", out)
  end)

  it("watch tells what changes, and how many of it where that is asked for", function()
    local line = [[(haproxyadmin watch -D %s --limit 1 --interval 50ms >%s/seen) & pid=$!
n=3; while kill -0 $pid 2>/dev/null; do n=$((n + 1)); haproxyadmin server weight $n app/web1 -q -D %s; sleep 0.1; done
wait $pid; echo status $?]]
    local _, out = installed.shell(line:format(farm:folder(), folder, farm:folder()))
    assert.equal("status 0\n", out)
    local file = assert(io.open(folder .. "/seen"))
    local text = file:read "*a"
    file:close()
    assert.matches("^%d%d:%d%d:%d%dZ  server app/web1: weight %d+ %-> %d+ %(process %d%)\n$", text)
    assert.equal(0, (at("watch", "--timeout", "100ms", "--interval", "50ms")))
  end)
end)
