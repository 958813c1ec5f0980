-- Which rows are shown and in which order; filters; rates from two snapshots.

local actions = require "haproxyadmin.top.actions"
local filter = require "haproxyadmin.top.filter"
local haproxyadmin = require "haproxyadmin"
local new_log = require("haproxyadmin.top.log").new
local processes = require "haproxyadmin.top.processes"
local readings = require "haproxyadmin.top.reading"
local rows = require "haproxyadmin.top.rows"
local status = require "haproxyadmin.top.status"
local table_transport = require "spec.support.table_transport"

-- Two processes whose answers are texts that a spec changes.
local function farm()
  local said = { {}, {} }
  local by_address, sockets = {}, {}
  for i = 1, 2 do
    sockets[i] = "/p" .. i
    by_address[sockets[i]] = table_transport.process("2.6", {
      ["show info"] = function()
        return ("Name: HAProxy\nVersion: 2.6.12\nPid: %d\nProcess_num: 1\nCumReq: %d\n"):format(
          said[i].pid or 10 + i,
          said[i].requests or 0
        )
      end,
      ["show stat"] = function()
        if said[i].away then
          return nil, { code = "refused", sent = false }
        end
        return "# pxname,svname,type,scur,stot,status,weight,\n" .. said[i].rows
      end,
    })
  end
  local transport = table_transport.new(by_address)
  for i = 1, 2 do
    said[i].rows = "app,BACKEND,1,3,10,UP,3,\napp,a,2,1,10,UP,1,\napp,b,2,2,20,UP,2,\n"
  end
  return haproxyadmin.HAProxy { sockets = sockets, transport = transport, retry = false }, said
end

local function names(list)
  local found = {}
  for i, object in ipairs(list) do
    found[i] = object.name
  end
  return table.concat(found, " ")
end

