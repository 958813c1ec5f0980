local relay = require "haproxyadmin.web.relay"

-- What workers share, with a time of its own.
local function new_dictionary(room)
  local dictionary = { values = {}, time = 0, room = room or 10 ^ 9 }
  local function fresh(key)
    local entry = dictionary.values[key]
    return entry and (not entry.ends or entry.ends > dictionary.time) and entry or nil
  end
  function dictionary.get(key)
    local entry = fresh(key)
    return entry and entry.value
  end
  function dictionary.set(key, value, seconds)
    if #tostring(value) > dictionary.room then
      return nil, "no memory"
    end
    dictionary.values[key] = { value = value, ends = seconds and dictionary.time + seconds }
    return true
  end
  function dictionary.add(key, seconds)
    return fresh(key) == nil and dictionary.set(key, "", seconds)
  end
  function dictionary.delete(key)
    dictionary.values[key] = nil
  end
  return dictionary
end

local function request(path, method, headers)
  return { method = method or "GET", path = path, query = "", headers = headers or {}, body = "" }
end

describe("an answer for all workers", function()
  local dictionary, asked, body

  local function worker(sleep)
    return relay.new(dictionary, function(given)
      asked[#asked + 1] = given
      return 200, { etag = '"1"', ["content-type"] = "text/x; a: b" }, body
    end, sleep or function() end)
  end

  before_each(function()
    dictionary, asked, body = new_dictionary(), {}, "one\n\ntwo"
  end)

  it("is made once a second", function()
    local first, second = worker(), worker()
    local expected = { 200, { etag = '"1"', ["content-type"] = "text/x; a: b" }, body }
    assert.same(expected, { first(request "/a") })
    assert.same(expected, { second(request "/a") })
    assert.equal(1, #asked)
    second(request "/b")
    assert.equal(2, #asked)
    dictionary.time = 1.1
    second(request "/a")
    assert.equal(3, #asked)
  end)

  it("is nobody's in particular", function()
    worker()(request("/a", "GET", { ["if-none-match"] = '"1"', ["accept-encoding"] = "gzip", host = "a" }))
    assert.same({ host = "a" }, asked[1].headers)
  end)

  it("may have come in pieces", function()
    local pieces = { "one", "two" }
    function body()
      return table.remove(pieces, 1)
    end
    assert.equal("onetwo", (select(3, worker()(request "/a"))))
    assert.equal("onetwo", (select(3, worker()(request "/a"))))
  end)

  it("is not kept where it is too large, and is whole all the same", function()
    local count = 0
    function body()
      count = count + 1
      return count <= 200 and ("x"):rep(65536) or nil
    end
    local found = 0
    for piece in select(3, worker()(request "/a")) do
      found = found + #piece
    end
    assert.equal(200 * 65536, found)
    worker()(request "/a")
    assert.equal(2, #asked)
  end)

  it("is sent where the dictionary has no room for it", function()
    dictionary.room = 3
    assert.equal(body, (select(3, worker()(request "/a"))))
    worker()(request "/a")
    assert.equal(2, #asked)
  end)

  it("is waited for while another asks", function()
    dictionary.add("lock", 30)
    local slept = 0
    local handle = worker(function(seconds)
      slept = slept + seconds
      if slept > 0.1 then
        dictionary.set("answer /a? ", "200\n\nhers", 1)
      end
    end)
    assert.equal("hers", (select(3, handle(request "/a"))))
    assert.equal(0, #asked)
  end)

  it("is asked for where another has gone in the middle", function()
    dictionary.add("lock", 30)
    local handle = worker(function(seconds)
      dictionary.time = dictionary.time + 100 * seconds
    end)
    assert.equal(body, (select(3, handle(request "/a"))))
  end)

  it("to a change is each one's own", function()
    for _ = 1, 2 do
      worker()(request("/a", "POST"))
    end
    assert.equal(2, #asked)
  end)
end)

describe("totals for all workers", function()
  local dictionary, logged, made

  -- Totals that add up numbers.
  local function new_totals(text, options)
    made = made + 1
    if text and not tonumber(text) then
      assert(options.die == false)
      return nil, { message = "damaged" }
    end
    local totals = { sum = tonumber(text) or 0 }
    function totals:take(number)
      self.sum = self.sum + number
    end
    function totals:dump()
      return tostring(self.sum)
    end
    return totals
  end

  local function worker(pid)
    return relay.accumulator(dictionary, new_totals, pid, function(words)
      logged[#logged + 1] = words
    end)
  end

  before_each(function()
    dictionary, logged, made = new_dictionary(), {}, 0
  end)

  it("go on from one worker to the other", function()
    local first, second = worker(1), worker(2)
    local sums = {}
    for i, take in ipairs { first, first, second, first, second, second } do
      sums[i] = take(10).sum
    end
    assert.same({ 10, 20, 30, 40, 50, 60 }, sums)
    -- Whoever was the last needs nobody's.
    assert.equal(4, made)
    assert.equal(70, worker(3)(10).sum)
  end)

  it("are kept with what they took beside a reading, where nobody has gone on since", function()
    local take, keep = worker(1)
    local totals = take(10)
    totals:take(5)
    assert.equal("10", dictionary.get "totals")
    keep()
    assert.equal("15", dictionary.get "totals")
    assert.equal(25, worker(2)(10).sum)
    totals:take(5)
    keep()
    assert.equal("25", dictionary.get "totals")
    assert.equal(35, take(10).sum)
  end)

  it("begin anew where they were damaged, and say so", function()
    dictionary.set("totals", "nonsense")
    assert.equal(10, worker(1)(10).sum)
    assert.matches("damaged", logged[1])
  end)

  it("stay with a worker where there is no room, and say so", function()
    dictionary.room = 1
    local take, keep = worker(1)
    take(10)
    assert.matches("no room", logged[1])
    keep()
    assert.equal(1, #logged)
    assert.equal(20, take(10).sum)
  end)
end)
