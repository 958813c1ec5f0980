local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises, answers, times = assertions.raises, assertions.answers, assertions.times

describe("ACLs and maps", function()
  local farm, hap, acl, map

  setup(function()
    farm = haproxy.start { processes = 3 }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    acl = farm.dir .. "/blocked.acl"
    map = farm.dir .. "/sites.map"
  end)

  teardown(function()
    farm:stop()
  end)

  before_each(function()
    for _, process in ipairs(hap:processes()) do
      process:command("clear map " .. map)
      process:command("clear acl " .. acl)
      process:command(("add map %s one first"):format(map))
      process:command(("add map %s two second"):format(map))
      process:command(("add acl %s /blocked"):format(acl))
    end
  end)

  local function entries(lines)
    local found = {}
    for i, line in ipairs(lines) do
      found[i] = line:gsub("^0x%x+ ", "")
    end
    return found
  end

  -- A map's entries in each process.
  local function in_every_process(what, id)
    local found = {}
    for i, answer in ipairs(answers(hap, ("show %s %s"):format(what, id))) do
      found[i] = answer:gsub("0x%x+ ", "")
    end
    return found
  end

  local function id_of(what, file)
    for _, line in ipairs(hap["show_" .. what](hap)) do
      local id, name = line:match "^(%d+) %((.-)%)"
      if name == file then
        return tonumber(id)
      end
    end
  end

  it("are listed", function()
    assert.equal("# id (file) description", hap:show_map()[1])
    assert.equal("# id (file) description", hap:show_acl()[1])
    assert.is_number(id_of("map", map))
    assert.is_number(id_of("acl", acl))
  end)

  it("are named by file and by id", function()
    local id = id_of("map", map)
    for _, name in ipairs { map, id, tostring(id), "#" .. id } do
      assert.same({ "one first", "two second" }, entries(hap:show_map(name)))
    end
    assert.same({ "/blocked" }, entries(hap:show_acl(id_of("acl", acl))))
  end)

  it("may be empty", function()
    assert.is_true(hap:clear_map(map))
    assert.same({}, hap:show_map(map))
    assert.is_true(hap:clear_acl(acl))
    assert.same({}, hap:show_acl(acl))
    assert.same(times(3, ""), in_every_process("acl", acl))
  end)

  it("are looked up", function()
    assert.matches("found=yes.*value=\"first\"", hap:get_map(map, "one"))
    assert.matches("found=no", hap:get_map(map, "three"))
    assert.matches("match=yes", hap:get_acl(acl, "/blocked"))
    assert.matches("match=no", hap:get_acl(acl, "/open"))
  end)

  it("change in every process", function()
    assert.is_true(hap:add_map(map, "three", "third"))
    assert.same(times(3, "one first\ntwo second\nthree third"), in_every_process("map", map))
    assert.is_true(hap:set_map(map, "one", "1st"))
    assert.is_true(hap:del_map(map, "two"))
    assert.same(times(3, "one 1st\nthree third"), in_every_process("map", map))
    assert.is_true(hap:add_acl(acl, "/more"))
    assert.is_true(hap:del_acl(acl, "/blocked"))
    assert.same(times(3, "/more"), in_every_process("acl", acl))
    assert.is_true(hap:add_map(map, 5, 6))
    assert.matches('value="6"', hap:get_map(map, 5))
  end)

  it("lose all entries of a key at once", function()
    for _ = 1, 5 do
      assert.is_true(hap:add_map(map, "many", "x"))
      assert.is_true(hap:add_acl(acl, "/many"))
    end
    assert.is_true(hap:del_map(map, "many"))
    assert.same(times(3, "one first\ntwo second"), in_every_process("map", map))
    assert.is_true(hap:del_acl(acl, "/many"))
    assert.same(times(3, "/blocked"), in_every_process("acl", acl))
  end)

  it("name an entry by its reference, in every process", function()
    hap:processes()[2]:command(("add map %s first other"):format(map))
    hap:processes()[2]:command(("del map %s first"):format(map))
    for _ = 1, 3 do
      assert.is_true(hap:add_map(map, "same", "same"))
    end
    local lines = hap:show_map(map)
    assert.is_true(hap:set_map(map, lines[4]:match "^%S+", "changed"))
    assert.same(
      times(3, "one first\ntwo second\nsame same\nsame changed\nsame same"),
      in_every_process("map", map)
    )
    assert.is_true(hap:del_map(map, lines[3]:match "^%S+"))
    assert.is_true(hap:del_map(map, lines[1]:match "^%S+"))
    assert.same(times(3, "two second\nsame changed\nsame same"), in_every_process("map", map))
    assert.is_true(hap:del_acl(acl, (hap:show_acl(acl)[1]:match "^%S+")))
    assert.same(times(3, ""), in_every_process("acl", acl))
    raises("CommandFailed", "not_found", hap.del_map, hap, map, "0x1")
    raises("CommandFailed", "not_found", hap.set_map, hap, map, "0x1", "v")
  end)

  it("say when processes differ", function()
    hap:processes()[2]:command(("add map %s extra x"):format(map))
    local err = raises("InconsistentData", "inconsistent", hap.show_map, hap, map)
    assert.matches("extra x", err.results[2][2])
    raises("InconsistentData", "inconsistent", hap.get_map, hap, map, "extra")
    err = raises("MultipleCommandResults", "inconsistent", hap.del_map, hap, map, "extra")
    assert.same({ false, true, false }, { err.results[1].ok, err.results[2].ok, err.results[3].ok })
    assert.equal("not_found", err.results[1].code)
    assert.same({ "one first", "two second" }, entries(hap:show_map(map)))
  end)

  it("do not mind another order", function()
    local second = hap:processes()[2]
    second:command(("del map %s one"):format(map))
    second:command(("add map %s one first"):format(map))
    assert.same({ "one first", "two second" }, entries(hap:show_map(map)))
  end)

  it("pass HAProxy's refusals on", function()
    raises("CommandFailed", "not_found", hap.show_map, hap, "/nosuch")
    raises("CommandFailed", "not_found", hap.show_acl, hap, 4711)
    raises("CommandFailed", "not_found", hap.get_map, hap, "/nosuch", "x")
    raises("CommandFailed", "not_found", hap.get_acl, hap, "/nosuch", "x")
    raises("CommandFailed", "not_found", hap.add_map, hap, "/nosuch", "x", "y")
    raises("CommandFailed", "not_found", hap.add_acl, hap, "/nosuch", "x")
    raises("CommandFailed", "not_found", hap.clear_map, hap, "/nosuch")
    raises("CommandFailed", "not_found", hap.clear_acl, hap, "/nosuch")
    raises("CommandFailed", "not_found", hap.set_map, hap, map, "nosuch", "x")
    local err = raises("CommandFailed", "not_found", hap.del_map, hap, map, "nosuch")
    assert.equal(("del map %s nosuch"):format(map), err.command)
    assert.equal(3, #err.results)
    raises("CommandFailed", "not_found", hap.del_acl, hap, acl, "nosuch")
  end)

  it("want arguments of the right kind", function()
    for _, wrong in ipairs { "", -1, 1.5, true } do
      raises("ValueError", "bad_argument", hap.show_map, hap, wrong)
      raises("ValueError", "bad_argument", hap.clear_acl, hap, wrong)
      raises("ValueError", "bad_argument", hap.del_map, hap, wrong, "key")
    end
    raises("ValueError", "bad_argument", hap.add_map, hap, map, "key")
    raises("ValueError", "bad_argument", hap.add_map, hap, map, nil, "value")
    raises("ValueError", "bad_argument", hap.add_map, hap)
    raises("ValueError", "bad_argument", hap.add_acl, hap, acl)
    raises("ValueError", "bad_argument", hap.get_map, hap, map)
    raises("ValueError", "bad_argument", hap.set_map, hap, map, "one")
    raises("ValueError", "bad_argument", hap.del_acl, hap, acl)
    raises("ValueError", "bad_argument", hap.show_map, hap, "@1")
  end)
end)
