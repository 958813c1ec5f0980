-- Which servers, or which objects of one name, are meant: "app/web1", "app/*", "web1" (in every
-- backend), "!app/web3" (not that one), "@FILE" and "-" (one a line).

local failure = require "haproxyadmin.cli.base.failure"

local selectors = {}

--- The Lua pattern of a shell's pattern: "*" any text, "?" one character, "[a-c]" and "[!a]" one of
-- several.
function selectors.pattern(glob)
  local parts, place = { "^" }, 1
  while place <= #glob do
    local character = glob:sub(place, place)
    local set, last = glob:match("^%[(!?[^%]]+)%]()", place)
    if character == "*" then
      parts[#parts + 1] = ".*"
    elseif character == "?" then
      parts[#parts + 1] = "."
    elseif set then
      parts[#parts + 1] = "[" .. set:gsub("^!", "^"):gsub("%%", "%%%%") .. "]"
      place = last - 1
    else
      parts[#parts + 1] = character:gsub("%W", "%%%0")
    end
    place = place + 1
  end
  parts[#parts + 1] = "$"
  return table.concat(parts)
end

local function lines_of(name)
  if name == "-" then
    return io.stdin:lines()
  end
  local file, words = io.open(name)
  if not file then
    failure.raise("usage", ("the selectors of %s cannot be read"):format(words))
  end
  return file:lines()
end

local function expand(list, word)
  local file = word == "-" and "-" or word:match "^@(.+)$"
  if not file then
    list[#list + 1] = word
    return
  end
  for line in lines_of(file) do
    local found = line:match "^%s*([^#%s][^%s]*)"
    if found then
      list[#list + 1] = found
    end
  end
end

local function compile(word, has_parent)
  local taken, rest = word:match "^(!?)(.*)$"
  local parent, name = rest:match "^(.-)/(.*)$"
  if not has_parent or not parent then
    parent, name = nil, rest
  end
  return {
    word = word,
    excludes = taken == "!",
    parent = parent and selectors.pattern(parent),
    name = selectors.pattern(name),
  }
end

local function holds(selector, parent, name)
  return name:find(selector.name) ~= nil and (not selector.parent or parent:find(selector.parent) ~= nil)
end

--- The compiled selectors of words; `has_parent`: the objects are in others (servers in
-- backends).
function selectors.compile(words, has_parent)
  local list, compiled = {}, {}
  for _, word in ipairs(words) do
    expand(list, word)
  end
  for i, word in ipairs(list) do
    compiled[i] = compile(word, has_parent)
  end
  return compiled
end

local function is_chosen(compiled, used, parent, name)
  local only_excludes, chosen = true, false
  for i, selector in ipairs(compiled) do
    only_excludes = only_excludes and selector.excludes
    if holds(selector, parent, name) then
      used[i] = true
      chosen = chosen or not selector.excludes
      if selector.excludes then
        return false
      end
    end
  end
  return chosen or only_excludes
end

--- The objects that are meant, in their order; `names(object)` returns the parent's name (or nil)
-- and its own. A selector that no object has raises a failure.
function selectors.choose(compiled, objects, names)
  if #compiled == 0 then
    return objects
  end
  local chosen, used = {}, {}
  for _, object in ipairs(objects) do
    local parent, name = names(object)
    if is_chosen(compiled, used, parent, name) then
      chosen[#chosen + 1] = object
    end
  end
  for i, selector in ipairs(compiled) do
    if not used[i] and not selector.excludes then
      failure.raise("nothing", ("nothing matches '%s'"):format(selector.word))
    end
  end
  return chosen
end

return selectors
