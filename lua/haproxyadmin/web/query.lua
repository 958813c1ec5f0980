-- The query of a URL: `a=1&b=two` as pairs.

local query = {}

local function unescape(text)
  if text:gsub("%%%x%x", ""):find("%", 1, true) then
    return nil
  end
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- The pairs of a query in its order, a sequence of `{name, value}`; the value is nil
-- where there is no `=`. Nil where it is not well-formed: a second `=` in a pair, no name,
-- or something else than two digits behind a per cent sign.
function query.pairs(text)
  local found = {}
  for part in text:gmatch "[^&]+" do
    local name, value = part:match "^([^=]+)=([^=]*)$"
    name = unescape(name or part:match "^[^=]+$" or "%")
    if value then
      value = unescape(value)
      name = value and name
    end
    if not name then
      return nil
    end
    found[#found + 1] = { name, value }
  end
  return found
end

return query
