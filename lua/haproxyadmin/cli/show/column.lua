-- A column of items that are tables: `key` is where its value stands; `more` as in output.lua.

return function(key, title, more)
  local made = {
    key = key,
    title = title,
    get = function(item)
      return item[key]
    end,
  }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end
