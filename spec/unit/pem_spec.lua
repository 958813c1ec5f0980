local base64 = require "haproxyadmin.base.base64"
local core = require "haproxyadmin.core"
local date = require "haproxyadmin.base.date"
local der = require "haproxyadmin.base.der"
local pem = require "haproxyadmin.base.pem"

describe("base64", function()
  it("has RFC 4648's own examples", function()
    local texts = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==" }
    for bytes, text in pairs(texts) do
      assert.equal(text, base64.encode(bytes))
      assert.equal(bytes, base64.decode(text))
    end
  end)

  it("keeps every byte", function()
    local bytes = {}
    for byte = 0, 255 do
      bytes[#bytes + 1] = string.char(byte)
    end
    local all = table.concat(bytes)
    for cut = 0, 2 do
      assert.equal(all:sub(1 + cut), base64.decode(base64.encode(all:sub(1 + cut))))
    end
  end)

  it("is nothing else", function()
    for _, text in ipairs { "A", "AA", "AAA", "=AAA", "A===", "AA=A", "AAAA\n", "AA-A", "====" } do
      assert.is_nil(base64.decode(text), text)
    end
  end)
end)

describe("PEM", function()
  local certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
  local key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
  local wanted = { certificate = { 1, math.huge }, key = { 1, 1 }, parameters = { 0, 1 } }

  it("is read without what stands between its blocks", function()
    local text = "Bag Attributes\r\n  x: y\r\n\r\n" .. certificate:gsub("\n", "  \r\n") .. "\n\n" .. key .. "end"
    assert.equal(certificate .. key, pem.write(assert(pem.check("pem", text, wanted))))
  end)

  it("has lines of 64 characters", function()
    local body = ("A"):rep(132)
    local text = ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"):format(body)
    local lines = { ("A"):rep(64), ("A"):rep(64), "AAAA" }
    assert.equal(text:gsub(body, table.concat(lines, "\n")), pem.write(pem.blocks(text)))
  end)

  it("is refused where it is not whole, without a word of what stands there", function()
    local encrypted = key:gsub("PRIVATE", "RSA PRIVATE"):gsub("c2V", "Proc-Type: 4,ENCRYPTED\n\nc2V")
    for text, words in pairs {
      [""] = "PEM with a certificate expected, there is none",
      [certificate] = "PEM with a private key expected, there is none",
      [certificate .. key .. key] = "PEM with one private key expected, there are 2",
      [key:gsub("%-%-%-%-%-END.*", "")] = "the block that begins at line 1 has no end",
      [key .. "-----END PRIVATE KEY-----"] = "line 4: a block begins or ends inside another",
      [key:gsub("END PRIVATE", "END RSA PRIVATE")] = "line 3: a block begins or ends inside another",
      ["-----BEGIN CERTIFICATE-----\n" .. key] = "line 2: a block begins or ends inside another",
      [key:gsub("c2VjcmV0", "c2VjcmV")] = "the block that begins at line 1 is not base64",
      [key:gsub("c2VjcmV0\n", "")] = "the block that begins at line 1 is not base64",
      [encrypted] = "is encrypted",
      [key:gsub("PRIVATE", "ENCRYPTED PRIVATE")] = "is encrypted",
      [key:gsub("PRIVATE KEY", "CERTIFICATE REQUEST")] = "the block that begins at line 1 does not belong there",
      [certificate .. key .. certificate:gsub("CERTIFICATE", "X509 CRL")] = "line 7 does not belong there",
    } do
      local blocks, err = pem.check("pem", text, wanted)
      assert.is_nil(blocks)
      assert.same({ "ValueError", "bad_argument" }, { err.name, err.code })
      assert.matches(words, err.message, 1, true)
      assert.is_nil(err.message:find("c2V", 1, true))
    end
    assert.matches("PEM text expected, got nil", select(2, pem.check("pem", nil, wanted)).message, 1, true)
  end)

  it("goes in pieces", function()
    local blocks = pem.blocks(certificate:rep(5))
    local size = #certificate
    assert.same({ certificate:rep(5) }, pem.pieces(blocks, 5 * size))
    assert.same({ certificate:rep(2), certificate:rep(2), certificate }, pem.pieces(blocks, 3 * size - 1))
    assert.is_nil(pem.pieces(blocks, size - 1))
  end)
end)

describe("DER", function()
  it("tells a certificate's serial number", function()
    assert.equal("\2\1\7", der.serial "\48\5\48\3\2\1\7")
    assert.equal("\2\1\7", der.serial "\48\10\48\8\160\3\2\1\2\2\1\7")
    local long = "\48\129\133\48\129\130\2\127" .. ("x"):rep(127) .. "\0"
    assert.equal("\2\127" .. ("x"):rep(127), der.serial(long))
    assert.is_true(der.is_sequence(long))
  end)

  it("is nothing else", function()
    local whole = "\48\10\48\8\160\3\2\1\2\2\1\7"
    for cut = 0, #whole - 1 do
      assert.is_nil(der.serial(whole:sub(1, cut)))
      assert.is_false(der.is_sequence(whole:sub(1, cut)))
    end
    for _, bytes in ipairs { whole .. "x", "\49\0", "\48\255", "text" } do
      assert.is_false(der.is_sequence(bytes))
    end
    assert.is_nil(der.serial "\48\4\48\2\2\0")
    assert.is_nil(der.serial "\48\5\48\3\4\1\7")
  end)
end)

describe("a date", function()
  it("is seconds since the epoch", function()
    assert.equal(0, date.of "Jan  1 00:00:00 1970 GMT")
    assert.equal(951782400, date.of "Feb 29 00:00:00 2000 GMT")
    assert.equal(1795287691, date.of "Nov 21 19:01:31 2026 GMT")
    assert.equal(1795287691, date.of "21/Nov/2026:19:01:31 +0000")
    assert.equal(4107542399, date.of "Feb 28 23:59:59 2100 GMT")
    assert.equal(253402300799, date.of "Dec 31 23:59:59 9999 GMT")
    assert.equal(-631152000, date.of "Jan  1 00:00:00 1950 GMT")
  end)

  it("is nothing else", function()
    for _, text in ipairs { "", "never", "Nov 21 19:01:31 2026", "Foo 21 19:01:31 2026 GMT", "-" } do
      assert.is_nil(date.of(text))
    end
  end)
end)

it("SHA-1 is HAProxy's fingerprint", function()
  assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", core.sha1 "abc")
end)
