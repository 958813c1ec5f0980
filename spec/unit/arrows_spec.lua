-- The direction of the arrows in lua/: see doc/architecture.md.

local arrows = require "spec.support.arrows"

describe("lua/", function()
  local graph = arrows.read "lua"

  it("is read whole", function()
    assert.is_truthy(graph["haproxyadmin"])
    assert.is_truthy(graph["haproxyadmin.base.check"])
    -- One requires another, and each that is required is a file.
    local count = 0
    for module, names in pairs(graph) do
      for _, name in ipairs(names) do
        local room = arrows.room(name)
        -- A name that ends in a dot is completed when the program runs.
        if room and room ~= "core" and not name:match "%.$" then
          assert.is_truthy(graph[name], module .. " requires " .. name)
          count = count + 1
        end
      end
    end
    assert.is_true(count > 50, count)
  end)

  it("has arrows that point down only", function()
    assert.same({}, arrows.problems(graph, arrows.rooms))
  end)
end)

describe("the reader of arrows", function()
  it("finds what a file requires", function()
    assert.same(
      { "a", "b.c", "d", "e", "haproxyadmin.x." },
      arrows.required [=[
        local a = require "a"
        local b = require('b.c') -- and not: require "comment"
        -- require "comment"
        --[[ require "comment"
        ]]
        local ok, d = pcall(require, "d")
        return require 'e', require("haproxyadmin.x." .. name)
      ]=]
    )
    assert.same({}, arrows.required "local required = 'require'")
  end)

  it("knows rooms", function()
    assert.equal("init", arrows.room "haproxyadmin")
    assert.equal("utils", arrows.room "haproxyadmin.utils")
    assert.equal("base", arrows.room "haproxyadmin.base.check")
    assert.equal("cli", arrows.room "haproxyadmin.cli.call")
    assert.equal("cli.show", arrows.room "haproxyadmin.cli.show.table")
    assert.is_nil(arrows.room "socket.unix")
    assert.is_nil(arrows.room "haproxyadmins.base")
  end)
end)

describe("the checker of arrows", function()
  local rooms = { low = {}, middle = { "low" }, high = { "low", "middle" }, beside = { "low" } }

  local function problems(graph)
    local named = {}
    for module, list in pairs(graph) do
      local names = {}
      for i, name in ipairs(list) do
        names[i] = "haproxyadmin." .. name
      end
      named["haproxyadmin." .. module] = names
    end
    local found = arrows.problems(named, rooms)
    for i, text in ipairs(found) do
      found[i] = text:gsub("haproxyadmin%.", "")
    end
    return found
  end

  it("takes arrows that point down, and within a room", function()
    assert.same({}, problems { ["high.a"] = { "high.b", "middle.a", "low.a" }, ["high.b"] = { "low.a" } })
    assert.same({}, problems { ["middle.a"] = { "low.a" }, ["beside.a"] = { "low.a" }, ["low.a"] = {} })
    assert.same({}, arrows.problems({ ["haproxyadmin.low.a"] = { "socket" } }, rooms))
  end)

  it("finds an arrow that points up", function()
    assert.same(
      { "low.a requires middle.b: not from low to middle" },
      problems { ["low.a"] = { "middle.b" }, ["middle.b"] = {} }
    )
  end)

  it("finds an arrow to a room beside", function()
    assert.same({ "high.a requires beside.a: not from high to beside" }, problems { ["high.a"] = { "beside.a" } })
  end)

  it("finds a room that nobody knows", function()
    assert.same({ "attic.a: no room is called attic" }, problems { ["attic.a"] = { "low.a" } })
    assert.same({ "low.a requires attic.a: not from low to attic" }, problems { ["low.a"] = { "attic.a" } })
  end)

  it("finds circles, each once", function()
    assert.same({ "a circle: low.a -> low.a" }, problems { ["low.a"] = { "low.a" } })
    assert.same(
      { "a circle: low.a -> low.b -> low.c -> low.a" },
      problems { ["low.a"] = { "low.b" }, ["low.b"] = { "low.c" }, ["low.c"] = { "low.a" }, ["low.d"] = { "low.b" } }
    )
    assert.same(
      { "a circle: low.b -> low.c -> low.b" },
      problems { ["low.a"] = { "low.b" }, ["low.b"] = { "low.c" }, ["low.c"] = { "low.b" } }
    )
  end)
end)
