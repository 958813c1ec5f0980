-- What HAProxy refuses, in the words of its versions, and for real.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"

-- Texts of HAProxy 2.2 to 3.4 by the code that they become.
local texts = {
  permission = { "Permission denied", "Permission denied!" },
  unsupported = {
    "Unknown command. Please enter one of the following commands only :\n  help           : this message",
    "Unknown command, but maybe one of the following ones is a better match:\n  show fd",
    "Unknown command: 'bogus', but maybe one of the following ones is a better match:\n  echo",
    "Unknown command: 'bogus'. Please enter one of the following commands only:\n  help",
    "This command is restricted to expert mode only.",
    "This command is restricted to experimental mode only.",
    "HAProxy was compiled against a version of OpenSSL that doesn't support OCSP stapling.",
    "'set server <srv>' only supports 'agent', 'health', 'state', 'weight', 'addr', 'fqdn' and 'check-port'.",
    "usage: set server <backend>/<server> addr | agent | agent-addr",
    "usage: 'set server <srv>' only supports 'agent', 'health', 'state'",
    "'set rate-limit' only supports :\n   - 'connections global' to set the per-process maximum connection rate",
    "Update for the current server address family is only supported through configuration file.",
    "Update for the current server address family is only supported through configuration file by 'stats socket"
      .. " command'",
  },
  not_found = {
    "No such frontend.",
    "No such backend.",
    "No such server.",
    "No such proxy.",
    "Can't find backend.",
    "Unknown ACL identifier. Please use #<id> or <file>.",
    "Unknown map identifier. Please use #<id> or <file>.",
    "Malformed identifier. Please use #<id> or <file>.",
    "Key not found.",
    "entry not found.",
    "key or pattern not found.",
  },
  exists = {
    "Already exists a server with the same name in backend.",
    "A server with the same name already exists in this backend.",
    "Certificate '/etc/haproxy/site.pem' already exists!",
    "CA file 'site.crt' already exists!",
    "CRL file 'site.crl' already exists!",
  },
  in_use = {
    "Proxy is disabled.",
    "Frontend was previously shut down, cannot enable.",
    "Frontend was previously shut down, cannot disable.",
    "Failed to resume frontend, check logs for precise cause (port conflict?).",
    "Failed to pause frontend, check logs for precise cause.",
  },
  bad_argument = {
    "Value out of range.",
    "Integer value expected.",
    "Expects an integer value.",
    "A frontend name is expected.",
    "Require 'backend/server'.",
    "Require <weight> or <weight%>.",
    "Absolute weight can only be between 0 and 256 inclusive.",
    "Relative weight must be positive.",
    "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.",
    "Empty weight string empty or preceded by garbage",
    "Trailing garbage in weight string",
    "Invalid addr 'bogus'",
    "Invalid addr 'bogus' by 'stats socket command'",
    "problem converting port 'abc' to an int",
    "no need to change the addr, problem converting port 'abc' to an int by 'stats socket command'",
    "IP changed from '127.0.0.1' to '127.0.0.2', problem converting port 'abc' to an int by 'stats socket command'",
    "no need to change the addr, can't change <port> to port map because it is incompatible with current health",
    "'set server <srv> state' expects 'ready', 'drain' and 'maint'.",
    "set server <b>/<s> addr requires an address and optionally a port.",
    "Missing map identifier.",
    "Missing map identifier and/or key.",
    "Missing ACL identifier and/or key.",
    "'add acl' expects two parameters: ACL identifier and pattern.",
    "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier)",
    "'set map' expects three parameters: map identifier, key and value.",
    "This command expects two parameters: map identifier and key.",
    "Missing value for key 'k'.",
    "'bogus' is not a valid IPv4 or IPv6 address.",
    "'bogus' is not a number.",
    "unable to parse 'abc'.",
    "regex '(' is invalid (error=missing closing parenthesis, erroffset=1).",
    "Too many arguments. Commands must have at most 64 arguments.",
    "The command is too big for the buffer size. Please change tune.bufsize in the configuration",
    "The command line is too big for the buffer size. Please change 'tune.bufsize' in the configuration",
  },
  failed = {
    "Out of memory error.",
    "A sentence that no version prints.",
    "no such server.",
    "0x55d0 key value",
    "0x55d0 key 'x' already exists!",
    "Certificate 'x' already exists! Not quite.",
    "type=str, case=sensitive, found=no",
    "# pxname,svname",
    "'x' is something else.",
    "'",
  },
}

