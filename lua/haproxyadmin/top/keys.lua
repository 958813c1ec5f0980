-- Keys: what the bytes mean that a terminal sends.
--
-- An escape sequence may come in pieces, and the key Escape is the beginning of one: whoever
-- feeds the decoder waits a moment, and flushes what is pending.

local keys = {}

-- By the last byte of "ESC [ ..." without numbers, or of "ESC O ...".
local finals = {
  A = "up",
  B = "down",
  C = "right",
  D = "left",
  F = "end",
  H = "home",
  P = "f1",
  Q = "f2",
  R = "f3",
  S = "f4",
  Z = "backtab",
}

-- By the number of "ESC [ number ~".
local numbers = {
  ["1"] = "home",
  ["2"] = "insert",
  ["3"] = "delete",
  ["4"] = "end",
  ["5"] = "page_up",
  ["6"] = "page_down",
  ["7"] = "home",
  ["8"] = "end",
  ["11"] = "f1",
  ["12"] = "f2",
  ["13"] = "f3",
  ["14"] = "f4",
  ["15"] = "f5",
  ["17"] = "f6",
  ["18"] = "f7",
  ["19"] = "f8",
  ["20"] = "f9",
  ["21"] = "f10",
  ["23"] = "f11",
  ["24"] = "f12",
}

-- What the console of Linux sends for F1 to F5: "ESC [ [ letter".
local console = { A = "f1", B = "f2", C = "f3", D = "f4", E = "f5" }

local controls = {
  ["\8"] = "backspace",
  ["\9"] = "tab",
  ["\10"] = "enter",
  ["\13"] = "enter",
  ["\127"] = "backspace",
}

-- No key's sequence is longer; what is goes on as something else.
local LONGEST = 32

local Decoder = {}
Decoder.__index = Decoder

function keys.new()
  return setmetatable({ rest = "" }, Decoder)
end

-- Each of these takes one key from the beginning of the bytes: returns its name (nil: of no
-- meaning here) and how many bytes it took, or nothing where the rest has to come first.

local function take_csi(bytes)
  local letter = bytes:match "^\27%[%[(.)"
  if letter then
    return console[letter], 4
  elseif bytes == "\27[[" then
    return nil
  end
  local parameters, between, final = bytes:match "^\27%[([0-?]*)([ -/]*)([@-~])"
  if final then
    local key = finals[final]
    if final == "~" then
      key = numbers[parameters:match "^%d+"]
    end
    return key, 2 + #parameters + #between + 1
  elseif #bytes > LONGEST or bytes:find "^\27%[[0-?]*[ -/]*[^ -~]" then
    -- No sequence at all: the key Escape, and then a bracket.
    return "escape", 1
  end
end

local function take_escape(bytes)
  local second = bytes:sub(2, 2)
  if second == "" then
    return nil
  elseif second == "[" then
    return take_csi(bytes)
  elseif second == "O" then
    local final = bytes:sub(3, 3)
    if final == "" then
      return nil
    end
    return finals[final], 3
  end
  return "escape", 1
end

-- How long a character of UTF-8 is, by its first byte.
local function length_of(byte)
  return byte >= 240 and 4 or byte >= 224 and 3 or byte >= 192 and 2 or 1
end

local function take(bytes)
  local first = bytes:byte()
  if first == 27 then
    return take_escape(bytes)
  elseif first < 32 or first == 127 then
    local character = bytes:sub(1, 1)
    return controls[character] or "ctrl-" .. string.char(first + 96), 1
  end
  local length = length_of(first)
  if #bytes >= length then
    return bytes:sub(1, length), length
  end
end

--- Takes bytes as they come; returns the names of the keys: characters as they are, others as
-- `up`, `page_down`, `f3`, `enter`, `escape`, `ctrl-c`.
function Decoder:feed(bytes)
  local found = {}
  self.rest = self.rest .. bytes
  while self.rest ~= "" do
    local key, length = take(self.rest)
    if not length then
      break
    end
    found[#found + 1] = key
    self.rest = self.rest:sub(length + 1)
  end
  return found
end

--- Is something there that may go on?
function Decoder:is_pending()
  return self.rest ~= ""
end

--- Nothing has come any more: what is there is what it looks like.
function Decoder:flush()
  local rest = self.rest
  self.rest = ""
  if rest:byte() ~= 27 then
    return {}
  end
  local found = { "escape" }
  for _, key in ipairs(rest ~= "" and self:feed(rest:sub(2)) or {}) do
    found[#found + 1] = key
  end
  return found
end

return keys
