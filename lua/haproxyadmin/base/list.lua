--- A List: a sequence of frontends, backends or servers in HAProxy's own order
-- (`#list`, `ipairs(list)`, `list[i]`).
-- @classmod haproxyadmin.List

local List = {}

local meta = { __index = List, __name = "haproxyadmin.List" }

-- Name to first object, made when a list is first asked. Beside the list, so
-- that the list holds its objects and nothing else.
local by_name = setmetatable({}, { __mode = "k" })

local function names(list)
  local map = by_name[list]
  if not map then
    map = {}
    for _, object in ipairs(list) do
      map[object.name] = map[object.name] or object
    end
    by_name[list] = map
  end
  return map
end

--- The object of this name.
-- @function List:get
-- @tparam string name
-- @return the first object so called, or nil
function List:get(name)
  return names(self)[name]
end

--- Is there an object of this name?
-- @function List:contains
-- @param name a name, or an object to compare with
-- @treturn boolean
function List:contains(name)
  if type(name) == "string" then
    return names(self)[name] ~= nil
  end
  for _, object in ipairs(self) do
    if object == name then
      return true
    end
  end
  return false
end

return function(objects)
  return setmetatable(objects, meta)
end
