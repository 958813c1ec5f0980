-- What a socket's level allows, and which level an error asks for.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

describe("a stats socket of level", function()
  local farm
  local quiet = { die = false }

  setup(function()
    farm = haproxy.start {
      processes = 1,
      origin = false,
      global = "  stats socket {dir}/user.sock level user\n  stats socket {dir}/operator.sock level operator\n",
    }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Whether ACLs and maps are for admins.
  local guarded = haproxy.version() >= 304

  -- The level that each call needs.
  local function calls(hap)
    local frontend, backend = hap:frontend "www", hap:backend "app"
    local server = backend:server "app1"
    local acl, map = farm.dir .. "/blocked.acl", farm.dir .. "/sites.map"
    local list = guarded and "admin" or "user"
    return {
      { "user", hap, "info" },
      { "user", hap, "frontends" },
      { "user", hap, "servers" },
      { "user", hap, "snapshot" },
      { "operator", hap, "clearcounters" },
      { "operator", hap, "clearcounters", false },
      { "operator", hap, "errors" },
      { "operator", hap, "errors", 2 },
      { "admin", hap, "clearcounters", true },
      { "admin", hap, "setmaxconn", 100 },
      { "admin", hap, "setratelimitconn", 0 },
      { "admin", hap, "setratelimitsess", 0 },
      { "admin", hap, "setratelimitsslsess", 0 },
      { list, hap, "show_acl" },
      { list, hap, "show_acl", acl },
      { list, hap, "get_acl", acl, "/x" },
      { list, hap, "add_acl", acl, "/x" },
      { list, hap, "del_acl", acl, "/x" },
      { list, hap, "show_map" },
      { list, hap, "show_map", map },
      { list, hap, "get_map", map, "/one" },
      { list, hap, "add_map", map, "/x", "y" },
      { list, hap, "set_map", map, "/x", "z" },
      { list, hap, "del_map", map, "/x" },
      { list, hap, "clear_acl", acl },
      { list, hap, "clear_map", map },
      { "admin", frontend, "setmaxconn", 50 },
      { "admin", frontend, "disable" },
      { "admin", frontend, "enable" },
      { "admin", server, "setweight", 5 },
      { "admin", server, "setaddress", "127.0.0.2" },
      { "admin", server, "setstate", "drain" },
      { "admin", server, "setstate", "disable" },
      { "admin", server, "setstate", "enable" },
      { "admin", server, "setstate", "ready" },
      { "admin", server, "shutdown" },
      { "admin", hap:frontend "api", "shutdown" },
    }
  end

  local rank = { user = 1, operator = 2, admin = 3 }

  for _, level in ipairs { "user", "operator", "admin" } do
    it(level .. " takes what it may, and tells the level that the rest needs", function()
      local address = level == "admin" and farm.sockets[1] or ("%s/%s.sock"):format(farm.dir, level)
      local hap = haproxyadmin.HAProxy { socket_file = address, timeout = 10 }
      for _, call in ipairs(calls(hap)) do
        local needed, object, name = call[1], call[2], call[3]
        local arguments = { call[4], call[5], call[6] }
        arguments[#arguments + 1] = quiet
        local value, err = object[name](object, (table.unpack or unpack)(arguments)) -- luacheck: compat
        if rank[needed] <= rank[level] then
          assert.is_nil(err, name .. ": " .. tostring(err))
          assert.is_truthy(value, name)
        else
          assert.is_nil(value, name)
          assert.equal("CommandFailed", err.name, name)
          assert.equal("permission", err.code, name)
          local line = ("the socket's level is too low: `stats socket %s level %s`"):format(address, needed)
          assert.is_truthy(err.message:find(line, 1, true), name .. ": " .. err.message)
        end
      end
    end)
  end

  it("user tells the level of each command of a batch", function()
    local hap = haproxyadmin.HAProxy { socket_file = farm.dir .. "/user.sock", timeout = 10 }
    local server = hap:server("app1", "app")[1]
    local ok, err = hap:batch(function(batch)
      batch:setweight(server, 3)
      batch:setstate(server, "drain")
    end, quiet)
    assert.is_nil(ok)
    for i = 1, 2 do
      assert.equal("permission", err.outcomes[i].code)
      assert.is_truthy(err.outcomes[i].message:find("user.sock level admin`", 1, true), err.outcomes[i].message)
    end
  end)
end)
