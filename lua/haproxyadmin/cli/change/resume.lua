-- What is left of a roll that stopped, as a file: a line for each word, its kind before it.

local failure = require "haproxyadmin.cli.base.failure"
local file = require "haproxyadmin.base.file"
local similar = require "haproxyadmin.cli.base.similar"

local resume = {}

local FIRST = "haproxyadmin roll 1"

-- Options that are kept, and which of them are numbers.
local texts = { "group", "on_timeout" }
local numbers = { "min_up", "max_failures", "drain_timeout", "up_timeout", "slow_pause", "pause" }

local function escape(word)
  return (word:gsub("[\\\n]", { ["\\"] = "\\\\", ["\n"] = "\\n" }))
end

local function unescape(word)
  return (word:gsub("\\(.)", { ["\\"] = "\\", n = "\n" }))
end

-- Where it goes: where programs keep what they may lose.
local function path_of()
  local home = os.getenv "HOME"
  local folder = os.getenv "XDG_STATE_HOME" or home and home .. "/.local/state"
  if not folder or folder == "" then
    return nil
  end
  local uv = require "luv"
  folder = folder .. "/haproxyadmin"
  for part in folder:gmatch "()/" do
    uv.fs_mkdir(folder:sub(1, part - 1), 448)
  end
  uv.fs_mkdir(folder, 448)
  return ("%s/roll-%d-%d"):format(folder, os.time(), uv.os_getpid())
end

--- Writes what is left, names of servers, and which of them are in maintenance; returns the file's path, or nil where
-- there is no place for it.
function resume.save(given, left, out)
  local path = given.resume or path_of()
  if not path then
    return nil
  end
  local lines = { FIRST }
  local function add(key, value)
    if value then
      lines[#lines + 1] = key .. " " .. value
    end
  end
  for _, name in ipairs(left) do
    add("server", escape(name))
  end
  for _, name in ipairs(out) do
    add("out", escape(name))
  end
  for _, key in ipairs(texts) do
    add(key, given[key])
  end
  for _, key in ipairs(numbers) do
    add(key, given[key] and ("%g"):format(given[key]))
  end
  add("batch", given.batch and tostring(given.batch))
  add("slow", given.slow and table.concat(given.slow, ","))
  for _, word in ipairs(given.rest) do
    add("word", escape(word))
  end
  return file.write(path, table.concat(lines, "\n") .. "\n") and path or nil
end

local readers = {}
for _, key in ipairs(texts) do
  readers[key] = function(given, value)
    given[key] = given[key] or value
  end
end
for _, key in ipairs(numbers) do
  readers[key] = function(given, value)
    given[key] = given[key] or tonumber(value)
  end
end
function readers.batch(given, value)
  given.batch = given.batch or tonumber(value) or value
end
function readers.slow(given, value)
  local list = {}
  for word in value:gmatch "%d+" do
    list[#list + 1] = tonumber(word)
  end
  given.slow = given.slow or list
end
function readers.server(given, value)
  table.insert(given.selector, unescape(value))
end
function readers.out(given, value)
  table.insert(given.taken_out, unescape(value))
end
function readers.word(given, value)
  table.insert(given.rest, unescape(value))
end

--- Adds what a file says to what was given.
function resume.load(given, path)
  local handle, words = io.open(path)
  if not handle then
    failure.raise("usage", "what is left of a roll cannot be read: " .. tostring(words))
  elseif given.selector and #given.selector > 0 or given.rest then
    handle:close()
    failure.raise("usage", "--resume knows the servers and the command: leave them out")
  end
  given.selector, given.rest, given.taken_out = {}, {}, {}
  local first = handle:read "*l"
  for line in handle:lines() do
    local key, value = line:match "^(%S+) (.*)$"
    if readers[key] then
      readers[key](given, value)
    end
  end
  handle:close()
  if first ~= FIRST then
    failure.raise("usage", ("%s is nothing that haproxyadmin roll wrote"):format(similar.quote(path)))
  end
end

return resume
