-- The page's files, and what of its api needs no HAProxy.

local csv = require "haproxyadmin.web.csv"
local flat = require "haproxyadmin.web.flat"
local page = require "spec.support.page"
local status = require "haproxyadmin.web.status"
local token = require "haproxyadmin.web.token"
local content = require "haproxyadmin.web.page.content"
local json = require "haproxyadmin.base.json_writer"
local new_page = require("haproxyadmin.web.page").new

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

describe("the page's files", function()
  it("are in the module as they are", function()
    assert.equal(page.source(), read(page.FOLDER .. "content.lua"))
    for _, name in ipairs(page.FILES) do
      assert.equal(read(page.FOLDER .. name), content[name])
    end
  end)

  it("have no script and no style beside their own files, and no foreign address", function()
    local html = content["index.html"]
    assert.is_nil(html:find " on%a+=")
    assert.is_nil(html:find " style=")
    assert.is_nil(html:find "<style")
    for attributes, text in html:gmatch "<script(.-)>(.-)</script>" do
      assert.equal(' src="app.js" defer', attributes)
      assert.equal("", text)
    end
    assert.is_nil(html:find '[fc]="/')
    for _, name in ipairs(page.FILES) do
      local text = content[name]:gsub("http://www%.w3%.org/2000/svg", "")
      assert.is_nil(text:find "//[%w.]+%.%w+/")
      assert.is_nil(text:find "%f[%w]https?:")
    end
  end)

  it("never make markup of a text", function()
    for _, word in ipairs { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(" } do
      assert.is_nil(content["app.js"]:find(word, 1, true), word)
    end
  end)

  it("are answered with what keeps everything else out", function()
    local handle = new_page {}
    for path, kind in pairs { ["/"] = "text/html", ["/app.js"] = "text/javascript", ["/app.css"] = "text/css" } do
      local code, headers, body = handle { path = path, headers = {} }
      assert.equal(200, code)
      assert.equal(kind .. "; charset=utf-8", headers["content-type"])
      assert.equal(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
          .. "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        headers["content-security-policy"]
      )
      assert.is_true(#body > 1000)
      assert.is_truthy(headers.etag:match '^"%x+"$')
    end
  end)
end)

describe("the body of a change", function()
  it("is one flat object", function()
    assert.same(
      { a = "x", b = 12, c = true, d = "ä\"\\\n/", e = -3 },
      flat ' { "a" : "x","b":12, "c":true, "d":"\\u00e4\\"\\\\\\n\\/" , "e":-3 } '
    )
    assert.same({}, flat "{}")
    assert.same({ a = { 1, "x", 3 }, b = 2, c = { 4 } }, flat '{"a" : [ 1,"x" , 3 ], "b":2,"c":[4]}')
    assert.same({ ["€"] = "\239\191\189" }, flat '{"\\u20ac":"\\ud800"}')
  end)

  it("is nothing else", function()
    for _, text in ipairs {
      "",
      "[]",
      "null",
      '"a"',
      "{",
      "}",
      "{}{}",
      "{} x",
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      "{,}",
      '{"a":1 "b":2}',
      '{"a":{}}',
      '{"a":[]}',
      '{"a":[1,]}',
      '{"a":[1 2]}',
      '{"a":[1}',
      '{"a":[1',
      '{"a":[',
      '{"a":[[1]]}',
      '{"a":[{}]}',
      '{"a":null}',
      '{"a":1.5}',
      '{"a":1e3}',
      '{"a":012}',
      '{"a":-01}',
      '{"a":+1}',
      '{"a":0x10}',
      '{"a":1234567890123456}',
      '{"a":"x}',
      '{"a":"\\x"}',
      '{"a":"\\u12"}',
      '{"a":"\n"}',
      '{"a":"\0"}',
      '{"a":1,"a":2}',
      "{a:1}",
      '{"a":truee}',
      ('{"a":'):rep(1000),
    } do
      assert.is_nil(flat(text), text)
    end
  end)
end)

describe("a status", function()
  it("has a word", function()
    local words = {
      UP = "up",
      ["UP 1/3"] = "failing",
      OPEN = "up",
      ["no check"] = "unchecked",
      DOWN = "down",
      ["DOWN 1/2"] = "rising",
      ["DOWN (agent)"] = "down",
      ["NOLB 1/2"] = "nolb",
      DRAIN = "drain",
      ["DRAIN (agent)"] = "drain",
      MAINT = "maint",
      ["MAINT (via app/a)"] = "maint",
      ["MAINT (resolution)"] = "maint",
      FULL = "full",
      STOP = "down",
      ["<b>what</b>"] = "down",
    }
    for text, word in pairs(words) do
      assert.equal(word, status.word(text), text)
    end
    assert.equal("DOWN", status.worst { UP = 1, DOWN = 1, MAINT = 1 })
    assert.equal("MAINT", status.plain "MAINT (via app/a)")
    assert.equal("UP", status.plain "UP 2/3")
  end)
end)

describe("a token", function()
  it("is the same or another", function()
    assert.is_true(token.is_same("a-long-enough-secret", "a-long-enough-secret"))
    for _, other in ipairs { "", "a", "a-long-enough-secreT", "a-long-enough-secret ", "b-long-enough-secret" } do
      assert.is_false(token.is_same(other, "a-long-enough-secret"))
    end
  end)

  it("is read from a file that nobody else reads", function()
    local path = os.tmpname()
    local function with(text, mode)
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
      assert(os.execute(("chmod %s %s"):format(mode, path)))
      return token.read(path)
    end
    assert.equal("0123456789abcdef", with("0123456789abcdef\n", "600"))
    assert.equal("0123456789abcdef", with("0123456789abcdef\r\nmore\n", "400"))
    for _, mode in ipairs { "640", "604", "660", "620", "601" } do
      local found, err = with("0123456789abcdef\n", mode)
      assert.is_nil(found)
      assert.is_truthy(err.message:find("chmod 600", 1, true), err.message)
    end
    for _, text in ipairs { "", "short\n", "0123456789 abcdef\n", "\n0123456789abcdef", "0123456789abcdef\1\n" } do
      local found, err = with(text, "600")
      assert.is_nil(found)
      assert.is_truthy(err.message:find("16 characters", 1, true), err.message)
    end
    os.remove(path)
    local found, err = token.read(path)
    assert.is_nil(found)
    assert.equal("FileError", err.name)
  end)

  it("may be wrong five times a minute", function()
    local failures = token.failures()
    for i = 1, 5 do
      assert.is_nil(failures:wait("a", i))
      failures:add("a", i)
    end
    assert.equal(56, failures:wait("a", 5))
    assert.is_nil(failures:wait("b", 5))
    assert.equal(1, failures:wait("a", 60.5))
    assert.is_nil(failures:wait("a", 61.5))
  end)

  it("is guessed by no crowd: what is remembered has a bound", function()
    local failures = token.failures()
    for i = 1, 3000 do
      failures:add("address " .. i, 1)
    end
    local count = 0
    for _ in pairs(failures.by_address) do
      count = count + 1
    end
    assert.is_true(count <= 1001, count)
    assert.is_truthy(failures:wait("another", 2))
    assert.is_nil(failures:wait("another", 62))
  end)
end)

describe("CSV", function()
  it("has every row, and quotes what is none of its own", function()
    local found = {
      frontends = { columns = { "name", "status", "bin" }, rows = { { "www", "OPEN", 2 ^ 53 - 1 } } },
      backends = { columns = { "name", "up", "status" }, rows = { { 'a,"b"', 1, json.null } } },
      servers = {
        columns = { "backend", "name", "status" },
        rows = { { "app", "=cmd()", { UP = json.list { 1, 2 }, DOWN = json.list { 3 } } } },
      },
    }
    assert.equal(
      table.concat({
        "kind,proxy,server,status,bin,up",
        "frontend,www,,OPEN,9007199254740991,",
        'backend,"a,""b""",,,,1',
        'server,app,\'=cmd(),"{""DOWN"":[3],""UP"":[1,2]}",,',
        "",
      }, "\r\n"),
      csv.encode(found)
    )
  end)
end)
