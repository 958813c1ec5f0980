-- What the status of an object says: a class for filters and colours, and how bad it is.

local status = {}

-- The first words of `status` in `show stat`, the worst first.
local classes = {
  { "^DOWN", "down", "red", wrong = true },
  { "^STOP", "stop", "red", wrong = true },
  { "^FULL", "full", "yellow", wrong = true },
  { "^NOLB", "nolb", "yellow", wrong = true },
  { "^DRAIN", "drain", "yellow", wrong = true },
  { "^MAINT", "maint", "cyan", wrong = true },
  { "^PAUSED", "stop", "yellow", wrong = true },
  -- A check has failed, or not all have passed that must.
  { "^UP %d", "up", "yellow", wrong = true },
  { "^UP", "up", "green" },
  { "^OPEN", "open", "green" },
  { "^no check", "nocheck", "plain" },
}

local unknown = { class = "other", style = "plain", rank = #classes + 1, wrong = false }
local known = {}

--- What a text means: {class =, style =, rank =, wrong =}; the least rank is the worst.
function status.of(text)
  local found = known[text]
  if found then
    return found
  end
  for rank, entry in ipairs(classes) do
    if text:find(entry[1]) then
      found = { class = entry[2], style = entry[3], rank = rank, wrong = entry.wrong == true }
      known[text] = found
      return found
    end
  end
  return unknown
end

--- The worst of a sequence of {process_nb, text}, and in how many processes its class is so.
function status.worst(values)
  local worst, text, count = nil, nil, 0
  for _, entry in ipairs(values) do
    local this = status.of(entry[2] or "")
    if not worst or this.rank < worst.rank then
      worst, text, count = this, entry[2], 1
    elseif this.class == worst.class then
      count = count + 1
    end
  end
  return worst, text, count
end

--- Is this a class that a filter may ask for?
function status.is_class(word)
  for _, entry in ipairs(classes) do
    if entry[2] == word then
      return true
    end
  end
  return false
end

return status