local successes = {
  silent = { "", "Done." },
  frontend = {
    "",
    "Frontend is already enabled.",
    "Frontend is already disabled.",
    "All sockets are already enabled.",
    "All sockets are already disabled.",
    "Frontend was already shut down.",
  },
  address = {
    "",
    "IP changed from '127.0.0.1' to '::1' by 'stats socket command'",
    "IP changed from '127.0.0.3' to '127.0.0.4', port changed from '1' to '8080' by 'stats socket command'",
    "no need to change the addr, port changed from '1' to '80' by 'stats socket command'",
    "no need to change the addr, no need to change the port by 'stats socket command'",
    "no need to change the addr by 'stats socket command'",
    "port changed from '8080' to '8081' by 'stats socket command'",
    "nothing changed",
  },
}

describe("refusal", function()
  for code, list in pairs(texts) do
    it("is " .. code, function()
      for _, text in ipairs(list) do
        assert.equal(code, core.refusal(text), text)
      end
    end)
  end

  it("is never taken for success", function()
    for _, list in pairs(texts) do
      for _, text in ipairs(list) do
        for kind in pairs(successes) do
          assert.is_false(core.succeeded(kind, text), text)
        end
      end
    end
  end)

  it("is not what success says, and success is of its own kind", function()
    for kind, list in pairs(successes) do
      for _, text in ipairs(list) do
        assert.is_true(core.succeeded(kind, text), text)
        if text ~= "" and text ~= "Done." and kind ~= "silent" then
          assert.is_false(core.succeeded("silent", text), text)
        end
      end
    end
  end)
end)

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  acl a src -f %s/ip.acl
  acl b path_reg -f %s/re.acl
  http-request set-header x-a %%[src,map_ip(%s/ip.map,none)]
  http-request set-header x-b %%[path,map_str_int(%s/int.map,0)]
  http-request deny if a || b
  default_backend app
frontend tcp
  mode tcp
  bind unix@{dir}/tcp{n}.sock
  default_backend static
backend app
  server app1 127.0.0.1:1
  server sock unix@{dir}/nobody.sock
backend static
  mode tcp
  balance source
  hash-type map-based
  server s1 127.0.0.1:1
]]

