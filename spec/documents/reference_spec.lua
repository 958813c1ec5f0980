-- The reference (LDoc) and the editors' definitions (LuaLS) say what the module
-- has: all of it, and nothing else.

local batch = require "haproxyadmin.objects.batch"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local new_list = require "haproxyadmin.base.list"
local new_plan = require "haproxyadmin.objects.plan"
local new_sync_plan = require "haproxyadmin.objects.sync_plan"
local new_process = require "haproxyadmin.objects.process"
local testing = require "haproxyadmin.testing"

local definitions = class.definitions

local common = { Frontend = true, Backend = true, Server = true }

local function functions_of(object)
  local found = {}
  for key, value in pairs(object) do
    if type(value) == "function" then
      found[key] = true
    end
  end
  return found
end

local function keys_of(object)
  local found = {}
  for key in pairs(object) do
    found[key] = true
  end
  return found
end

-- The commands that a batch has, found by asking it for each that there is.
local function batch_methods()
  local found = {}
  assert(batch.run({}, { processes = {}, retry = false }, function(collected)
    for _, name in ipairs { "HAProxy", "Frontend", "Backend", "Server", "StickTable" } do
      for method in pairs(definitions[name].methods) do
        if pcall(function()
          return collected[method]
        end) then
          found[method] = true
        end
      end
    end
  end))
  return found
end

-- The transports that have more than what all have, which is documented with
-- the native one. nginx's is loaded as if this were nginx.
local function add_transports(classes)
  local native = require "haproxyadmin.transport.native"
  classes.native = { methods = functions_of(native), properties = {} }
  local host = rawget(_G, "ngx")
  rawset(_G, "ngx", { socket = {} })
  for _, name in ipairs { "luasocket", "ngx" } do
    local methods = functions_of(require("haproxyadmin.transport." .. name))
    for common_name in pairs(functions_of(native)) do
      assert(methods[common_name])
      methods[common_name] = nil
    end
    classes[name] = { methods = methods, properties = {} }
  end
  rawset(_G, "ngx", host)
  package.loaded["haproxyadmin.transport.ngx"] = nil
  for _, name in ipairs { "stepped", "stream" } do
    assert.is_function(require("haproxyadmin.transport." .. name))
    classes[name] = { methods = { [name] = true }, properties = {} }
  end
end

-- What the module really has: class -> {methods, properties}.
local function real()
  local classes = {}
  for name, definition in pairs(definitions) do
    classes[name] = { methods = functions_of(definition.methods), properties = keys_of(definition.properties) }
  end
  local process = new_process({}, { nb = 1, address = "/a", generation = 0, name = "a" }, 1)
  local fields = keys_of(process)
  fields._process = nil
  classes.Process = { methods = functions_of(getmetatable(process).__index), properties = fields }
  classes.List = { methods = functions_of(getmetatable(new_list {}).__index), properties = {} }
  local plan = new_plan({}, 0)
  classes.Plan = { methods = functions_of(getmetatable(plan).__index), properties = keys_of(plan) }
  classes.TableEntry = {
    methods = functions_of(core.metatable("haproxyadmin.TableEntry").methods),
    -- The others are named by the table.
    properties = { key = true, process_nb = true, exp = true, use = true, shard = true },
  }
  local sync_plan = new_sync_plan {
    mode = "diff",
    added = 0,
    changed = 0,
    deleted = 0,
    kept = 0,
    exchanges = 0,
    processes = {},
  }
  classes.SyncPlan = { methods = functions_of(getmetatable(sync_plan).__index), properties = keys_of(sync_plan) }
  classes.Rows = { methods = functions_of(core.metatable("haproxyadmin.Rows").methods), properties = {} }
  classes.Batch = { methods = batch_methods(), properties = {} }
  -- The fields of an error are set where it is made: these are documented.
  classes.Error = {
    methods = functions_of(getmetatable(errors.new("ValueError", "failed", "")).__index),
    properties = {
      name = true,
      message = true,
      code = true,
      socket_file = true,
      file = true,
      line = true,
      command = true,
      results = true,
      cause = true,
      report = true,
      outcomes = true,
      plan = true,
      rollback = true,
    },
  }
  local fields_of_module = keys_of(haproxyadmin)
  local methods_of_module = functions_of(haproxyadmin)
  for name in pairs(methods_of_module) do
    fields_of_module[name] = nil
  end
  classes.haproxyadmin = { methods = methods_of_module, properties = fields_of_module }
  classes.errors = { methods = functions_of(haproxyadmin.errors), properties = {} }
  classes.utils = { methods = functions_of(haproxyadmin.utils), properties = {} }
  classes.testing = { methods = functions_of(testing), properties = {} }
  local fake = testing.start()
  classes.Fake = {
    methods = functions_of(getmetatable(fake).__index),
    -- The others are its own.
    properties = { address = fake.address and true, pid = fake.pid and true },
  }
  fake:stop()
  add_transports(classes)
  return classes
end

local function add(documented, name)
  documented[name] = documented[name] or { methods = {}, properties = {} }
  return documented[name]
end

-- What three classes have in common is documented once.
local function spread(documented)
  local shared = documented.Object
  documented.Object = nil
  for name in pairs(common) do
    for _, what in ipairs { "methods", "properties" } do
      for key, value in pairs(shared[what]) do
        add(documented, name)[what][key] = value
      end
    end
  end
  return documented
end

