local workers = require "haproxyadmin.replies.workers"

-- What masters print, as they were met: HAProxy 2.2 and 2.6, with an old worker; 3.2 behind
-- a reload that failed.
local with_numbers = [[
#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>
4288            master          0               3               1d02h03m04s     2.2.9-2+deb11u6
# workers
4298            worker          2               0               0d00h00m02s     2.2.9-2+deb11u6
4297            worker          1               0               0d00h00m02s     2.2.9-2+deb11u6
# old workers
4292            worker          [was: 1]        2               0d00h01m02s     2.2.9-2+deb11u6
4293            worker          [was: 2]        1               0d00h00m32s     2.2.9-2+deb11u6
# programs
4299            logger          -               0               0d00h00m02s     -
# old programs
4290            logger          -               1               0d00h00m02s     -
]]

local without = [[
#<PID>          <type>          <reloads>       <uptime>        <version>
4310            master          2 [failed: 1]   0d00h00m04s     2.6.12-1+deb12u4
# workers
4316            worker          1               0d00h00m04s     2.6.12-1+deb12u4
# old workers
4312            worker          2               0d00h00m05s     2.6.12-1+deb12u4
# programs

]]

local failed = [[
#<PID>          <type>          <reloads>       <uptime>        <version>
4402            master          2 [failed: 1]   0d00h00m05s     3.2.26-1
# workers
# old workers
4406            worker          2               0d00h00m05s     3.2.26-1
4411            worker          1               0d00h00m04s     3.2.26-1

]]

local function column(rows, name)
  local values = {}
  for i, row in ipairs(rows) do
    values[i] = row[name]
  end
  return values
end

describe("what a master tells of its processes", function()
  it("is read with numbers of the processes", function()
    local found = workers.parse(with_numbers)
    assert.same({ 4288, 3, 93784, "2.2.9-2+deb11u6" }, {
      found.master.pid,
      found.master.reloads,
      found.master.uptime,
      found.master.version,
    })
    assert.is_nil(found.master.failed)
    assert.same({ 4297, 4298, 4293, 4292 }, column(found.workers, "pid"))
    assert.same({ 1, 2, 2, 1 }, column(found.workers, "number"))
    assert.same({ true, true, false, false }, column(found.workers, "current"))
    assert.same({ 3, 3, 2, 1 }, column(found.workers, "generation"))
    assert.same({ 2, 2, 32, 62 }, column(found.workers, "uptime"))
    assert.same({ 4299, 4290 }, column(found.programs, "pid"))
    assert.same({ true, false }, column(found.programs, "current"))
    assert.same({ "logger", "logger" }, column(found.programs, "name"))
  end)

  it("is read without them", function()
    local found = workers.parse(without)
    assert.equal(1, found.master.failed)
    assert.same({ 4316, 4312 }, column(found.workers, "pid"))
    assert.same({ 1, 0 }, column(found.workers, "generation"))
    assert.same({ "2.6.12-1+deb12u4", "2.6.12-1+deb12u4" }, column(found.workers, "version"))
    assert.same({}, found.programs)
  end)

  it("has the worker that serves among the old ones, behind a reload that failed", function()
    local found = workers.parse(failed)
    assert.same({ 4411, 4406 }, column(found.workers, "pid"))
    assert.same({ true, false }, column(found.workers, "current"))
    assert.same({ 1, 0 }, column(found.workers, "generation"))
  end)

  it("is nothing else", function()
    assert.is_nil(workers.parse "Unknown command.")
    assert.is_nil(workers.parse "")
    assert.is_nil(workers.parse "#<PID> <type>\n# workers\n12 worker 0 0d00h00m01s 2.6\n")
    assert.same({}, workers.parse(failed:gsub("\n# w.*", "\n")).workers)
  end)
end)
