local document = require "haproxyadmin.state.document"
local errors = require "haproxyadmin.errors"

local function refused(pattern, value, err)
  assert.is_nil(value)
  assert.is_true(errors.is_error(err, "ValueError"))
  assert.truthy(err.message:find(pattern, 1, true), err.message)
end

local function server(fields)
  return { backends = { b = { servers = { s = fields } } } }
end

describe("A state that somebody wrote", function()
  it("is itself where nothing in it has to be written in another way", function()
    local state = server { weight = 1, port = 80 }
    assert.equal(state, (document.check("wanted", state)))
    assert.equal(80, state.backends.b.servers.s.port)
  end)

  it("is copied where something has, and left as it was", function()
    local state = server { port = "80", weight = 3 }
    state.backends.b.servers.t = { weight = 4 }
    local found = document.check("wanted", state)
    assert.same({ s = { port = 80, weight = 3 }, t = { weight = 4 } }, found.backends.b.servers)
    assert.equal("80", state.backends.b.servers.s.port)
  end)

  it("is refused with the place of what is wrong", function()
    local function check(state)
      return document.check("wanted", state)
    end
    refused("'wanted.backends.b.servers.s.weight'", check(server { weight = 257 }))
    refused("'wanted.backends.b.servers.s.weight'", check(server { weight = 0 / 0 }))
    refused("'wanted.backends.b.servers.s': unknown key 'wait'", check(server { wait = 1 }))
    refused("'wanted.backends.b.published': boolean expected", check { backends = { b = { published = "no" } } })
    refused("'wanted.backends.b.from': string that is not empty", check { backends = { b = { from = "" } } })
    refused("'wanted.backends.b': unknown key 'server'", check { backends = { b = { server = {} } } })
    refused("'wanted.processes[1].process_nb'", check { processes = { {} } })
    refused("'wanted.processes[2].limits.maxconn'", check {
      processes = { { process_nb = 1 }, { process_nb = 2, limits = { maxconn = -1 } } },
    })
    refused("'wanted.version'", check { version = 2 })
    refused("'wanted.maps./m'", check { maps = { ["/m"] = 1 } })
    refused("'wanted'", check(1))
  end)

  it("has no value of one kind of object that only another kind knows", function()
    for _ = 1, 5 do
      refused("servers.s.state", document.check("wanted", {
        frontends = { a = { state = "enabled" }, b = { state = "disabled" } },
        backends = { b = { servers = { s = { state = "enabled" } } } },
        limits = { maxconn = 5 },
      }))
    end
  end)

  it("says of each process what is wanted there", function()
    local state = document.check("wanted", {
      limits = { maxconn = 1, ratelimitconn = 2 },
      backends = { b = { servers = { s = { ssl = false, weight = 1 } } } },
      processes = { { process_nb = 2, limits = { maxconn = 3 }, backends = { c = { servers = {} } } } },
    })
    assert.equal(state, document.for_process(state, 1))
    local second = document.for_process(state, 2)
    assert.same({ maxconn = 3, ratelimitconn = 2 }, second.limits)
    assert.same({ b = { servers = { s = { ssl = false, weight = 1 } } }, c = { servers = {} } }, second.backends)
  end)

  it("is put together from what each process is like", function()
    local function process(nb, weight, state)
      return {
        process_nb = nb,
        limits = { maxconn = 1 },
        frontends = { f = { state = state } },
        backends = { b = { servers = { s = { weight = weight, ssl = false } } } },
      }
    end
    local first, second = process(1, 5, "enabled"), process(2, 6, "enabled")
    second.backends.own = { servers = { x = { weight = 1 } } }
    local state = document.of { first, second }
    assert.same({
      version = 1,
      limits = { maxconn = 1 },
      frontends = { f = { state = "enabled" } },
      backends = { b = { servers = { s = { ssl = false } } } },
      processes = {
        { process_nb = 1, backends = { b = { servers = { s = { weight = 5 } } } } },
        {
          process_nb = 2,
          backends = { b = { servers = { s = { weight = 6 } } }, own = { servers = { x = { weight = 1 } } } },
        },
      },
    }, state)
    local alone = process(nil, 5, "enabled")
    alone.version = 1
    assert.same(alone, document.of { process(3, 5, "enabled") })
    assert.same({ version = 1 }, document.of {})
  end)
end)
