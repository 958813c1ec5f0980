-- The word that somebody may have meant.

local similar = {}

-- How many letters differ, where one added, one left out, one changed and two exchanged
-- count as one each.
local function distance(a, b)
  local rows = { [0] = {} }
  for j = 0, #b do
    rows[0][j] = j
  end
  for i = 1, #a do
    rows[i] = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local best = math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        best = math.min(best, rows[i - 2][j - 2] + 1)
      end
      rows[i][j] = best
    end
  end
  return rows[#a][#b]
end

-- Longer words are nobody's slip, and their distance takes long.
local LONGEST = 40

--- The one of `names` that is most like `word`, or nil where none is.
function similar.find(names, word)
  if #word > LONGEST then
    return nil
  end
  local best, least
  for _, name in ipairs(names) do
    local found = distance(name, word)
    if found <= math.max(1, math.floor(#name / 3)) and (not least or found < least) then
      best, least = name, found
    end
  end
  return best
end

--- A word of the caller's for a message: short, and nothing in it that a terminal obeys.
function similar.quote(word)
  local shown = #word > 60 and word:sub(1, 60) .. "..." or word
  return "'" .. shown:gsub("%c", "?") .. "'"
end

return similar
