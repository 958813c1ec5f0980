-- Which module requires which, and whether that may be.

local arrows = {}

-- Rooms are folders of lua/haproxyadmin and of its cli, or single files there; what a room's
-- modules may require beside each other.
arrows.rooms = {
  core = {}, -- the C module
  errors = {},
  base = { "core", "errors" },
  transport = { "core", "errors", "base" },
  commands = { "core", "errors", "base" },
  replies = { "core", "errors", "base" },
  runtime = { "core", "errors", "base", "commands", "replies" },
  state = { "core", "errors", "base", "commands", "replies", "runtime" },
  objects = { "core", "errors", "base", "commands", "replies", "runtime", "state", "transport" },
  utils = { "core", "errors", "base", "commands", "replies", "runtime", "objects" },
  testing = { "core", "errors", "base", "transport" },
  init = { "core", "errors", "base", "objects", "utils" },
  web = { "core", "errors", "base", "replies", "transport", "init" }, -- what `haproxyadmin serve` serves
  top = { -- `haproxyadmin top`
    "core",
    "errors",
    "base",
    "replies",
    "transport",
    "objects",
    "init",
    "cli.base",
    "cli.items",
    "cli.show",
    "cli.change",
  },
  cli = { "base", "errors", "init", "cli.base", "cli.words", "cli.sockets", "cli.show" }, -- the program
  ["cli.base"] = { "core", "base", "transport" },
  ["cli.words"] = { "core", "cli.base", "cli.sockets", "cli.nouns", "init" },
  ["cli.sockets"] = { "core", "transport", "cli.base" },
  ["cli.show"] = { "core", "base", "cli.base" },
  ["cli.items"] = { "core", "base", "cli.base", "cli.show" },
  ["cli.change"] = { "core", "errors", "base", "replies", "cli.base" },
  ["cli.verbs"] = { "core", "base", "init", "cli.base", "cli.show", "cli.items", "cli.change" },
  ["cli.nouns"] = {
    "core",
    "errors",
    "base",
    "transport",
    "init",
    "web",
    "top",
    "cli.base",
    "cli.words",
    "cli.show",
    "cli.items",
    "cli.change",
    "cli.verbs",
  },
}

--- The room of a module, "init" for the module itself, "cli.show" for one of the program's; nil for those of others.
function arrows.room(module)
  if module == "haproxyadmin" then
    return "init"
  end
  return module:match "^haproxyadmin%.(cli%.[^.]+)%." or module:match "^haproxyadmin%.([^.]+)"
end

-- Comments say `require` too.
local function without_comments(source)
  return (source:gsub("%-%-%[(=*)%[.-%]%1%]", ""):gsub("%-%-[^\n]*", ""))
end

--- The modules that a source text requires by name, in order.
function arrows.required(source)
  local names = {}
  for name in without_comments(source):gmatch "require%s*[,(]?%s*[\"']([^\"']+)[\"']" do
    names[#names + 1] = name
  end
  return names
end

local function set(list)
  local found = {}
  for _, name in ipairs(list or {}) do
    found[name] = true
  end
  return found
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function misdirected(graph, rooms, problems)
  for _, module in ipairs(sorted_keys(graph)) do
    local from = arrows.room(module)
    local allowed = set(rooms[from])
    if not rooms[from] then
      problems[#problems + 1] = ("%s: no room is called %s"):format(module, tostring(from))
    end
    for _, name in ipairs(graph[module]) do
      local to = arrows.room(name)
      if to and rooms[from] and to ~= from and not allowed[to] then
        problems[#problems + 1] = ("%s requires %s: not from %s to %s"):format(module, name, from, to)
      end
    end
  end
end

-- Walks on from `module`; `path` holds the modules on the way there.
local function walk(graph, module, path, done, problems)
  for i, name in ipairs(path) do
    if name == module then
      problems[#problems + 1] = "a circle: " .. table.concat(path, " -> ", i) .. " -> " .. module
      return
    end
  end
  if done[module] or not graph[module] then
    return
  end
  path[#path + 1] = module
  for _, name in ipairs(graph[module]) do
    walk(graph, name, path, done, problems)
  end
  path[#path] = nil
  done[module] = true
end

--- What is wrong with a graph {[module] = {required, ...}}: a sequence of
-- sentences, empty where nothing is.
function arrows.problems(graph, rooms)
  local problems = {}
  misdirected(graph, rooms, problems)
  local done = {}
  for _, module in ipairs(sorted_keys(graph)) do
    walk(graph, module, {}, done, problems)
  end
  return problems
end

--- The graph of the Lua files below a folder.
function arrows.read(folder)
  local graph = {}
  local pipe = assert(io.popen(("cd '%s' && find haproxyadmin -name '*.lua'"):format(folder)))
  for path in pipe:lines() do
    local file = assert(io.open(folder .. "/" .. path))
    local module = path:gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    graph[module] = arrows.required(file:read "*a")
    file:close()
  end
  pipe:close()
  return graph
end

return arrows
