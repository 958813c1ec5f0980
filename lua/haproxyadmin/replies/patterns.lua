-- What HAProxy says of maps and ACLs: the list of them, and what a look-up found.

local patterns = {}

--- The file that a name stands for: HAProxy 3.0 and later name one that need not be
-- there opt@/path, and take /path for it in every command.
function patterns.file(name)
  return (name:gsub("^opt@", ""):gsub("^file@", ""))
end

local function row(line)
  local id, file, description = line:match "^(%-?%d+) %((.-)%) (.*)$"
  if not id then
    return nil
  end
  -- A file's name may hold a bracket; it is told once more.
  local loaded = description:match "pattern loaded from file '(.*)' used by "
  local name = loaded or (file ~= "" and file) or nil
  return {
    id = tonumber(id),
    file = name and patterns.file(name),
    -- Counters of HAProxy 2.4 and later follow.
    description = description:gsub("%. curr_ver=.*$", ""),
    count = tonumber(description:match " entry_cnt=(%d+)$"),
    is_map = description:find "' used by map at " ~= nil or description:find ", by map at " ~= nil,
  }
end

--- The rows of a list's lines: {id =, file = (nil where it has none), description =,
-- count = its entries of all versions, where HAProxy (2.6 and later) says so, is_map =
-- whether a map uses it}.
function patterns.list(lines)
  local rows = {}
  for _, line in ipairs(lines) do
    rows[#rows + 1] = row(line)
  end
  return rows
end

-- "type=str, case=sensitive, found=yes, idx=tree, key="n1", value="v", type="str""
local function found(line)
  local kind, case, index, rest = line:match "^type=(%S+), case=(%S+), %a+=yes, idx=([^%s,]+)(.*)$"
  if not kind then
    return nil
  end
  local match = { type = kind, case = case, index = index }
  match.key, match.value = rest:match '^, key="(.*)", value="(.*)", type=".-"$'
  if not match.key then
    match.key = rest:match '^, %a+="(.*)"'
  end
  return match
end

--- What a look-up found, in the first of the expressions that use the list: {key =,
-- value =, type =, case =, index =}, or nil.
function patterns.match(lines)
  for _, line in ipairs(lines) do
    local match = found(line)
    if match then
      return match
    end
  end
end

return patterns
