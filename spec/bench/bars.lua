-- bars.lua: the bars, and whether they are met. A sequence of {work, bar, measured,
-- met}; those that are held against something else have a `pair` for the picture.

local figures = require "bench.figures"

local at, seconds = figures.at, figures.seconds

-- A ratio that shall be small. `title` and `other` (words) are the picture's.
local function at_most(limit, ratio, work, title, other)
  return {
    work = work,
    bar = ("at most %.2f"):format(limit),
    measured = ("%.2f"):format(ratio),
    met = ratio <= limit,
    pair = title and { title = title, other = other, value = ratio, limit = limit },
  }
end

-- A ratio that shall be large.
local function times_faster(limit, ratio, work, title, other)
  return {
    work = work,
    bar = ("at least %d times faster"):format(limit),
    measured = (ratio < 20 and "%.1f times" or "%.0f times"):format(ratio),
    met = ratio >= limit,
    pair = { title = title, other = other, value = ratio, limit = limit },
  }
end

-- What has no bar.
local function shown(ratio, work)
  return { work = work, bar = "none", measured = ("%.2f"):format(ratio) }
end

local function of_listings(add, results)
  local ten, hundred = at(results, 10000, 4), at(results, 100000, 4)
  local function against(entry)
    return "the floor: " .. seconds(entry.floor)
  end
  local listing = "the listing by snapshot, 10,000 servers, 4 processes, whole process, against the floor, by `print`"
  local title = "name and requests of %s servers"
  add(shown(ten.ratio, listing))
  add(at_most(1.2, ten.buffered_ratio, "the same, by `io.write`", title:format "10,000", against(ten)))
  add(shown(hundred.ratio, "the same, 100,000 servers, by `print`"))
  add(
    at_most(
      1.2,
      hundred.buffered_ratio,
      "the same, 100,000 servers, by `io.write`",
      title:format "100,000",
      against(hundred)
    )
  )
  add(
    at_most(
      1.35,
      ten.columns_ratio,
      "name, status, weight, requests and address of 10,000 servers from a snapshot, by `io.write`, against the floor",
      "five columns of 10,000 servers",
      against(ten)
    )
  )
  add(at_most(1.3, hundred.peak / hundred.bytes, "the peak memory of 100,000 servers against the bytes received"))
end

local function of_values(add, results)
  for _, entry in ipairs(results.values) do
    add(
      at_most(
        1.5,
        entry.ratio,
        ("`%s` of a snapshot's server, on which 4 processes agree, against `requests`, a sum"):format(entry.column),
        entry.column .. " of a snapshot's server",
        "requests of the same"
      )
    )
  end
end

local function against_python(add, results)
  local peer = "Python: " .. seconds(results.peer.wall)
  add(
    times_faster(
      100,
      results.peer.ratio,
      "the listing by snapshot against Python's, 10,000 servers",
      "the listing by snapshot, 10,000 servers",
      peer
    )
  )
  add(
    times_faster(
      10,
      results.live.ratio,
      "the listing with live objects against Python's, 10,000 servers",
      "the listing with live objects, 10,000 servers",
      peer
    )
  )
  if results.kept.listing then
    add(
      times_faster(
        10,
        results.kept.listing.ratio,
        "the same with `keep = true`",
        "the same on kept connections",
        peer
      )
    )
  end
  add(
    times_faster(
      30,
      results.setweight.ratio,
      "`setweight` on 1,000 servers, batched, against Python's one by one",
      "setweight on 1,000 servers, batched",
      "Python: " .. seconds(results.setweight.peer)
    )
  )
end

local function against_raw(add, results)
  local property, kept = results.property, results.kept
  add(
    at_most(
      1.3,
      property.ratio,
      "one property read, 4 processes, against 4 raw round trips at once",
      "one property of a live server",
      "raw: " .. seconds(property.raw)
    )
  )
  if kept.property then
    add(
      at_most(
        1.2,
        kept.property.ratio,
        "the same with `keep = true`, against the same on raw connections that are kept",
        "the same on kept connections",
        "raw, kept: " .. seconds(kept.property.raw)
      )
    )
    add(
      at_most(
        1.3,
        kept.setweight.ratio,
        "`setweight` on 1,000 servers, one by one, with `keep = true`, against raw connections that are kept",
        "setweight one by one on kept connections",
        "raw, kept: " .. seconds(kept.setweight.raw)
      )
    )
  end
end

local function of_memory(add, results)
  local parse, sum = results.parse, results.sum
  local wanted = math.min(2e9, parse.copy / 2)
  add {
    work = "indexing a dump in memory, one core",
    bar = ("at least %.1f GB/s (2, or half the memory's, whichever is less)"):format(wanted / 1e9),
    measured = ("%.1f GB/s"):format(parse.index / 1e9),
    met = parse.index >= wanted,
  }
  add {
    work = "one metric summed over all servers of a snapshot, from Lua, the making of the list included",
    bar = "at least 5 million fields/s",
    measured = ("%.1f million/s"):format(sum.whole / 1e6),
    met = sum.whole >= 5e6,
  }
  add {
    work = "the same by `snapshot:sum`",
    bar = "faster",
    measured = ("%.1f million/s"):format(sum.sum / 1e6),
    met = sum.sum > sum.loop,
  }
end

local function of_growth(add, results)
  local function a_server(entry)
    return (entry.wall - results.load) / entry.servers
  end
  add(
    at_most(
      1.1,
      a_server(at(results, 100000, 4)) / a_server(at(results, 1000, 4)),
      "growth from 1,000 to 100,000 servers: time a server (without the start of the process), "
        .. "the larger against the smaller"
    )
  )
end

return function(results)
  local list = {}
  local function add(entry)
    list[#list + 1] = entry
  end
  of_listings(add, results)
  of_values(add, results)
  against_python(add, results)
  against_raw(add, results)
  of_memory(add, results)
  of_growth(add, results)
  return list
end
