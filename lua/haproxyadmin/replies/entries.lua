-- The entries of a map's or an ACL's dump: a reference, a key, and a map's value.

local entries = {}

--- What two dumps of equal entries share: their references differ between processes,
-- and so may their order, where several clients wrote at once.
function entries.fingerprint(list)
  local plain = {}
  for i, entry in ipairs(list) do
    plain[i] = entry:gsub("^0x%x+ ", "")
  end
  table.sort(plain)
  return table.concat(plain, "\n")
end

--- Which one of the equal entries of its process a reference names: the entry without
-- the reference, and its place among its equals; nil where it is not there.
function entries.find_reference(list, reference)
  local equals = {}
  for _, line in ipairs(list) do
    local pointer, entry = line:match "^(0x%x+) (.*)$"
    if pointer then
      equals[entry] = (equals[entry] or 0) + 1
      if pointer == reference then
        return entry, equals[entry]
      end
    end
  end
end

--- The reference of the entry that stands at this place among its equals.
function entries.reference_of(list, wanted, place)
  for _, line in ipairs(list) do
    local pointer, entry = line:match "^(0x%x+) (.*)$"
    if entry == wanted then
      place = place - 1
      if place == 0 then
        return pointer
      end
    end
  end
end

--- How many entries may be of a key. A dump does not tell where a key with blanks
-- ends, so that one of another key may be counted.
function entries.count(list, key)
  local count = 0
  for _, line in ipairs(list) do
    local entry = line:match "^0x%x+ (.*)$"
    if entry and (entry == key or entry:sub(1, #key + 1) == key .. " ") then
      count = count + 1
    end
  end
  return count
end

return entries
