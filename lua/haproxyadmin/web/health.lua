-- /healthz: does any process answer? Whoever asks learns which does not.

local health = {}

-- Seconds.
local LONGEST = 5

--- The handler of a site.
function health.new(site)
  return function()
    local taken, err = site.reading:get(site.now() + LONGEST)
    local headers = { ["content-type"] = "text/plain; charset=utf-8" }
    if not taken then
      return 503, headers, err.message .. "\n"
    end
    local failed, missed = taken.snapshot.failed, taken.missed
    local answering = #taken.snapshot:processes()
    local lines = { ("%d of %d processes answer"):format(answering, answering + #failed + #missed) }
    for _, list in ipairs { failed, missed } do
      for _, entry in ipairs(list) do
        lines[#lines + 1] = entry[2].message
      end
    end
    return 200, headers, table.concat(lines, "\n") .. "\n"
  end
end

return health
