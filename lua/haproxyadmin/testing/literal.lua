-- A value of text, numbers, booleans and tables of these, as Lua text on one line.
local function literal(value)
  if type(value) == "string" then
    return (("%q"):format(value):gsub("\n", "n"):gsub("\r", "\\r"):gsub("%z", "\\0"))
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for key, entry in pairs(value) do
    parts[#parts + 1] = ("[%s]=%s"):format(literal(key), literal(entry))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return literal