describe("HAProxy refuses", function()
  local dir, farm, hap, user
  local quiet = { die = false }

  setup(function()
    dir = haproxy.temporary_folder()
    for _, name in ipairs { "ip.acl", "re.acl", "ip.map", "int.map" } do
      haproxy.write(dir .. "/" .. name, "")
    end
    local own = config:format(dir, dir, dir, dir)
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = own,
      global = "  stats socket {dir}/user{n}.sock level user\n",
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    user = haproxyadmin.HAProxy {
      sockets = { farm.dir .. "/user1.sock", farm.dir .. "/user2.sock" },
      timeout = 10,
    }
  end)

  teardown(function()
    if farm then
      farm:stop()
    end
    haproxy.shell("rm -rf " .. dir)
  end)

  local function refused(code, ok, err)
    assert.is_nil(ok)
    assert.equal("CommandFailed", err.name)
    assert.equal(code, err.code, err.message)
    assert.equal(2, #err.results)
    for i, result in ipairs(err.results) do
      assert.equal(i, result[1])
      assert.is_false(result.ok)
      assert.equal(code, result.code)
      assert.is_truthy(#result[2] > 0)
    end
    return err
  end

  it("lists, keys and references that are not there", function()
    for _, what in ipairs { "acl", "map" } do
      local file, none = dir .. "/ip." .. what, dir .. "/none." .. what
      refused("not_found", hap["show_" .. what](hap, none, quiet))
      refused("not_found", hap["show_" .. what](hap, 999, quiet))
      refused("not_found", hap["get_" .. what](hap, none, "1.2.3.4", quiet))
      refused("not_found", hap["del_" .. what](hap, none, "1.2.3.4", quiet))
      refused("not_found", hap["del_" .. what](hap, file, "1.2.3.4", quiet))
      refused("not_found", hap["clear_" .. what](hap, none, quiet))
    end
    refused("not_found", hap:add_acl(dir .. "/none.acl", "1.2.3.4", quiet))
    refused("not_found", hap:add_map(dir .. "/none.map", "1.2.3.4", "v", quiet))
    refused("not_found", hap:set_map(dir .. "/ip.map", "1.2.3.4", "v", quiet))
    local ok, err = hap:del_map(dir .. "/ip.map", "0x12", quiet)
    assert.is_nil(ok)
    assert.equal("not_found", err.code)
  end)

  it("patterns and values of another type", function()
    refused("bad_argument", hap:add_acl(dir .. "/ip.acl", "bogus", quiet))
    refused("bad_argument", hap:add_acl(dir .. "/re.acl", "(", quiet))
    refused("bad_argument", hap:add_map(dir .. "/ip.map", "bogus", "v", quiet))
    refused("bad_argument", hap:add_map(dir .. "/int.map", "key", "abc", quiet))
    assert.same({}, hap:show_map(dir .. "/ip.map"))
    assert.same({}, hap:show_map(dir .. "/int.map"))
  end)

  it("limits that are too high", function()
    refused("bad_argument", hap:setmaxconn(2 ^ 31 - 1, quiet))
  end)

  it("a weight that the algorithm does not know", function()
    local server = hap:backend("static"):server "s1"
    refused("bad_argument", server:setweight(50, quiet))
    assert.is_true(server:setweight "0%")
  end)

  it("an address for a unix socket", function()
    local server = hap:backend("app"):server "sock"
    refused("unsupported", server:setaddress("127.0.0.1", quiet))
    refused("unsupported", server:setaddress("127.0.0.1", 80, quiet))
    local ok, err = server:setport(80, quiet)
    assert.is_nil(ok)
    assert.equal("unsupported", err.code)
  end)

  it("to enable what was shut down", function()
    local frontend = hap:frontend "tcp"
    assert.is_true(frontend:disable())
    assert.is_true(frontend:disable())
    assert.is_true(frontend:enable())
    assert.is_true(frontend:enable())
    assert.is_true(frontend:shutdown())
    assert.is_true(frontend:shutdown())
    refused("in_use", frontend:enable(quiet))
    refused("in_use", frontend:disable(quiet))
  end)

  it("what the socket's level does not allow", function()
    local frontend, server = user:frontend "www", user:backend("app"):server "app1"
    local errs = {
      refused("permission", user:setmaxconn(5, quiet)),
      refused("permission", user:setratelimitconn(5, quiet)),
      refused("permission", user:setratelimitsess(5, quiet)),
      refused("permission", user:setratelimitsslsess(5, quiet)),
      refused("permission", user:clearcounters(quiet)),
      refused("permission", user:clearcounters(true, quiet)),
      refused("permission", user:errors(quiet)),
      refused("permission", frontend:enable(quiet)),
      refused("permission", frontend:disable(quiet)),
      refused("permission", frontend:shutdown(quiet)),
      refused("permission", frontend:setmaxconn(5, quiet)),
      refused("permission", server:setweight(5, quiet)),
      refused("permission", server:setaddress("127.0.0.2", quiet)),
      refused("permission", server:shutdown(quiet)),
    }
    for _, state in ipairs(haproxyadmin.VALID_STATES) do
      errs[#errs + 1] = refused("permission", server:setstate(state, quiet))
    end
    for _, err in ipairs(errs) do
      local level = (err.command == "clear counters" or err.command == "show errors") and "operator" or "admin"
      local line = ("`stats socket %s/user1.sock level %s`"):format(farm.dir, level)
      assert.is_truthy(err.message:find(line, 1, true), err.message)
    end
    assert.equal("127.0.0.1", hap:server("app1")[1].address)
  end)

  it("differently: that is told process by process", function()
    hap:processes()[2]:command(("add map %s/ip.map 1.2.3.4 two"):format(dir))
    local ok, err = hap:set_map(dir .. "/ip.map", "1.2.3.4", "new", quiet)
    assert.is_nil(ok)
    assert.equal("MultipleCommandResults", err.name)
    assert.equal("inconsistent", err.code)
    assert.is_false(err.results[1].ok)
    assert.equal("not_found", err.results[1].code)
    assert.is_true(err.results[2].ok)
    hap:processes()[2]:command(("clear map %s/ip.map"):format(dir))
  end)
end)

describe("a number that HAProxy would cut", function()
  it("is refused before it is sent", function()
    local farm = haproxy.start { processes = 1, origin = false }
    local ok, err = pcall(function()
      local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
      local server = hap:server("app1", "app")[1]
      for _, method in ipairs { "setmaxconn", "setratelimitconn", "setratelimitsess", "setratelimitsslsess" } do
        local done, why = hap[method](hap, 2 ^ 31, { die = false })
        assert.is_nil(done)
        assert.equal("ValueError", why.name)
      end
      assert.is_true(hap:setratelimitconn(2 ^ 31 - 1))
      assert.equal(2 ^ 31 - 1, hap.ratelimitconn)
      local done, why = hap:frontend("www"):setmaxconn(2 ^ 32 + 5, { die = false })
      assert.is_nil(done)
      assert.equal("ValueError", why.name)
      done, why = server:setweight("99999999999%", { die = false })
      assert.is_nil(done)
      assert.equal("ValueError", why.name)
      assert.is_true(server:setweight "25600%")
      assert.equal(256, server.weight)
    end)
    farm:stop()
    assert(ok, err)
  end)
end)

-- A caller whom the file's mode keeps out: another user where the tests run as
-- root.
local stranger = [[
package.path, package.cpath = "./lua/?.lua;./lua/?/init.lua", "./?.so"
local haproxyadmin = require "haproxyadmin"
local ok, err = haproxyadmin.HAProxy { socket_file = "%s", die = false }
print(ok, err.name, err.code, err.message)
]]

describe("the file of a socket", function()
  it("keeps a stranger out, and says what mends it", function()
    local farm = haproxy.start { processes = 1, origin = false }
    local root = select(2, haproxy.shell "id -u") == "0\n"
    local socket = farm.sockets[1]
    haproxy.shell("chmod 755 " .. farm.dir .. " " .. farm:folder())
    if not root then
      haproxy.shell("chmod 0 " .. socket)
    end
    local lua, version = program.current()
    local module = program.build(version):gsub("%?", "haproxyadmin/core")
    haproxy.write(farm.dir .. "/stranger.lua", stranger:format(socket))
    haproxy.shell(("mkdir %s/haproxyadmin && cp -r lua %s"):format(farm.dir, farm.dir))
    haproxy.shell(("cp %s %s/haproxyadmin"):format(module, farm.dir))
    haproxy.shell(("chmod -R a+rX %s/lua %s/haproxyadmin"):format(farm.dir, farm.dir))
    local as = root and "setpriv --reuid 65534 --regid 65534 --clear-groups " or ""
    local _, said = haproxy.shell(("cd %s && %s%s stranger.lua"):format(farm.dir, as, lua))
    farm:stop()
    assert.is_truthy(said:match "^nil%s+ValueError%s+permission", said)
    assert.is_truthy(said:match "the file has owner %d+, group %d+, mode 0%d%d%d", said)
    local mends = root and "mode 660 gid 65534" or "mode 600"
    assert.is_truthy(said:find(("`stats socket %s %s`"):format(socket, mends), 1, true), said)
  end)
end)
