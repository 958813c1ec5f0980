--- Maps and ACLs as objects.
-- @classmod haproxyadmin.HAProxy

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local new_list = require "haproxyadmin.base.list"
local replies = require "haproxyadmin.replies.patterns"
local run = require "haproxyadmin.runtime.run"

local makers = {
  acl = require "haproxyadmin.objects.acl",
  map = require "haproxyadmin.objects.map",
}

-- The rows of the list of each process, in the processes' order.
local function rows_of(context, what)
  local requests, err = run.read(context, "show " .. what, {})
  if not requests then
    return nil, err
  end
  local lists = {}
  for i, request in ipairs(requests) do
    lists[i] = replies.list(request.reply:lines(1))
  end
  return lists
end

-- Each once, in the order in which they are met.
local function all(what)
  return function(_, context)
    local lists, err = rows_of(context, what)
    if not lists then
      return nil, err
    end
    local found, seen = {}, {}
    for _, rows in ipairs(lists) do
      for _, row in ipairs(rows) do
        local name = row.file or ("#%d"):format(row.id)
        if not seen[name] then
          seen[name] = true
          found[#found + 1] = makers[what](context, row)
        end
      end
    end
    return new_list(found)
  end
end

-- Is the row the one of this number or of this name?
local function is_meant(row, number, name)
  if number then
    return row.id == number
  end
  return row.file == name
end

local function one(what)
  return function(_, context, _, id)
    local number, name, err
    if type(id) == "number" or (type(id) == "string" and id:match "^#?%d+$") then
      number, err = check.id("id", id)
    elseif type(id) ~= "string" or id == "" then
      return check.fail("id", "integer or file name", id)
    else
      name = replies.file(id)
    end
    if err then
      return nil, err
    end
    local lists
    lists, err = rows_of(context, what)
    if not lists then
      return nil, err
    end
    for _, rows in ipairs(lists) do
      for _, row in ipairs(rows) do
        if is_meant(row, number, name) then
          return makers[what](context, row)
        end
      end
    end
    local message = ("no process has %s %s"):format(what == "acl" and "an ACL" or "a map", check.describe(id))
    return nil, errors.new("ValueError", "not_found", message)
  end
end

return {
  methods = {
    --- All maps: `show map` (management guide 9.3; level admin from HAProxy 3.4 on).
    -- @function HAProxy:maps
    -- @treturn List of Map, each file once; `list:get(file)` finds one
    -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
    maps = { call = all "map" },
    --- All ACLs, those too that the configuration lists in place: `show acl` (9.3; level admin
    -- from HAProxy 3.4 on).
    -- @function HAProxy:acls
    -- @treturn List of Acl, each file once
    -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
    acls = { call = all "acl" },
    --- One map: `show map` (9.3; level admin from HAProxy 3.4 on).
    -- @function HAProxy:map
    -- @tparam integer|string id a file's name as HAProxy's configuration writes it, or a number as the first
    -- process prints it that has such a one
    -- @treturn Map
    -- @raise `ValueError` (`not_found`, `bad_argument`), `CommandFailed` (`permission`),
    -- `MultipleCommandResults`, `HAProxySocketError`
    map = { arguments = 1, call = one "map" },
    --- One ACL: `show acl` (9.3; level admin from HAProxy 3.4 on).
    -- @function HAProxy:acl
    -- @tparam integer|string id as in `HAProxy:map`
    -- @treturn Acl
    -- @raise as `HAProxy:map`
    acl = { arguments = 1, call = one "acl" },
  },
}
