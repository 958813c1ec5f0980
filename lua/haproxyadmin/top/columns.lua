-- Columns: what a table shows of an object.
--
-- A column is a table: `id`; `title`; `width` in cells, of a text the least; `left`: a text that
-- may take more; `keep`: how long it stays where there is little room (1: to the end);
-- `hidden`: until somebody asks for it; `value(reading, object)`: what rows are sorted by, a
-- number or a text or nil; `show(value, reading, object)`: what stands in the cell, and its
-- style (default: the value itself).

local core = require "haproxyadmin.core"
local format = require "haproxyadmin.top.format"

local columns = {}

local NONE = "–"

local function shown_by(write)
  return function(value)
    if value == nil then
      return NONE, "dim"
    end
    return write(value), value == 0 and "dim" or "plain"
  end
end

local formats = {
  count = shown_by(format.count),
  rate = shown_by(format.rate),
  bytes = shown_by(format.bytes),
  ms = shown_by(format.milliseconds),
  duration = shown_by(format.duration),
}

-- A number of `show stat`; `rule`: another way to make one of several.
local function number(id, title, width, keep, metric, as, rule)
  return {
    id = id,
    title = title,
    width = width,
    keep = keep,
    value = function(reading, object)
      return reading:number(object, metric, rule)
    end,
    show = formats[as or "count"],
  }
end

-- What a counter grows by a second; the first of them that there is.
local function rate(id, title, width, keep, counters, as)
  return {
    id = id,
    title = title,
    width = width,
    keep = keep,
    value = function(reading, object)
      for _, name in ipairs(counters) do
        local found = reading:has(object, name) and reading:rate(object, name)
        if found then
          return found
        end
      end
      return nil
    end,
    show = formats[as or "rate"],
  }
end

local function alarming(column)
  local show = column.show
  column.show = function(value, ...)
    local text, style = show(value, ...)
    return text, value and value > 0 and "red" or style
  end
  return column
end

local function optional(column)
  column.hidden = true
  return column
end

-- A text on which the processes agree, or not.
local function text(id, title, width, keep, metric)
  return {
    id = id,
    title = title,
    width = width,
    left = true,
    keep = keep,
    value = function(reading, object)
      local found, disagreed = reading:agreed(object, metric)
      return disagreed and "differs" or found
    end,
    show = function(value, reading, object)
      local _, disagreed = reading:agreed(object, metric)
      return value or NONE, disagreed and "yellow" or value and "plain" or "dim"
    end,
  }
end

local function name_of(object)
  return core.name(object)
end

local function name(title, of)
  return {
    id = title:lower(),
    title = title,
    width = 6,
    left = true,
    name = true,
    keep = 1,
    value = function(_, object)
      return of(object)
    end,
    show = function(value)
      return value, "plain"
    end,
  }
end

-- ---- what more than one view has ----

local kinds = { frontend = "frontend", backend = "backend", server = "server" }

columns.backend_of_server = name("BACKEND", core.proxy)
columns.server = name("SERVER", name_of)
columns.backend = name("BACKEND", name_of)
columns.frontend = name("FRONTEND", name_of)
columns.proxy = name("PROXY", core.proxy)
columns.own = name("SERVER", function(object)
  local kind = core.kind(object)
  return kind == "server" and core.name(object) or kinds[kind]:upper()
end)

-- Since when: how long ago the status changed. Those that are well need not be told.
local function since(reading, object)
  local seconds = reading:number(object, "lastchg", "min")
  return seconds and format.duration(seconds)
end

columns.status = {
  id = "status",
  title = "STATUS",
  width = 13,
  left = true,
  keep = 1,
  value = function(reading, object)
    return (reading:status(object)).rank
  end,
  show = function(_, reading, object)
    local meaning, words = reading:status(object)
    local ago = meaning.wrong and since(reading, object)
    return ago and words .. " " .. ago or words, meaning.style
  end,
}

columns.processes = {
  id = "proc",
  title = "PROC",
  width = 5,
  keep = 2,
  value = function(reading, object)
    local _, _, count = reading:status(object)
    return count
  end,
  show = function(value, reading)
    local all = reading.nb and 1 or reading:process_count()
    return ("%d/%d"):format(value, all), value < all and "yellow" or "plain"
  end,
}

-- Processes may have different ones; none is hidden by a mean.
columns.weight = {
  id = "weight",
  title = "WEIGHT",
  width = 7,
  keep = 4,
  value = function(reading, object)
    return reading:number(object, "weight")
  end,
  show = function(value, reading, object)
    local _, disagreed = reading:agreed(object, "weight")
    if not disagreed then
      return formats.count(value)
    end
    local least, most = math.huge, 0
    for _, entry in ipairs(reading:values(object, "weight")) do
      if type(entry[2]) == "number" then
        least, most = math.min(least, entry[2]), math.max(most, entry[2])
      end
    end
    return ("%d-%d"):format(least, most), "yellow"
  end,
}

columns.servers_up = {
  id = "up",
  title = "UP",
  width = 7,
  keep = 2,
  value = function(reading, object)
    return reading:number(object, "act")
  end,
  show = function(value, reading, object)
    local all = reading.nb and nil or #object:servers()
    if value == nil then
      return NONE, "dim"
    end
    local backups = reading:number(object, "bck") or 0
    local up = value + backups
    return all and ("%d/%d"):format(up, all) or ("%d"):format(up), up == 0 and "red" or "plain"
  end,
}

columns.check = {
  id = "check",
  title = "LAST CHECK",
  width = 10,
  left = true,
  keep = 5,
  value = function(reading, object)
    local found, disagreed = reading:agreed(object, "check_status")
    return disagreed and "differs" or found
  end,
  show = function(value, reading, object)
    if not value then
      return NONE, "dim"
    end
    local parts = { value }
    local code = reading:agreed(object, "check_code")
    local duration = reading:number(object, "check_duration")
    parts[#parts + 1] = code and tostring(code)
    parts[#parts + 1] = duration and format.milliseconds(duration)
    local good = value:find "OK" or value == "INI" or value == "UNK"
    return table.concat(parts, " "), good and "plain" or value == "differs" and "yellow" or "red"
  end,
}

columns.number, columns.rate, columns.text = number, rate, text
columns.alarming, columns.optional = alarming, optional

-- Requests of what speaks HTTP, sessions of what does not.
columns.requests = rate("req", "REQ/S", 7, 2, { "req_tot", "stot" })
columns.sessions = number("sess", "SESS", 7, 1, "scur")
columns.most = number("max", "MAX", 7, 6, "smax")
columns.limit = number("limit", "LIMIT", 7, 7, "slim")
columns.queue = alarming(number("queue", "QUEUE", 6, 3, "qcur"))
columns.bytes_in = rate("in", "IN/S", 6, 5, { "bin" }, "bytes")
columns.bytes_out = rate("out", "OUT/S", 6, 5, { "bout" }, "bytes")
columns.time = number("time", "TIME", 7, 4, "ttime", "ms")
columns.total = optional(number("total", "TOTAL", 8, 8, "stot"))
columns.address = optional(text("address", "ADDRESS", 15, 8, "addr"))
columns.changed = optional(number("since", "SINCE", 8, 8, "lastchg", "duration", "min"))

return columns
