local answer = require "haproxyadmin.web.answer"
local framing = require "haproxyadmin.web.framing"
local head = require "haproxyadmin.web.head"
local query = require "haproxyadmin.web.query"

local function lines(...)
  return table.concat({ ... }, "\r\n")
end

describe("the head of a request", function()
  local HOST = "Host: localhost"

  it("says what is asked for", function()
    local request = assert(head.parse(lines("GET /a%20b/%41?x=%31&y HTTP/1.1", HOST, "X-One:  1 ", "x-one: 2", "Y:")))
    assert.same({
      method = "GET",
      path = "/a b/A",
      query = "x=%31&y",
      version = 11,
      keep = true,
      length = 0,
      waits = false,
      headers = { host = "localhost", ["x-one"] = "1, 2", y = "" },
    }, request)
  end)

  it("says how long the connection lasts", function()
    local function keep(version, ...)
      return assert(head.parse(lines("GET / HTTP/" .. version, HOST, ...))).keep
    end
    assert.is_true(keep "1.1")
    assert.is_true(keep("1.1", "Connection: keep-alive"))
    assert.is_false(keep("1.1", "Connection: Close"))
    assert.is_false(keep("1.1", "Connection: te, close"))
    assert.is_false(keep "1.0")
    assert.is_false(keep("1.0", "Connection: keep-alive"))
  end)

  it("may name the host in its target", function()
    local request = assert(head.parse(lines("GET http://other:1/a HTTP/1.1", HOST)))
    assert.same({ "/a", "other:1" }, { request.path, request.headers.host })
    assert.equal("/", assert(head.parse(lines("GET http://other?a HTTP/1.1", HOST))).path)
  end)

  it("of HTTP/1.0 needs no host", function()
    assert.equal(10, assert(head.parse "GET / HTTP/1.0").version)
  end)

  it("says how long its body is, and whether its sender waits", function()
    local request = assert(head.parse(lines("POST / HTTP/1.1", HOST, "Content-Length: 007", "Expect: 100-Continue")))
    assert.same({ 7, true }, { request.length, request.waits })
    request = assert(head.parse(lines("POST / HTTP/1.0", "Content-Length: 7", "Expect: 100-continue")))
    assert.same({ 7, false }, { request.length, request.waits })
  end)

  local wrong = {
    { 400, "" },
    { 400, "GET" },
    { 400, "GET /" },
    { 400, "GET  / HTTP/1.1", HOST },
    { 400, "GET / HTTP/1.1 ", HOST },
    { 400, " GET / HTTP/1.1", HOST },
    { 400, "GET / http/1.1", HOST },
    { 400, "GET / HTTP/1.10", HOST },
    { 505, "GET / HTTP/2.0", HOST },
    { 505, "GET / HTTP/0.9", HOST },
    { 400, "G(T / HTTP/1.1", HOST },
    { 400, "GET * HTTP/1.1", HOST },
    { 400, "GET a HTTP/1.1", HOST },
    { 400, "GET /\0 HTTP/1.1", HOST },
    { 400, "GET /\128 HTTP/1.1", HOST },
    { 400, "GET /%00 HTTP/1.1", HOST },
    { 400, "GET /%0a HTTP/1.1", HOST },
    { 400, "GET /%4 HTTP/1.1", HOST },
    { 400, "GET /#a HTTP/1.1", HOST },
    { 400, "CONNECT localhost:1 HTTP/1.1", HOST },
    { 400, "GET / HTTP/1.1" },
    { 400, "GET / HTTP/1.1", HOST, HOST },
    { 400, "GET / HTTP/1.1", HOST, "X : 1" },
    { 400, "GET / HTTP/1.1", HOST, " X: 1" },
    { 400, "GET / HTTP/1.1", HOST, "X: 1", "\t2" },
    { 400, "GET / HTTP/1.1", HOST, ": 1" },
    { 400, "GET / HTTP/1.1", HOST, "X" },
    { 400, "GET / HTTP/1.1", HOST, "X\0: 1" },
    { 400, "GET / HTTP/1.1", HOST, "X: \0" },
    { 400, "GET / HTTP/1.1", HOST, "X: \27[2J" },
    { 400, "GET / HTTP/1.1", HOST, "X: 1\nY: 2" },
    { 400, "GET / HTTP/1.1", HOST, "X: 1\rY: 2" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: 1", "Content-Length: 1" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: 1, 1" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: +1" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: -1" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: 0x1" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: " },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: 1 1" },
    { 413, "POST / HTTP/1.1", HOST, "Content-Length: 99999999999999999999" },
    { 400, "POST / HTTP/1.1", HOST, "Content-Length: 1", "Transfer-Encoding: chunked" },
    { 501, "POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked" },
    { 501, "POST / HTTP/1.1", HOST, "Transfer-Encoding: identity" },
    { 417, "POST / HTTP/1.1", HOST, "Expect: a miracle" },
    { 400, "POST / HTTP/1.1", HOST, "Authorization: a", "Authorization: b" },
  }

  for _, case in ipairs(wrong) do
    local text = lines((table.unpack or unpack)(case, 2)) -- luacheck: compat
    it("is refused: " .. text:gsub("[^ -~]", "."), function()
      local request, status, words = head.parse(text)
      assert.is_nil(request)
      assert.equal(case[1], status)
      assert.is_string(words)
    end)
  end

  it("has so many headers at most", function()
    local many = {}
    for i = 1, head.LINES do
      many[i] = ("X%d: 1"):format(i)
    end
    assert.truthy(head.parse("GET / HTTP/1.0\r\n" .. table.concat(many, "\r\n")))
    assert.equal(431, (select(2, head.parse("GET / HTTP/1.0\r\n" .. table.concat(many, "\r\n") .. "\r\nY: 1"))))
  end)
end)

