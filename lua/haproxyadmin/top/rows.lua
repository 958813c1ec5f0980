-- The rows of a table: which objects, in which order, which of them the cursor is on and which
-- are marked. Objects are made anew with every snapshot; what stays is their key.

local rows = {}

local Rows = {}
Rows.__index = Rows

--- No rows. `key(object)`: what tells an object from all others.
function rows.new(key)
  return setmetatable({ key_of = key, list = {}, keys = {}, all = 0, marks = {}, cursor = 1, offset = 0 }, Rows)
end

-- ---- order ----

-- Numbers stand before texts, what has no value stands behind both.
local function class_of(value)
  local kind = type(value)
  return kind == "number" and 1 or kind == "string" and 2 or 3
end

-- The places of the objects in the order of their values; what is equal stays in HAProxy's.
local function sorted(objects, value_of, down)
  local order, values = {}, {}
  for i, object in ipairs(objects) do
    order[i], values[i] = i, value_of(object)
  end
  table.sort(order, function(a, b)
    local x, y = values[a], values[b]
    if x == y then
      return a < b
    end
    local p, q = class_of(x), class_of(y)
    if p ~= q then
      return p < q
    elseif down then
      return x > y
    end
    return x < y
  end)
  return order
end

-- The places in the order in which the rows stand already; new ones behind all others.
local function as_before(self, keys)
  local place_of, order = {}, {}
  for i, key in ipairs(self.order or {}) do
    place_of[key] = i
  end
  local behind = #(self.order or {})
  for i, key in ipairs(keys) do
    order[i] = i
    if not place_of[key] then
      behind = behind + 1
      place_of[key] = behind
    end
  end
  table.sort(order, function(a, b)
    return place_of[keys[a]] < place_of[keys[b]]
  end)
  return order
end

--- Takes the objects of a reading. `options`: `fits(object)`, which of them are shown;
-- `value(object)` and `down`, what they are sorted by; `frozen`: they stay as they stand.
function Rows:fill(objects, options)
  local shown = objects
  if options.fits then
    shown = {}
    for _, object in ipairs(objects) do
      if options.fits(object) then
        shown[#shown + 1] = object
      end
    end
  end
  local keys = {}
  for i, object in ipairs(shown) do
    keys[i] = self.key_of(object)
  end
  local order = options.frozen and as_before(self, keys) or sorted(shown, options.value, options.down)
  local under = self.keys[self.cursor]
  self.all, self.list, self.keys = #objects, {}, {}
  for i, place in ipairs(order) do
    self.list[i], self.keys[i] = shown[place], keys[place]
  end
  self.order = self.keys
  self:go_to(under)
end

-- ---- the cursor ----

local function within(self, place)
  return math.max(1, math.min(place, #self.list))
end

--- Puts the cursor on a key, if that is there; it stays in its line otherwise.
function Rows:go_to(key)
  if self.keys[self.cursor] ~= key then
    for i, other in ipairs(self.keys) do
      if other == key then
        self.cursor = i
        return
      end
    end
  end
  self.cursor = within(self, self.cursor)
end

function Rows:move(by)
  self.cursor = within(self, self.cursor + by)
end

--- The first and the last row that fit into so many lines, with the cursor between them.
function Rows:window(lines)
  if self.cursor <= self.offset then
    self.offset = self.cursor - 1
  elseif self.cursor > self.offset + lines then
    self.offset = self.cursor - lines
  end
  self.offset = math.max(0, math.min(self.offset, #self.list - lines))
  return self.offset + 1, math.min(self.offset + lines, #self.list)
end

--- The object under the cursor and its key; nil where there are no rows.
function Rows:current()
  return self.list[self.cursor], self.keys[self.cursor]
end

-- ---- marks ----

function Rows:mark()
  local key = self.keys[self.cursor]
  if key then
    self.marks[key] = not self.marks[key] or nil
  end
end

--- Marks all rows that are shown; or none, where all of them are marked.
function Rows:mark_shown()
  local any = false
  for _, key in ipairs(self.keys) do
    any = any or not self.marks[key]
  end
  for _, key in ipairs(self.keys) do
    self.marks[key] = any or nil
  end
end

function Rows:unmark()
  self.marks = {}
end

--- The marked objects, as far as they are shown; where none is, the one under the cursor.
function Rows:chosen()
  local found = {}
  for i, key in ipairs(self.keys) do
    if self.marks[key] then
      found[#found + 1] = self.list[i]
    end
  end
  if #found == 0 then
    found[1] = self.list[self.cursor]
  end
  return found
end

--- How many of the rows that are shown are marked.
function Rows:marked()
  local count = 0
  if next(self.marks) then
    for _, key in ipairs(self.keys) do
      count = count + (self.marks[key] and 1 or 0)
    end
  end
  return count
end

return rows
