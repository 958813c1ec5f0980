-- What a status in `show stat` means to somebody who looks: one word for each, and which of
-- several is the worst (management guide, 9.1, "status").

local status = {}

-- The first pattern that matches; the later a word stands here, the worse it is.
local patterns = {
  { "^no check", "unchecked" },
  { "^UP$", "up" },
  { "^OPEN", "up" },
  { "^MAINT", "maint" },
  { "^PAUSED", "maint" },
  { "^DRAIN", "drain" },
  { "^NOLB", "nolb" },
  { "^UP ", "failing" },
  { "^FULL", "full" },
  { "^DOWN %d", "rising" },
  { "^STOP", "down" },
  { "", "down" },
}

local rank = {}
for place, pattern in ipairs(patterns) do
  rank[pattern[2]] = rank[pattern[2]] or place
end
rank.unchecked, rank.up = 0, 0

local known = {}

--- The word: `up`, `unchecked`, `maint`, `drain`, `nolb`, `failing` (up, and a check has
-- failed), `full`, `rising` (down, and a check has passed) or `down`.
function status.word(text)
  local word = known[text]
  if not word then
    for _, pattern in ipairs(patterns) do
      if text:find(pattern[1]) then
        word = pattern[2]
        break
      end
    end
    -- There are few, save where somebody invents them.
    known[text] = #text < 20 and word or nil
  end
  return word
end

--- How bad it is, 0 where nothing is.
function status.rank(text)
  return rank[status.word(text)]
end

-- What somebody has set, and HAProxy does not go into by itself.
local set = { maint = true, drain = true }

--- Is something wrong where a server is so? Not where somebody has put it there.
function status.is_wrong(text)
  return status.rank(text) > 0 and not set[status.word(text)]
end

--- The worst of {text = anything, ...}.
function status.worst(texts)
  local worst
  for text in pairs(texts) do
    if not worst or status.rank(text) > status.rank(worst) then
      worst = text
    end
  end
  return worst
end

--- The status without what changes by itself: `UP 1/3` is `UP`, `MAINT (via app/a)` is `MAINT`.
function status.plain(text)
  return (text:gsub(" %(.*$", ""):gsub(" %d+/%d+$", ""))
end

return status