describe("a reading", function()
  it("tells rates of all processes and of one, without those that began anew", function()
    local hap, said = farm()
    local reading = readings.new(hap)
    reading:take(hap:snapshot(), 100)
    local server = reading:find("server", "app", "a")
    assert.is_nil(reading:rate(server, "stot"))
    said[1].rows = "app,BACKEND,1,3,10,UP,3,\napp,a,2,1,30,UP,1,\napp,b,2,2,20,UP,2,\n"
    said[2].rows = "app,BACKEND,1,3,10,UP,3,\napp,a,2,1,14,UP,1,\napp,b,2,2,3,UP,2,\n"
    said[1].requests = 8
    reading:take(hap:snapshot(), 104)
    server = reading:find("server", "app", "a")
    assert.equal(6, reading:rate(server, "stot"))
    assert.equal(1, reading:rate(server, "stot", 2))
    assert.equal(0, reading:rate(reading:find("server", "app", "b"), "stot"))
    assert.is_nil(reading:rate(reading:find("server", "app", "b"), "stot", 2))
    assert.is_nil(reading:rate(server, "hrsp_5xx"))
    assert.equal(2, reading:info_rate "CumReq")
    reading:look_at(2)
    assert.same({ 1, 1 }, { reading:rate(server, "stot"), reading:number(server, "scur") })
    assert.equal(0, reading:info_rate "CumReq")
    reading:look_at(nil)
    said[1].pid = 99
    reading:take(hap:snapshot(), 106)
    assert.equal(0, reading:rate(reading:find("server", "app", "a"), "stot"))
    assert.is_nil(reading:rate(reading:find("server", "app", "a"), "stot", 1))
  end)

  it("shows the worst that a process says", function()
    local hap, said = farm()
    said[2].rows = "app,a,2,1,30,DOWN,5,\napp,b,2,2,20,UP,2,\n"
    local reading = readings.new(hap)
    reading:take(hap:snapshot(), 1)
    local a, b = reading:find("server", "app", "a"), reading:find("server", "app", "b")
    local meaning, text, count = reading:status(a)
    assert.same({ "down", "DOWN", 1 }, { meaning.class, text, count })
    meaning, text, count = reading:status(b)
    assert.same({ "up", "UP", 2 }, { meaning.class, text, count })
    assert.equal(1, #reading:objects "backend")
    reading:look_at(2)
    assert.equal(0, #reading:objects "backend")
  end)

  it("knows what statuses mean", function()
    local classes = {
      UP = "up",
      ["UP 1/3"] = "up",
      ["DOWN 1/2"] = "down",
      ["MAINT (via app/a)"] = "maint",
      ["DRAIN (agent)"] = "drain",
      ["NOLB 1/2"] = "nolb",
      ["no check"] = "nocheck",
      OPEN = "open",
      STOP = "stop",
      [""] = "other",
    }
    for text, class in pairs(classes) do
      assert.equal(class, status.of(text).class)
    end
    assert.same({ true, false }, { status.of("UP 1/3").wrong, status.of("UP").wrong })
  end)
end)

describe("a filter", function()
  local reading

  setup(function()
    local hap, said = farm()
    local others = "app,web2,2,0,1,MAINT,1,\napi,Web1,2,7,1,DOWN,1,\napi,db,2,0,1,UP 1/2,1,\n"
    said[1].rows = "app,web1,2,1,10,UP,1,\n" .. others
    said[2].rows = "app,web1,2,1,10,DRAIN,1,\n" .. others
    reading = readings.new(hap)
    reading:take(hap:snapshot(), 1)
  end)

  local function chosen(text)
    local fits, err = filter.read(text)
    assert.is_nil(err)
    local found = {}
    for _, object in ipairs(reading:objects "server") do
      if not fits or fits(reading, object) then
        found[#found + 1] = readings.key(object)
      end
    end
    return table.concat(found, " ")
  end

  it("has words that must all fit", function()
    assert.equal("app/web1 app/web2 api/Web1 api/db", chosen "")
    assert.equal("app/web1 app/web2 api/Web1", chosen "web")
    assert.equal("app/web1 app/web2", chosen "app/*")
    assert.equal("app/web1", chosen "*/web1")
    assert.equal("app/web1 app/web2", chosen "app/web[12]")
    assert.equal("app/web2", chosen "app !app/web1")
    assert.equal("api/Web1", chosen "status:down")
    assert.equal("app/web1 app/web2", chosen "status:drain,maint")
    assert.equal("api/db", chosen "!web scur=0")
    assert.equal("api/Web1", chosen "scur>5")
    assert.equal("app/web2 api/db", chosen "scur<1")
    assert.equal("", chosen "nobody")
    assert.equal("", chosen "%a+")
  end)

  it("says what is wrong with it", function()
    local wrong = {
      ["status:lost"] = "no status is called 'lost'",
      ["lost>1"] = "no column of 'show stat' is called 'lost'",
      ["scur>>1"] = "'scur>>1' compares nothing",
      ["!scur>x"] = "'scur>x' compares nothing",
    }
    for text, expected in pairs(wrong) do
      local fits, err = filter.read(text)
      assert.same({ nil, expected }, { fits, err })
    end
  end)

  it("finds what is wrong, or not the same everywhere", function()
    local found = {}
    for _, object in ipairs(reading:objects "server") do
      found[#found + 1] = filter.wrong(reading, object) and object.name or nil
    end
    assert.same({ "web1", "web2", "Web1", "db" }, found)
  end)
end)

describe("rows", function()
  local function object(name, value)
    return { name = name, value = value }
  end

  local function new()
    return rows.new(function(o)
      return o.name
    end)
  end

  local function by_value(o)
    return o.value
  end

  it("are sorted by numbers, then texts; what has no value stands last, what is equal as it was", function()
    local made = new()
    local list = { object("a", 2), object "b", object("c", "x"), object("d", 3), object("e", 2) }
    made:fill(list, { value = by_value, down = true })
    assert.equal("d a e c b", names(made.list))
    made:fill(list, { value = by_value })
    assert.equal("a e d c b", names(made.list))
  end)

  it("stay where they are while they are frozen; new ones come behind", function()
    local made = new()
    made:fill({ object("a", 1), object("b", 2), object("c", 3) }, { value = by_value, down = true })
    assert.equal("c b a", names(made.list))
    made:fill({ object("n", 9), object("a", 9), object("c", 1) }, { value = by_value, down = true, frozen = true })
    assert.equal("c a n", names(made.list))
  end)

  it("keep the cursor on its object, and marks", function()
    local made = new()
    made:fill({ object("a", 1), object("b", 2), object("c", 3) }, { value = by_value })
    made:move(1)
    assert.equal("b", made:current().name)
    made:mark()
    made:fill({ object("b", 9), object("c", 3), object("d", 1) }, { value = by_value })
    assert.equal("b", made:current().name)
    assert.equal(3, made.cursor)
    assert.same({ 1, "b" }, { made:marked(), names(made:chosen()) })
    made:mark_shown()
    assert.equal(3, made:marked())
    made:mark_shown()
    assert.same({ 0, "b" }, { made:marked(), names(made:chosen()) })
    made:fill({}, { value = by_value })
    assert.is_nil(made:current())
    assert.same({}, made:chosen())
    assert.same({ 1, 0 }, { made:window(5) })
  end)

  it("are seen through a window that the cursor moves", function()
    local made, list = new(), {}
    for i = 1, 100 do
      list[i] = object(tostring(i), i)
    end
    made:fill(list, { value = by_value })
    assert.same({ 1, 10 }, { made:window(10) })
    made:move(50)
    assert.same({ 42, 51 }, { made:window(10) })
    made:move(-3)
    assert.same({ 42, 51 }, { made:window(10) })
    made:move(math.huge)
    assert.same({ 91, 100 }, { made:window(10) })
    made:move(-math.huge)
    assert.same({ 1, 10 }, { made:window(10) })
  end)
end)

describe("an action", function()
  it("that takes the last servers of a backend is told from others", function()
    local hap, said = farm()
    said[1].rows = "app,BACKEND,1,3,10,UP,4,\napp,a,2,1,30,UP,2,\napp,b,2,2,20,UP,2,\n"
    said[2].rows = "app,a,2,1,30,DOWN,5,\napp,b,2,2,20,UP,2,\n"
    local reading = readings.new(hap)
    reading:take(hap:snapshot(), 1)
    local a, b = reading:find("server", "app", "a"), reading:find("server", "app", "b")
    local drain, weight = actions.by_key.d, actions.by_key.w
    assert.is_nil(actions.worry(drain, { a }, reading))
    assert.matches("b is the last server of app that is UP in process 2", actions.worry(drain, { b }, reading))
    assert.matches("b is the last server", actions.worry(weight, { b }, reading, "0"))
    assert.matches("b is the last server", actions.worry(weight, { b }, reading, "0%"))
    assert.is_nil(actions.worry(weight, { b }, reading, "10"))
    assert.is_nil(actions.worry(actions.by_key.r, { a, b }, reading))
  end)
end)

describe("the log", function()
  it("tells which processes went, came back and were replaced", function()
    local hap, said = farm()
    local log = new_log()
    local function look(before)
      local snapshot = hap:snapshot { partial = true }
      local list = processes.list(hap, snapshot, snapshot.failed)
      log:compare(before, list, processes.title)
      return list
    end
    local list = look()
    assert.equal(0, #log)
    said[1].pid = 77
    list = look(list)
    assert.matches("^process 1 was replaced: pid 77, which was 11$", log[1].text)
    said[2].away = true
    list = look(look(list))
    assert.equal(2, #log)
    assert.matches("^process 2 does not answer: ", log[2].text)
    said[2].away = false
    look(list)
    assert.equal("process 2 answers again", log[3].text)
  end)
end)
