-- The names that complete a word: files, and what HAProxy's processes have, from those that
-- answer at once.

local names = {}

-- Seconds: nobody waits longer behind a Tab.
local PATIENCE = 0.3

local function each(list, get)
  local found = {}
  for i, object in ipairs(list) do
    found[i] = { get(object) }
  end
  return found
end

local function name_of(object)
  return object.name
end

-- ---- files ----

local function files(text)
  local core = require "haproxyadmin.core"
  local before, folder = "", text
  if text:match "^@" then
    before, folder = "@", text:sub(2)
  end
  local path = folder:match "^(.*/)" or ""
  local real = path:gsub("^~/", (os.getenv "HOME" or "~") .. "/")
  local found = {}
  for _, name in ipairs(core.list(real == "" and "." or real) or {}) do
    if folder:sub(#path + 1, #path + 1) == "." or not name:match "^%." then
      local kind = core.path(real .. name)
      found[#found + 1] = { before .. path .. name .. (kind and kind.folder and "/" or "") }
    end
  end
  table.sort(found, function(a, b)
    return a[1] < b[1]
  end)
  return found
end

-- ---- what HAProxy has ----

local function haproxy(given)
  local config = require "haproxyadmin.cli.sockets.config"
  local settings = config.settings(given.context or os.getenv "HAPROXYADMIN_CONTEXT")
  local options = require("haproxyadmin.cli.sockets.where").options(given, settings)
  options.timeout, options.retry = PATIENCE, false
  return require("haproxyadmin").HAProxy(options)
end

local function snapshot(given)
  return haproxy(given):snapshot { partial = true }
end

-- Backends first, as folders are; a server's own name, which means it in every backend, too.
local function servers(text, given)
  local before = text:match "^!" or ""
  local rest = text:sub(#before + 1)
  local found, seen = {}, {}
  local function add(word)
    if not seen[word] then
      seen[word] = true
      found[#found + 1] = { before .. word }
    end
  end
  if text:match "^@" then
    return files(text)
  end
  for _, server in ipairs(snapshot(given):servers()) do
    if rest:find("/", 1, true) then
      add(server.backendname .. "/" .. server.name)
    else
      add(server.backendname .. "/")
      if rest ~= "" then
        add(server.name)
      end
    end
  end
  return found
end

-- By what the value of an option, or an argument, is called in help.
local kinds = {
  ADDRESS = files,
  DIR = files,
  FILE = files,
  SELECTOR = servers,
  BACKEND = function(_, given)
    return each(snapshot(given):backends(), name_of)
  end,
  FRONTEND = function(_, given)
    return each(snapshot(given):frontends(), name_of)
  end,
  MAP = function(_, given)
    return each(haproxy(given):maps(), name_of)
  end,
  ACL = function(_, given)
    return each(haproxy(given):acls(), name_of)
  end,
  TABLE = function(_, given)
    return each(haproxy(given):tables(), name_of)
  end,
  CERTIFICATE = function(_, given)
    return each(haproxy(given):certificates(), name_of)
  end,
  CONTEXT = function()
    local config = require "haproxyadmin.cli.sockets.config"
    return each(config.names(config.files()), function(name)
      return name
    end)
  end,
  PROCESSES = function(_, given)
    return each(snapshot(given):processes(), function(process)
      return tostring(process.process_nb)
    end)
  end,
}

--- What may stand for the value of this row, as a sequence of {word, help}; `text` is what of
-- it was typed, `given` what the options before say of where HAProxy is.
function names.of(row, text, given)
  local kind = kinds[row.value]
  return kind and kind(text, given) or {}
end

return names
