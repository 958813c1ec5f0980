-- How sockets are counted at which no process answers, at one time or ever.

local assertions = require "spec.support.assertions"
local dkjson = require "dkjson"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local new_site = require("haproxyadmin.web.site").new
local transport = require "haproxyadmin.transport.native"

describe("a socket of the folder", function()
  local farm, hap, handle, site

  before_each(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = "frontend www\n  bind unix@{dir}/www{n}.sock\n  http-request deny\n",
    }
  end)

  after_each(function()
    farm:stop()
  end)

  -- What answers there is HAProxy's frontend, which is no stats socket.
  local function take_over(name)
    assert.is_true((haproxy.shell(("ln -sf %s/www1.sock %s/%s"):format(farm.dir, farm:folder(), name))))
  end

  local function open()
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
    handle, site = new_site {
      transport = transport,
      open = function()
        return hap
      end,
    }
  end

  local function get(path)
    local status, _, body = handle { method = "GET", path = path, query = "", headers = {} }
    if type(body) == "function" then
      local pieces = {}
      for piece in body do
        pieces[#pieces + 1] = piece
      end
      body = table.concat(pieces)
    end
    return body, status
  end

  -- Looks at the folder and at the processes again, however short the time since the last look.
  local function again()
    site.reading.looked = transport:now() - 60
    site.reading.last.ended = site.reading.last.ended - 60
  end

  local function counts()
    local found = {}
    for state, count in get("/metrics"):gmatch '\nhaproxyadmin_processes{state="(%w+)"} (%d+)' do
      found[state] = tonumber(count)
    end
    return found
  end

  -- Of each process that the page lists: its address, and whether it answers.
  local function listed()
    local found = {}
    for i, row in ipairs(dkjson.decode(get "/api/state", 1, dkjson.null).processes.rows) do
      found[i] = { row[3], row[4] == dkjson.null }
    end
    return found
  end

  it("is told as down while nobody is there, and joins when somebody is", function()
    take_over "strange.sock"
    farm:kill(2)
    open()
    assert.same({ up = 1, down = 1, foreign = 1 }, counts())
    assert.same({ { farm.sockets[1], true }, { farm.sockets[2], false } }, listed())
    local text, status = get "/healthz"
    assert.equal(200, status)
    assert.matches("^1 of 2 processes answer\n[^\n]*" .. farm.sockets[2]:gsub("%p", "%%%0") .. "[^\n]*\n$", text)
    farm:reload(2)
    assertions.eventually(function()
      again()
      return counts().up == 2
    end)
    assert.same({ up = 2, down = 0, foreign = 1 }, counts())
    assert.same({ { farm.sockets[1], true }, { farm.sockets[2], true } }, listed())
    assert.equal("2 of 2 processes answer\n", (get "/healthz"))
  end)

  it("is foreign where another program has taken the place of a process", function()
    open()
    assert.same({ up = 2, down = 0, foreign = 0 }, counts())
    take_over(farm.sockets[2]:match "[^/]+$")
    again()
    local metrics = get "/metrics"
    assert.matches('\nhaproxyadmin_processes{state="foreign"} 1\n', metrics)
    assert.matches('\nhaproxyadmin_process_up{address="' .. farm.sockets[2] .. '",process="2"} 0\n', metrics, 1, true)
    assert.same({ up = 1, down = 0, foreign = 1 }, counts())
    assert.matches("something else than HAProxy", (get "/healthz"))
  end)

  it("does not make one process several, whatever else is there", function()
    farm:traffic(1, "www", 3)
    farm:kill(2)
    haproxy.shell("rm " .. farm.sockets[2])
    take_over "strange.sock"
    open()
    assert.same({ up = 1, down = 0, foreign = 1 }, counts())
    local totals = haproxyadmin.totals()
    local snapshot = hap:snapshot { partial = true }
    totals:take(snapshot)
    -- Of one process they are its own numbers: these requests, and what was asked to find out who is there.
    local www = snapshot:frontend "www"
    assert.is_true(www:metric "req_tot" >= 3)
    assert.equal(www:metric "req_tot", totals:metric(www, "req_tot"))
  end)
end)
