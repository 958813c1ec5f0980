-- The secret by which somebody may change something: in a file that nobody else reads, and in
-- the header `Authorization: Bearer ...` of a request. What stands in a URL is logged, and
-- a cookie goes along with requests that another site made.

local core = require "haproxyadmin.core"
local file = require "haproxyadmin.base.file"

local token = {}

-- Shorter ones are found by trying, however few attempts a minute are allowed.
local SHORTEST = 16

local function refuse(path, words)
  return nil, file.error(path, "bad_argument", ("token file '%s' %s"):format(path, words))
end

--- The secret in a file, its first line; or nil and a FileError, also where others than its
-- owner may read or write it.
function token.read(path)
  local checked, err = file.check("token-file", path)
  if not checked then
    return nil, err
  end
  local found, code = core.path(path)
  if not found then
    return nil, file.error(path, code, ("token file '%s' cannot be looked at: %s"):format(path, tostring(code)))
  elseif found.mode % 64 ~= 0 then
    return refuse(path, "may be read by others than its owner: chmod 600 it")
  end
  local text
  text, err = file.read(path)
  if not text then
    return nil, err
  end
  local secret = text:match "^[^\r\n]*"
  if #secret < SHORTEST or secret:find "[^!-~]" then
    return refuse(path, ("has to have %d characters or more in its first line, without blanks"):format(SHORTEST))
  end
  return secret
end

--- Is a text the secret? It takes as long for a wrong one as for the right one, and tells
-- nothing of how much of it was right.
function token.is_same(given, secret)
  local a, b, differences = core.sha1(given), core.sha1(secret), 0
  for i = 1, #a do
    if a:byte(i) ~= b:byte(i) then
      differences = differences + 1
    end
  end
  return differences == 0
end

-- ---- who tries too often ----

-- Failures within so many seconds, behind which an address is not listened to.
local FAILURES, SECONDS = 5, 60

-- Addresses that are remembered; whoever has more of them shares their fate.
local ADDRESSES = 1000

local Failures = {}
Failures.__index = Failures

--- The failures of the last minute, by address.
function token.failures()
  return setmetatable({ by_address = {}, count = 0 }, Failures)
end

local function recent(list, now)
  local found = {}
  for _, time in ipairs(list or {}) do
    if now - time < SECONDS then
      found[#found + 1] = time
    end
  end
  return found
end

--- Has the address failed too often? If so, in how many seconds it may try again.
function Failures:wait(address, now)
  local list = recent(self.by_address[address] or self.by_address[""], now)
  if #list >= FAILURES then
    return math.ceil(SECONDS - (now - list[1]))
  end
end

-- Forgets those that have not failed lately.
local function forget(self, now)
  for address, list in pairs(self.by_address) do
    if #recent(list, now) == 0 then
      self.by_address[address] = nil
      self.count = self.count - 1
    end
  end
end

function Failures:add(address, now)
  if self.count >= ADDRESSES then
    forget(self, now)
  end
  if not self.by_address[address] then
    address = self.count < ADDRESSES and address or ""
    self.count = self.by_address[address] and self.count or self.count + 1
  end
  local list = recent(self.by_address[address], now)
  list[#list + 1] = now
  -- More than are counted are not kept.
  if #list > FAILURES then
    table.remove(list, 1)
  end
  self.by_address[address] = list
end

return token
