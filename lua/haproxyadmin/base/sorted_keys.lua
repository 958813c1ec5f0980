-- The keys of a table in their order: `pairs` has none, and what is told or sent has to be
-- the same each time.

return function(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end