local function in_reference()
  local ok, text = haproxy.shell(
    'LUA_PATH="$PWD/spec/support/?.lua;;" ldoc -q -c doc/config.ld --filter ldoc_items.print .'
  )
  assert(ok, text)
  local documented = {}
  for module, kind, item, params in text:gmatch "([%w.]+)\t(%l+)\t([%w_.:]+)\t([%w_,]*)\n" do
    local class_name = item:match "^(Error)[:.]" or item:match "^(Fake)[:.]" or module:match "[%w_]+$"
    local name = item:match "[%w_]+$"
    local entry = add(documented, class_name)
    if kind == "function" then
      entry.methods[name] = params
    else
      entry.properties[name] = true
    end
  end
  return spread(documented)
end

-- Classes of the definitions that say what tables look like.
local shapes = {
  "CallOptions",
  "MetricOptions",
  "RescanOptions",
  "SnapshotOptions",
  "NewServer",
  "NewBackend",
  "DelServerOptions",
  "RollManyOptions",
  "BatchOptions",
  "SaveOptions",
  "DocumentOptions",
  "EnsureOptions",
  "ExpositionOptions",
  "OtherFamiliesOptions",
  "JsonOptions",
  "BackendFields",
  "ServerFields",
  "ServerStateOptions",
  "StateOptions",
  "StateTable",
  "WaitOptions",
  "UpdateOptions",
  "CertificateOptions",
  "CrtListAddOptions",
  "EventsOptions",
  "CrtListEntry",
  "DrainOptions",
  "ObjectChange",
  "Reload",
  "WatchOptions",
  "RollOptions",
  "RollReport",
  "LoadOptions",
  "MasterOptions",
  "ReloadResult",
  "Program",
  "SyncOptions",
  "SessionOptions",
  "ShutdownOptions",
  "ErrorClass",
  "Address",
  "Behaviour",
  "Connection",
  "Driver",
  "FakeOptions",
  "Request",
  "TlsOptions",
  "Waiter",
}

local function definition_files()
  local _, text = haproxy.shell "ls doc/luals/*.lua"
  return text:gmatch "[^\n]+"
end

local function in_definitions()
  local documented = {}
  local current
  for file in definition_files() do
    for line in io.lines(file) do
      local class_name = line:match "^%-%-%-@class ([%w.]+)"
      local field = line:match "^%-%-%-@field ([%w_]+)"
      local owner, name, params = line:match "^function (%w+)[:.]([%w_]+)%(([%w_, ]*)%)"
      if not owner then
        owner, params = line:match "^local function (%w+)%(([%w_, ]*)%)"
        name = owner
      end
      if class_name then
        current = class_name:match "%w+$"
        add(documented, current)
      elseif field then
        add(documented, current).properties[field] = true
      elseif owner then
        add(documented, owner).methods[name] = params:gsub(" ", "")
      end
    end
  end
  for _, name in ipairs(shapes) do
    documented[name] = nil
  end
  return spread(documented)
end

local function names(map)
  local list = {}
  for name in pairs(map) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

local function all_names(classes)
  local found = {}
  for name, entry in pairs(classes) do
    found[name] = { methods = names(entry.methods), properties = names(entry.properties) }
  end
  return found
end

local function without_options(params)
  return (params:gsub(",?options$", ""))
end

describe("The reference", function()
  it("has every method, property and function, and no others", function()
    assert.same(all_names(real()), all_names(in_reference()))
  end)

  it("has every module that has documents", function()
    local _, text = haproxy.shell "cd lua && grep -rlE '^-- @(class)?mod(ule)? ' haproxyadmin | sort"
    local _, config = haproxy.shell "sed -n 's!^  \"../lua/\\(.*\\)\",!\\1!p' doc/config.ld | sort"
    assert.truthy(text:find("haproxyadmin/testing.lua\n", 1, true))
    assert.equal(text, config)
  end)

  it("is made without a warning", function()
    local dir = haproxy.temporary_folder()
    local ok, text = haproxy.shell("ldoc -q --fatalwarnings -c doc/config.ld -d " .. dir .. " .")
    local _, index = haproxy.shell("cat " .. dir .. "/index.html")
    haproxy.shell("rm -rf " .. dir)
    assert.is_true(ok, text)
    assert.truthy(index:find("haproxyadmin.HAProxy", 1, true))
  end)
end)

describe("The editors' definitions", function()
  local documented = in_definitions()
  local options = documented.Options
  documented.Options = nil

  it("have every method, property and function, and no others", function()
    assert.same(all_names(real()), all_names(documented))
  end)

  it("have the parameters of the reference", function()
    local reference = in_reference()
    for name, entry in pairs(documented) do
      for method, params in pairs(entry.methods) do
        -- `options` of HAProxy{} is its argument.
        local shown = name .. "." .. method .. ": "
        local expected = without_options(reference[name].methods[method])
        assert.equal(shown .. expected, shown .. without_options(params))
      end
    end
  end)

  it("have the options that HAProxy takes", function()
    local _, err = haproxyadmin.HAProxy { bogus = 1, die = false }
    local known = {}
    for option in err.message:match("known: ([^)]*)"):gmatch "[%w_]+" do
      known[option] = true
    end
    assert.same(names(known), names(options.properties))
  end)

  it("are Lua", function()
    for file in definition_files() do
      assert(loadfile(file))
    end
  end)

  it("are found under the names that `require` takes", function()
    for file in definition_files() do
      local name = file:match "([%w.]+)%.lua$"
      assert.equal("---@meta " .. name, io.lines(file)())
      assert.truthy(io.open("lua/" .. name:gsub("%.", "/") .. ".lua") or name == "haproxyadmin", name)
    end
  end)
end)
