local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local nginx = require "spec.support.nginx"

-- The recipe of doc/examples/openresty/blocklist.lua, in real nginx.
describe("the recipe for a block list", function()
  local TOKEN = "open sesame"
  local farm, web, acl, path

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    path = farm.dir .. "/blocked.acl"
    local _, root = haproxy.shell "pwd"
    local server = [[
      set $haproxy_token "{token}";
      set $haproxy_acl "{acl}";
      client_body_in_file_only clean;
      client_max_body_size 64m;
      location = /blocklist {
        set $haproxy_sockets "{sockets}";
        content_by_lua_file {recipes}/blocklist.lua;
      }
      location = /nobody {
        set $haproxy_sockets "{folder}/nobody.sock";
        content_by_lua_file {recipes}/blocklist.lua;
      }
      location = /ping { content_by_lua_block { ngx.say "pong" } }
      location = /longest {
        content_by_lua_block {
          ngx.say(longest, " ", os.clock() - since)
          longest, since = 0, os.clock()
        }
      }
    ]]
    local values = {
      sockets = table.concat(farm.sockets, " "),
      token = TOKEN,
      acl = path,
      folder = farm.dir,
      recipes = root:gsub("\n", "") .. "/doc/examples/openresty",
    }
    -- The most that the worker did at once, between two looks at the clock, in seconds of the processor.
    local http = [[
      init_worker_by_lua_block {
        longest, since = 0, os.clock()
        ngx.timer.at(0, function(premature)
          local before = os.clock()
          while not premature and not ngx.worker.exiting() do
            ngx.sleep(0.001)
            local now = os.clock()
            longest, before = math.max(longest, now - before), now
          end
        end)
      }
    ]]
    web = nginx.start(http, (server:gsub("{(%w+)}", values)))
    acl = haproxyadmin.HAProxy({ sockets = farm.sockets, timeout = 20 }):acl(path)
  end)

  teardown(function()
    if web then
      web:stop()
    end
    farm:stop()
  end)

  local function post(text, token, location)
    local body = ""
    if text then
      haproxy.write(farm.dir .. "/list", text)
      body = ("--data-binary @%s/list"):format(farm.dir)
    end
    local header = ("-H 'Authorization: Bearer %s'"):format(token or TOKEN)
    return web:get(location or "/blocklist", ("-X POST %s %s"):format(header, body))
  end

  local function keys()
    local list = acl:totable()
    table.sort(list)
    return list
  end

  it("makes the ACL what is posted, in every process", function()
    local status, body = post "# today's\n/bad\n\n/worse with blanks\r\n"
    assert.equal(200, status, body)
    assert.matches("process 2: 2 added, 0 changed, 2 deleted, 0 kept", body, 1, true)
    assert.same({ "/bad", "/worse with blanks" }, keys())
    status, body = post "/bad\n/worse with blanks\n"
    assert.equal(200, status, body)
    assert.matches("process 1: 0 added, 0 changed, 0 deleted, 2 kept", body, 1, true)
  end)

  it("lets nobody in without the token", function()
    assert.equal(401, (post("/x\n", "wrong")))
    assert.equal(405, (web:get("/blocklist", ("-X GET -H 'Authorization: Bearer %s'"):format(TOKEN))))
    assert.same({ "/bad", "/worse with blanks" }, keys())
  end)

  it("tells the line that is wrong, and changes nothing", function()
    local status, body = post "/a\n/gr\252n\n"
    assert.equal(400, status)
    assert.matches("line 2: position 4 is no UTF%-8", body)
    assert.same({ "/bad", "/worse with blanks" }, keys())
  end)

  it("takes a long list, and answers others meanwhile", function()
    local list = {}
    for i = 1, 100000 do
      list[i] = ("/blocked/%d"):format(i)
    end
    haproxy.write(farm.dir .. "/long", table.concat(list, "\n"))
    -- One worker: it would not answer while it waited elsewhere than in its sockets.
    local script = [[
      cd {dir}
      ask() { curl -s --max-time 60 --unix-socket {web}/http.sock "$@"; }
      ask http://nginx/longest >before
      ask -o result -X POST -H 'Authorization: Bearer {token}' --data-binary @long http://nginx/blocklist & pid=$!
      answered=0
      while kill -0 $pid 2>/dev/null; do
        [ "$(ask http://nginx/ping)" = pong ] && answered=$((answered + 1))
      done
      echo $answered
      ask http://nginx/longest
      cat result]]
    script = script:gsub("{(%w+)}", { dir = farm.dir, web = web.dir, token = TOKEN })
    local _, text = haproxy.shell(script)
    local answered, longest, all = text:match "^(%d+)\n(%S+) (%S+)\n"
    assert.matches("process 1: 100000 added, 0 changed, 2 deleted, 0 kept", text, 1, true)
    assert.is_true(tonumber(answered) > 1, text)
    -- Some milliseconds, of some hundreds; a slow machine has more of both.
    assert.is_true(tonumber(longest) < math.max(0.02, tonumber(all) / 20), text)
    assert.equal(100000, acl.count)
  end)

  it("takes the ACL's own file where nothing is posted", function()
    local status, body = post()
    assert.equal(200, status, body)
    assert.same({ "/admin", "/blocked" }, keys())
  end)

  it("says that nobody is there", function()
    local status, body = post("/x\n", TOKEN, "/nobody")
    assert.equal(502, status)
    assert.matches("nobody.sock is not there", body)
  end)

  it("leaves no error in nginx's log", function()
    assert.is_nil(web:log():match "runtime error[^\n]*")
    assert.is_nil(web:log():match "%[alert%][^\n]*")
  end)
end)
