-- The configuration: `key = value`, and sections `[context NAME]` of such lines; "#" begins a comment.
--
-- The user's file stands above the system's: key by key, and context by context.

local duration = require "haproxyadmin.cli.base.duration"
local failure = require "haproxyadmin.cli.base.failure"
local similar = require "haproxyadmin.cli.base.similar"

local config = {}

local function text(value)
  return value
end

local function switch(value)
  local found = ({ yes = true, ["true"] = true, no = false, ["false"] = false })[value]
  if found == nil then
    return nil, "yes or no"
  end
  return found
end

local function count(value)
  local number = value:match "^%d+$" and tonumber(value)
  if not number then
    return nil, "a number"
  end
  return number
end

local function confirm(value)
  if value ~= "always" and value ~= "several" then
    return nil, "always or several"
  end
  return value
end

local function transport(value)
  if value ~= "native" and value ~= "luasocket" then
    return nil, "native or luasocket"
  end
  return value
end

-- What a context says, and how its value is read.
local keys = {
  sockets = text,
  master = text,
  transport = transport,
  timeout = duration.read,
  retry = count,
  read_only = switch,
  confirm = confirm,
  tls_cafile = text,
  tls_capath = text,
  tls_certificate = text,
  tls_key = text,
  tls_server_name = text,
  tls_verify = switch,
}

local function wrong(path, number, message)
  failure.raise("usage", ("%s:%d: %s"):format(path, number, message))
end

local function known_keys()
  local names = { "context" }
  for name in pairs(keys) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function read_pair(path, number, line, section, is_top)
  local key, value = line:match "^([%w_]+)%s*=%s*(.-)$"
  if not key then
    wrong(path, number, ("'key = value' or '[context NAME]' expected, got %s"):format(similar.quote(line)))
  elseif is_top and key == "context" then
    section.context = value
    return
  elseif not keys[key] then
    local near = similar.find(known_keys(), key)
    local hint = near and ("did you mean '%s'?"):format(near) or "known: " .. table.concat(known_keys(), ", ")
    wrong(path, number, ("there is no key %s; %s"):format(similar.quote(key), hint))
  end
  local read, expected = keys[key](value)
  if read == nil then
    wrong(path, number, ("%s: %s expected, got %s"):format(key, expected, similar.quote(value)))
  end
  section[key] = read
end

--- Reads one file: {contexts = {name = {key = value}}, top = {key = value}}; nil where there is none.
function config.read(path)
  local file = io.open(path)
  if not file then
    return nil
  end
  local found, number = { contexts = {}, top = {} }, 0
  local section = found.top
  for line in file:lines() do
    number = number + 1
    line = line:gsub("^%s+", ""):gsub("%s+$", "")
    local name = line:match "^%[context%s+([^%]%s]+)%]$"
    if name then
      section = found.contexts[name] or {}
      found.contexts[name] = section
    elseif line ~= "" and line:sub(1, 1) ~= "#" then
      read_pair(path, number, line, section, section == found.top)
    end
  end
  file:close()
  return found
end

local function paths()
  local list = {}
  local own = os.getenv "XDG_CONFIG_HOME"
  if not own or own == "" then
    own = os.getenv "HOME" and os.getenv "HOME" .. "/.config"
  end
  if own then
    list[1] = own .. "/haproxyadmin/config"
  end
  list[#list + 1] = "/etc/haproxyadmin/config"
  return list
end

--- The files that are there, the one that stands above all others first.
function config.files()
  local files = {}
  for _, path in ipairs(paths()) do
    files[#files + 1] = config.read(path)
  end
  return files
end

--- The names of all contexts, in order.
function config.names(files)
  local names, seen = {}, {}
  for _, file in ipairs(files) do
    for name in pairs(file.contexts) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return names
end

local function of_name(files, name)
  for _, file in ipairs(files) do
    if file.contexts[name] then
      return file.contexts[name]
    end
  end
  local names = config.names(files)
  local near = similar.find(names, name)
  local message = ("there is no context %s"):format(similar.quote(name))
  if near then
    failure.raise("usage", message .. ("; did you mean '%s'?"):format(near))
  elseif #names == 0 then
    failure.raise("usage", message .. ": no configuration has any", "looked for: " .. table.concat(paths(), ", "))
  end
  failure.raise("usage", message .. ": " .. table.concat(names, ", "))
end

--- What the configuration says: the context of this name, or the default one (`context = NAME`), over what
-- stands outside of contexts. Raises a failure.
function config.settings(name)
  local files = config.files()
  local merged = {}
  for i = #files, 1, -1 do
    for key, value in pairs(files[i].top) do
      merged[key] = value
    end
  end
  name = name or merged.context
  if name then
    for key, value in pairs(of_name(files, name)) do
      merged[key] = value
    end
  end
  merged.context = name
  return merged
end

return config
