-- The answer to `show peers`: sections, their peers, and the tables that each shares,
-- by how far a line is indented. Its words are name=value.

local peers = {}

local units = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

-- "4s", "1d2h" in seconds; nil where the text is none.
local function seconds(text)
  if not text:find "^[%dmshd]+$" or not text:find "^%d+%a" or not text:find "%a$" then
    return nil
  end
  local total = 0
  for count, unit in text:gmatch "(%d+)(%a+)" do
    if not units[unit] then
      return nil
    end
    total = total + tonumber(count) * units[unit]
  end
  return total
end

-- Times that are none: never, or over already.
local TIMES = { ["<NEVER>"] = true, ["<PAST>"] = true }

local durations = { resync_timeout = true, reconnect = true, heartbeat = true, last_hdshk = true }

local function value_of(name, text)
  if durations[name] then
    return not TIMES[text] and seconds(text) or nil
  elseif text:find "^%-?%d+$" then
    return tonumber(text)
  end
  return text
end

-- What was said first holds: the connection to a peer has an `addr` as well.
local function add_words(target, line)
  for name, text in line:gmatch "([%w_]+)[=:](%S+)" do
    if target[name] == nil then
      target[name] = value_of(name, text)
    end
  end
end

-- "pb(remote,active)" in its parts.
local function split_id(peer)
  local id, kind, state = peer.id:match "^(.*)%((%a+),(%a+)%)$"
  if not id then
    id, kind = peer.id:match "^(.*)%((%a+)%)$"
  end
  if id then
    peer.id, peer.kind, peer.active = id, kind, state == "active"
  end
end

local handlers = {
  -- A section: 0x...: [date] id=...
  { "^0x%x+: %[.-%] (.*)$", function(state, rest)
    local section = { peers = {} }
    add_words(section, rest)
    state.found[#state.found + 1] = section
    state.section, state.peer, state.target = section, nil, section
  end },
  -- A peer of it.
  { "^  0x%x+: (id=.*)$", function(state, rest)
    local peer = { tables = {} }
    add_words(peer, rest)
    split_id(peer)
    if state.section then
      table.insert(state.section.peers, peer)
    end
    state.peer, state.target = peer, peer
  end },
  -- Of which table the last message was, by its name.
  { "^        ([%l_]+_table:.*)$", function(state, rest)
    local name, id = rest:match "^([%l_]+):0x%x+ id=(%S+)"
    if name and state.peer then
      state.peer[name] = id
    end
  end },
  -- A table that it shares.
  { "^          0x%x+ (local_id=.*)$", function(state, rest)
    local shared = {}
    add_words(shared, rest)
    if state.peer then
      table.insert(state.peer.tables, shared)
    end
    state.target = shared
  end },
  -- The dictionaries' caches are no fields.
  { "^        [TR]X dictionary cache:", function(state)
    state.target = nil
  end },
  { "^        Dictionary cache not dumped", function(state)
    state.target = nil
  end },
  -- More of what came last. A table's own identifier follows its address.
  { "^ +(.*=.*)$", function(state, rest)
    if state.target then
      add_words(state.target, (rest:gsub("^table:0x%x+ ", "")))
    end
  end },
}

--- A sequence of sections: {id =, peers = {{id =, kind =, addr =, tables = {...}, ...}},
-- ...}.
function peers.of(lines)
  local state = { found = {} }
  for _, line in ipairs(lines) do
    for _, handler in ipairs(handlers) do
      local rest = line:match(handler[1])
      if rest then
        handler[2](state, rest)
        break
      end
    end
  end
  return state.found
end

return peers
