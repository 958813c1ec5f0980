-- What the classes of HAProxy's stores share: Certificate, CaFile, CrlFile. An object is
-- a file's name and the processes that had it when it was listed.

local handle = require "haproxyadmin.objects.handle"
local new_list = require "haproxyadmin.base.list"
local pem = require "haproxyadmin.base.pem"
local replace = require "haproxyadmin.runtime.replace"
local run = require "haproxyadmin.runtime.run"
local stores = require "haproxyadmin.runtime.stores"

local store = {}

local function new_object(context, make, file, processes)
  return make(context, { _file = file, _identity = file, _processes = processes })
end

--- One object for each file, in HAProxy's order. `readings`: {process =, names =} of each
-- process; `make` is what makes an object.
function store.objects(context, make, readings)
  local list, processes = {}, {}
  for _, reading in ipairs(readings) do
    for _, name in ipairs(reading.names) do
      if not processes[name] then
        processes[name] = {}
        list[#list + 1] = new_object(context, make, name, processes[name])
      end
      table.insert(processes[name], reading.process)
    end
  end
  return new_list(list)
end

--- The object's name.
function store.name(self)
  return self._file
end

--- The numbers of the processes that had the object's file when it was listed.
function store.process_nb(self)
  local numbers = {}
  for i, process in ipairs(self._processes) do
    numbers[i] = process.nb
  end
  return numbers
end

-- A value as text, for comparison: tables by what they hold.
local function as_text(value)
  if type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = ("%s=%s"):format(tostring(key), as_text(item))
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ";") .. "}"
end

--- The value of a field on which all processes agree.
function store.agreed(records, field)
  local value = records[1][field]
  for i = 2, #records do
    if as_text(records[i][field]) ~= as_text(value) then
      local values = {}
      for j, record in ipairs(records) do
        values[j] = { record.process_nb, record[field] }
      end
      return handle.disagreement(values, field)
    end
  end
  return value
end

--- Had the process the object's file when it was listed?
function store.has(self, process)
  for _, own in ipairs(self._processes) do
    if own == process then
      return true
    end
  end
  return false
end

-- A command on the object's file in the processes that have it.
local function command(name, self, context, options)
  return run.command(context, options, name, function(process)
    return store.has(self, process) and { file = self._file } or nil
  end)
end

local function one(context, kind, make, file)
  local ok, err = stores.check_file("file", file)
  if not ok then
    return nil, err
  end
  local readings
  readings, err = stores.read(context, kind)
  if not readings then
    return nil, err
  end
  local found = store.objects(context, make, readings):get(file)
  if not found then
    return stores.not_found(kind, file)
  end
  return found
end

local function new(context, options, kind, make, file, blocks)
  local ok, err = stores.check_file("file", file)
  if ok then
    ok, err = replace.new(context, options, kind, file, blocks)
  end
  if not ok then
    return nil, err
  end
  local processes = {}
  for i, process in ipairs(context.processes) do
    processes[i] = process
  end
  return new_object(context, make, file, processes)
end

--- What the classes and methods of a store are made of. `kind`: HAProxy's word for a file
-- of it; `wanted`: what PEM it takes, as pem.check does; `parse(lines)`: what HAProxy says
-- of one, as a record. `make` is set when the class is made.
function store.of(kind, wanted, parse)
  local self = {}

  function self.details(object, context)
    return stores.details(context, kind, object._file, parse, object._processes)
  end

  function self.field(name)
    return function(object, context)
      local records, err = self.details(object, context)
      if not records then
        return nil, err
      end
      return store.agreed(records, name)
    end
  end

  function self.update(object, context, options, text)
    local blocks, err = pem.check("pem", text, wanted)
    if not blocks then
      return nil, err
    end
    local processes
    processes, err = replace.file(context, options, kind, object._file, blocks)
    if not processes then
      return nil, err
    end
    object._processes = processes
    return true
  end

  -- A command of its own on an object's file.
  function self.command(name)
    return function(object, context, options)
      return command(name, object, context, options)
    end
  end

  function self.all(_, context)
    local readings, err = stores.read(context, kind)
    return readings and store.objects(context, self.make, readings), err
  end

  function self.one(_, context, _, file)
    return one(context, kind, self.make, file)
  end

  function self.new(_, context, options, file, text)
    local blocks, err
    if text ~= nil then
      blocks, err = pem.check("pem", text, wanted)
      if not blocks then
        return nil, err
      end
    end
    return new(context, options, kind, self.make, file, blocks)
  end

  return self
end

return store
