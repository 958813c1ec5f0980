-- Whatever a caller gives as a key, a value, a pattern, an identifier or a
-- name: every process keeps it byte for byte, or it is refused with a
-- ValueError that names the argument and the character. In neither case does
-- any other command run.

local haproxyadmin = require "haproxyadmin"
local haproxy = require "spec.support.haproxy"

-- The longest line that is sent, without its LF.
local LINE = 15359

local odd_name = "odd ;\\<<name.acl"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  acl canary path -f %s/canary.acl
  acl hostile path -f %s/hostile.acl
  acl odd path -f "%s/odd ;\\<<name.acl"
  http-request set-header x-a %%[path,map(%s/canary.map,none)]
  http-request set-header x-b %%[path,map(%s/hostile.map,none)]
  http-request deny if canary || hostile || odd
  default_backend app
backend app
  server app1 127.0.0.1:1 disabled
]]

local function all_bytes()
  local bytes = {}
  for byte = 1, 255 do
    if byte ~= 10 and byte ~= 13 then
      bytes[#bytes + 1] = string.char(byte)
    end
  end
  return table.concat(bytes)
end

local characters = { ["\0"] = "NUL", ["\n"] = "LF", ["\r"] = "CR" }

-- What a message says of the first character that cannot be sent; nil where there
-- is none.
local function refused_character(text)
  local at = text:find "[%z\r\n]"
  return at and ("%s at position %d cannot be sent"):format(characters[text:sub(at, at)], at)
end

-- {text[, what is said of the character that cannot be sent]}
local function hostile_texts(canary_map, canary_acl)
  local texts = {}
  for _, text in ipairs {
    "plain",
    ";",
    "a;b",
    "a; b",
    ";;",
    "\\",
    "a\\",
    "\\\\",
    "\\n",
    "^k5\\.x$",
    "'",
    '"',
    '"a b"',
    "'a b",
    "two words",
    " ",
    "  ",
    " leading",
    "trailing ",
    "\ttab\t",
    "a\tb",
    "<<",
    "a <<",
    "a<<",
    "<< END",
    "<<END",
    "<",
    "\\<<",
    "#",
    "# comment",
    "#1",
    "#-1",
    "@",
    "@1",
    "@@",
    "$",
    "$HOME",
    "${HOME}",
    "`id`",
    "$(id)",
    "%[path]",
    "%n",
    "%s%s%s",
    "*",
    "-f",
    "--",
    "=",
    "key=value",
    ",",
    "0",
    "h\195\169 \226\130\172",
    "\255\254\128",
    "\1\2\27[31m\127",
    "\11\12",
    "\194\133",
    all_bytes(),
    ("w "):rep(100) .. "w",
    ("a;"):rep(100),
    ("\\"):rep(1000),
    "> ",
    "0x",
    ("x"):rep(7000),
    "\0",
    "a\0b",
    "\n",
    "a\n",
    "\na",
    "\r",
    "a\r\n",
  } do
    texts[#texts + 1] = { text, refused_character(text) }
  end
  for _, command in ipairs {
    "clear map " .. canary_map,
    "clear acl " .. canary_acl,
    "set maxconn global 7",
    "shutdown frontend www",
  } do
    for _, separator in ipairs { ";", " ; ", "\\;", ";\t", "<<;", "\\\\;", '";', "';" } do
      texts[#texts + 1] = { "x" .. separator .. command }
      texts[#texts + 1] = { separator .. command .. separator }
    end
    for _, separator in ipairs { "\n", "\r\n", "\0", "<<\n\n" } do
      local text = "x" .. separator .. command .. separator
      texts[#texts + 1] = { text, refused_character(text) }
    end
  end
  return texts
end

describe("encoder", function()
  local dir, farm, hap, processes
  local canary_map, canary_acl, map, acl
  local texts

  setup(function()
    dir = haproxy.temporary_folder()
    canary_map, canary_acl = dir .. "/canary.map", dir .. "/canary.acl"
    map, acl = dir .. "/hostile.map", dir .. "/hostile.acl"
    haproxy.write(canary_map, "canary alive\n")
    haproxy.write(canary_acl, "/canary\n")
    haproxy.write(map, "")
    haproxy.write(acl, "")
    haproxy.write(dir .. "/" .. odd_name, "/odd\n")
    farm = haproxy.start {
      processes = 2,
      origin = false,
      global = "  maxconn 400\n",
      config = config:format(dir, dir, dir, dir, dir),
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 }
    processes = hap:processes()
    texts = hostile_texts(canary_map, canary_acl)
  end)

  teardown(function()
    if farm then
      farm:stop()
    end
    if dir then
      haproxy.shell("rm -rf " .. dir)
    end
  end)

  local function entries(process, file)
    local what = file:match "%.(%a+)$"
    local found = {}
    for _, line in ipairs(process:command(("show %s %s"):format(what, file))) do
      found[#found + 1] = line ~= "" and assert(line:match "^0x%x+ (.*)$", line) or nil
    end
    return found
  end

  local function nothing_else_ran()
    for _, process in ipairs(processes) do
      assert.same({ "canary alive" }, entries(process, canary_map))
      assert.same({ "/canary" }, entries(process, canary_acl))
      assert.equal(400, process:info().Maxconn)
    end
    assert.equal("OPEN", hap:frontend("www").status)
  end

  local function stored(file, expected, shown)
    for _, process in ipairs(processes) do
      assert.same(expected, entries(process, file), shown)
    end
  end

  -- `words`: more that the message says.
  local function refuses(argument, words, ok, err)
    assert.is_nil(ok)
    assert.equal("ValueError", err.name)
    assert.equal("bad_argument", err.code)
    assert.is_truthy(err.message:find(("argument '%s'"):format(argument), 1, true), err.message)
    if words then
      assert.is_truthy(err.message:find(words, 1, true), err.message)
    end
  end

  local quiet = { die = false }

  after_each(nothing_else_ran)

  -- Runs `try(text, character)` on every text; the canaries are looked at after
  -- each.
  local function each_text(try)
    for _, entry in ipairs(texts) do
      try(entry[1], entry[2])
      nothing_else_ran()
    end
  end

  it("keeps every key and value of a map", function()
    each_text(function(text, character)
      if character then
        refuses("key", character, hap:add_map(map, text, "value", quiet))
        refuses("value", character, hap:add_map(map, "key", text, quiet))
        return
      end
      hap:add_map(map, text, "value")
      hap:add_map(map, "key", text)
      stored(map, { text .. " value", "key " .. text }, text)
      if #text < LINE / 4 then
        hap:add_map(map, text, text)
        stored(map, { text .. " value", "key " .. text, text .. " " .. text }, text)
      end
      hap:clear_map(map)
      stored(map, {})
    end)
  end)

  it("looks up every key of a map", function()
    each_text(function(text, character)
      if character then
        return refuses("value", character, hap:get_map(map, text, quiet))
      end
      assert.is_truthy(hap:get_map(map, text):find("found=no", 1, true))
      hap:add_map(map, text, "here")
      local answer = hap:get_map(map, text)
      assert.is_truthy(answer:find(('key="%s", value="here"'):format(text), 1, true), answer)
      hap:clear_map(map)
    end)
  end)

  it("changes and deletes every key of a map", function()
    each_text(function(text, character)
      if character then
        refuses("key", character, hap:set_map(map, text, "value", quiet))
        refuses("value", character, hap:set_map(map, "key", text, quiet))
        refuses("key", character, hap:del_map(map, text, quiet))
        return
      end
      hap:add_map(map, "other", "stays")
      hap:add_map(map, text, "before")
      hap:set_map(map, text, "after")
      stored(map, { "other stays", text .. " after" }, text)
      hap:set_map(map, "other", text)
      stored(map, { "other " .. text, text .. " after" }, text)
      hap:del_map(map, text)
      stored(map, { "other " .. text }, text)
      hap:clear_map(map)
    end)
  end)

  it("keeps, finds and deletes every pattern of an ACL", function()
    each_text(function(text, character)
      if character then
        refuses("pattern", character, hap:add_acl(acl, text, quiet))
        refuses("value", character, hap:get_acl(acl, text, quiet))
        refuses("key", character, hap:del_acl(acl, text, quiet))
        return
      end
      hap:add_acl(acl, "/other")
      hap:add_acl(acl, text)
      stored(acl, { "/other", text }, text)
      local answer = hap:get_acl(acl, text)
      assert.is_truthy(answer:find(('pattern="%s"'):format(text), 1, true), answer)
      hap:del_acl(acl, text)
      stored(acl, { "/other" }, text)
      hap:clear_acl(acl)
    end)
  end)

  it("takes no identifier for anything else than a name", function()
    local calls = {
      { "show_map" },
      { "get_map", "key" },
      { "add_map", "key", "value" },
      { "set_map", "key", "value" },
      { "del_map", "key" },
      { "clear_map" },
      { "show_acl" },
      { "get_acl", "key" },
      { "add_acl", "pattern" },
      { "del_acl", "key" },
      { "clear_acl" },
    }
    for _, call in ipairs(calls) do
      each_text(function(text, character)
        if text:match "^%d+$" then
          return -- a number: some list's id
        end
        local ok, err
        if call[3] then
          ok, err = hap[call[1]](hap, text, call[2], call[3], quiet)
        elseif call[2] then
          ok, err = hap[call[1]](hap, text, call[2], quiet)
        else
          ok, err = hap[call[1]](hap, text, quiet)
        end
        if character or text:match "^[@#]" and not text:match "^#%d+$" then
          refuses("id", character or text:sub(1, 1), ok, err)
        elseif text ~= "#1" then
          assert.is_nil(ok)
          assert.equal("CommandFailed", err.name, text)
          assert.equal("not_found", err.code, text)
        end
      end)
    end
  end)

  it("reaches a file whose name is odd", function()
    local odd = dir .. "/" .. odd_name
    assert.equal("/odd", hap:show_acl(odd)[1]:match "^0x%x+ (.*)$")
    assert.is_true(hap:add_acl(odd, "a b"))
    assert.equal(2, #hap:show_acl(odd))
    assert.is_true(hap:del_acl(odd, "a b"))
    assert.equal(1, #hap:show_acl(odd))
  end)

  it("takes no name for anything else than a name", function()
    each_text(function(text)
      for _, kind in ipairs { "frontend", "backend", "server" } do
        local found, err = hap[kind](hap, text, quiet)
        assert.is_nil(found)
        assert.equal("ValueError", err.name)
        assert.equal("not_found", err.code)
        assert.equal(0, #hap[kind .. "s"](hap, text))
      end
      local found, err = hap:backend("app"):server(text, quiet)
      assert.is_nil(found)
      assert.equal("not_found", err.code)
    end)
  end)

  it("takes no hostile text for an address, a weight, a state or a metric", function()
    local server = hap:backend("app"):server "app1"
    each_text(function(text)
      refuses("address", nil, server:setaddress(text, quiet))
      refuses("port", nil, server:setaddress("127.0.0.1", text, quiet))
      refuses("port", nil, server:setport(text, quiet))
      refuses("weight", nil, server:setweight(text, quiet))
      refuses("state", nil, server:setstate(text, quiet))
      refuses("name", nil, hap:metric(text, quiet))
      refuses("n", nil, hap:setmaxconn(text, quiet))
      refuses("iid", nil, hap:errors(text, quiet))
    end)
    assert.equal("127.0.0.1", server.address)
    assert.equal(1, server.weight)
  end)

  it("refuses an empty text", function()
    refuses("key", "string that is not empty expected", hap:add_map(map, "", "value", quiet))
    refuses("value", "string that is not empty expected", hap:add_map(map, "key", "", quiet))
    refuses("value", "string that is not empty expected", hap:set_map(map, "key", "", quiet))
    refuses("key", "string that is not empty expected", hap:del_map(map, "", quiet))
    refuses("pattern", "string that is not empty expected", hap:add_acl(acl, "", quiet))
    refuses("id", "integer or file name expected", hap:show_map("", quiet))
    refuses("name", "string that is not empty expected", hap:frontend("", quiet))
    stored(map, {})
  end)

  it("writes all digits of a number", function()
    hap:add_map(map, 1e15, 12345678901234)
    hap:add_map(map, 2, 0.5)
    stored(map, { "1000000000000000 12345678901234", "2 0.5" })
    hap:del_map(map, 1e15)
    stored(map, { "2 0.5" })
    hap:clear_map(map)
  end)

  it("shows an entry that holds a line's end, which others may add, as one", function()
    for _, process in ipairs(processes) do
      process:command(("add acl %s x <<\nfirst\nsecond\n"):format(acl))
    end
    hap:add_acl(acl, "last")
    local lines = hap:show_acl(acl)
    assert.is_truthy(lines[1]:find "\n")
    for _, line in ipairs(lines) do
      assert.is_truthy(line:match "^0x%x+ ", line)
    end
    assert.is_true(hap:del_acl(acl, lines[1]:match "^0x%x+"))
    assert.equal(#lines - 1, #hap:show_acl(acl))
    hap:clear_acl(acl)
  end)

  it("refuses a key that HAProxy takes for a reference", function()
    hap:add_map(map, "#0x1", "value")
    stored(map, { "#0x1 value" })
    assert.is_truthy(hap:get_map(map, "#0x1"):find("found=yes", 1, true))
    refuses("key", "#", hap:del_map(map, "#0x1", quiet))
    refuses("key", "#", hap:set_map(map, "#0x1", "other", quiet))
    refuses("key", "#", hap:del_acl(acl, "#0x1", quiet))
    stored(map, { "#0x1 value" })
    assert.is_true(hap:del_map(map, hap:show_map(map)[1]:match "^0x%x+"))
    stored(map, {})
  end)

  it("refuses what is longer than a line", function()
    local frame = #("add map %s key "):format(map)
    local longest = ("v"):rep(LINE - frame)
    hap:add_map(map, "key", longest)
    stored(map, { "key " .. longest })
    refuses("value", nil, hap:add_map(map, "key", longest .. "v", quiet))
    refuses("value", nil, hap:set_map(map, "key", (" "):rep(8000), quiet))
    refuses("pattern", nil, hap:add_acl(acl, ("p"):rep(100000), quiet))
    refuses("id", nil, hap:clear_map(("p"):rep(100000), quiet))
    refuses("id", nil, hap:show_map(("p"):rep(100000), quiet))
    refuses("key", nil, hap:del_map(map, ("k"):rep(16000), quiet))
    refuses("value", nil, hap:get_map(map, ("k"):rep(16000), quiet))
    stored(map, { "key " .. longest })
    hap:clear_map(map)
  end)

  it("deletes the longest key, all of its entries, and no other", function()
    local key = ("k"):rep(LINE - #("add map %s  v"):format(map))
    hap:add_map(map, "other", "stays")
    hap:add_map(map, key, "1")
    hap:add_map(map, key, "2")
    stored(map, { "other stays", key .. " 1", key .. " 2" })
    assert.is_true(hap:del_map(map, key))
    stored(map, { "other stays" })
    local ok, err = hap:del_map(map, key, quiet)
    assert.is_nil(ok)
    assert.equal("not_found", err.code)
    hap:clear_map(map)
  end)
end)
