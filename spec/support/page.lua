-- The page's files as a Lua module, so that they are installed where Lua files are.

local page = {}

page.FOLDER = "lua/haproxyadmin/web/page/"
page.FILES = { "app.css", "app.js", "index.html" }

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- A level of long brackets that the text does not have.
local function quoted(text)
  local level = "="
  while text:find("]" .. level .. "]", 1, true) do
    level = level .. "="
  end
  return ("[%s[\n%s]%s]"):format(level, text, level)
end

--- The text of the module that has the files.
function page.source()
  local pieces = { "-- Made by `make page` of the files beside it.\n\nreturn {\n" }
  for _, name in ipairs(page.FILES) do
    pieces[#pieces + 1] = ("  [%q] = %s,\n"):format(name, quoted(read(page.FOLDER .. name)))
  end
  return table.concat(pieces) .. "}\n"
end

--- Writes it.
function page.write()
  local file = assert(io.open(page.FOLDER .. "content.lua", "wb"))
  file:write(page.source())
  file:close()
end

return page