-- Feeds a text in pieces of so many bytes; returns what came of it, as texts.
local function fed(text, size)
  local connection = framing.new(0)
  local found = {}
  for from = 1, #text, size do
    connection:feed(text:sub(from, from + size - 1), 0)
    local request, status
    repeat
      request, status = connection:next(0)
      if request then
        found[#found + 1] = ("%s %s %s"):format(request.method, request.path, request.body)
        connection:rest(0)
      elseif request == false then
        found[#found + 1] = status
        return found
      end
    until not request
  end
  return found
end

describe("what comes on a connection", function()
  local three = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    .. "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
    .. "\r\nHEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n"

  it("is request behind request, however it is cut", function()
    for size = 1, #three do
      assert.same({ "GET /1 ", "POST /2 body", "HEAD /3 " }, fed(three, size), size)
    end
  end)

  it("ends with what cannot be understood", function()
    assert.same({ "GET /1 ", 400 }, fed("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n" .. three, 7))
  end)

  it("has no lines that end in LF alone", function()
    local first = "GET / HTTP/1.1"
    for _, text in ipairs { first .. "\n", "\n", first .. "\r\nHost: a\n", first .. "\r\nHost: a\n\r\n\r\n" } do
      for size = 1, #text do
        assert.same({ 400 }, fed(text, size), text)
      end
    end
  end)

  it("is not larger than allowed", function()
    local long = ("a"):rep(framing.limits.head)
    assert.same({ 431 }, fed("GET /" .. long, 1000))
    assert.same({ 431 }, fed("GET /" .. long .. " HTTP/1.1\r\n\r\n", 100000))
    local body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
    assert.same({ 413 }, fed(body:format(framing.limits.body + 1), 1000))
    local most = ("b"):rep(framing.limits.body)
    assert.same({ "POST / " .. most }, fed(body:format(#most) .. most, 1000))
  end)

  it("has its times", function()
    local limits = framing.limits
    local connection = framing.new(100)
    assert.equal(100 + limits.head_seconds, connection.deadline)
    connection:feed("POST / HTTP/1.1\r\n", 105)
    assert.is_nil(connection:next(105))
    -- One byte more does not buy more time.
    assert.equal(100 + limits.head_seconds, connection.deadline)
    connection:feed("Host: a\r\nContent-Length: 2\r\n\r\n1", 107)
    assert.is_nil(connection:next(107))
    assert.equal(107 + limits.body_seconds, connection.deadline)
    connection:feed("2", 108)
    assert.truthy(connection:next(108))
    connection:rest(110)
    assert.equal(110 + limits.idle_seconds, connection.deadline)
    assert.is_true(connection:is_idle())
    connection:feed("G", 120)
    assert.equal(120 + limits.head_seconds, connection.deadline)
    assert.is_false(connection:is_idle())
  end)

  it("asks once whether a body may come", function()
    local connection = framing.new(0)
    connection:feed("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", 0)
    assert.is_falsy(connection:asks_to_continue())
    assert.is_nil(connection:next(0))
    assert.is_true(connection:asks_to_continue())
    assert.is_falsy(connection:asks_to_continue())
    connection:feed("ab", 0)
    assert.equal("ab", connection:next(0).body)
  end)

  -- Whatever comes, and however it is cut: no error, the same outcome, and nothing beyond
  -- the limits is kept.
  it("may be anything", function()
    local state = 4711
    local function random(n)
      state = (state * 16807) % 2147483647
      return state % n + 1
    end
    local bits = { "\r\n", "\r\n\r\n", "\n", "\0", " ", ":", "%41", "GET ", "HTTP/1.1", "\255", "/" }
    bits[#bits + 1] = "Content-Length: 3\r\n"
    local seen = {}
    for _ = 1, 1500 do
      local text = three
      for _ = 1, random(4) do
        local place, bit = random(#text), bits[random(#bits)]
        text = text:sub(1, place - 1) .. bit .. text:sub(place + random(6) - 1)
      end
      local whole = fed(text, #text)
      assert.same(whole, fed(text, random(20)), ("%q"):format(text))
      for _, outcome in ipairs(whole) do
        seen[outcome] = true
        assert.is_true(type(outcome) == "string" or (outcome >= 400 and outcome < 600))
      end
    end
    assert.is_true(seen[400] and seen["GET /1 "] and seen["POST /2 body"])
  end)
end)

describe("an answer", function()
  local request = { method = "GET", version = 11, keep = true }

  local function text(asked, status, headers, body)
    local texts, keep = answer.texts(asked, status, headers, body, 784111777)
    local parts = {}
    for part in texts do
      parts[#parts + 1] = part
    end
    return table.concat(parts), keep, #parts
  end

  local function pieces(...)
    local list, i = { ... }, 0
    return function()
      i = i + 1
      return list[i]
    end
  end

  it("has a date, its length and its headers in order", function()
    local expected = lines(
      "HTTP/1.1 200 OK",
      "a: 1",
      "b: 2",
      "date: Sun, 06 Nov 1994 08:49:37 GMT",
      "content-length: 4",
      "",
      "body"
    )
    assert.same({ expected, true, 1 }, { text(request, 200, { b = "2", a = "1" }, "body") })
  end)

  it("is sent in chunks where it comes in pieces", function()
    local found, keep, count = text(request, 200, {}, pieces("abc", "", ("x"):rep(16)))
    assert.matches("transfer%-encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\nx+\r\n0\r\n\r\n$", found)
    assert.same({ true, 4 }, { keep, count })
  end)

  it("ends with the connection where chunks are not known", function()
    local found, keep = text({ method = "GET", version = 10, keep = false }, 200, {}, pieces("abc", "def"))
    assert.matches("connection: close\r\n\r\nabcdef$", found)
    assert.is_false(keep)
  end)

  it("to HEAD has no body and makes none", function()
    local asked = { method = "HEAD", version = 11, keep = true }
    assert.matches("content%-length: 4\r\n\r\n$", (text(asked, 200, {}, "body")))
    local found, _, count = text(asked, 200, {}, function()
      error "made"
    end)
    assert.matches("transfer%-encoding: chunked\r\n\r\n$", found)
    assert.equal(1, count)
  end)

  it("304 has no body", function()
    assert.matches("GMT\r\n\r\n$", (text(request, 304, {}, "")))
  end)

  it("to what could not be read closes the connection", function()
    local found, keep = text(nil, 400, {}, "no\n")
    assert.matches("connection: close\r\n\r\nno\n$", found)
    assert.is_false(keep)
  end)

  it("has no header within a header", function()
    assert.matches("\r\na: b  c: d\r\n", (text(request, 200, { a = "b\r\nc: d" }, "")))
  end)
end)

describe("a query", function()
  it("is pairs", function()
    assert.same({}, query.pairs "")
    assert.same({ { "a", "1" }, { "b" }, { "a", "" }, { "c d", "+&=" } }, query.pairs "a=1&b&a=&&c+d=%2b%26%3D")
  end)

  it("is refused where it is not well-formed", function()
    for _, text in ipairs { "a=b=c", "=a", "=", "%", "a=%4", "%zz=1" } do
      assert.is_nil(query.pairs(text), text)
    end
  end)
end)
