-- Which sockets, and which HAProxy process is behind each.

local call = require "haproxyadmin.runtime.send"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local reading = require "haproxyadmin.runtime.reading"

local sockets = {}

-- "admin10" as {"admin", 10}: text and numbers in turn.
local function natural_key(name)
  local key = {}
  for text, digits in name:gmatch "(%D*)(%d*)" do
    key[#key + 1] = text
    key[#key + 1] = tonumber(digits) or -1
  end
  return key
end

--- Sorts names so that admin2 stands before admin10.
function sockets.sort(names)
  local keys = {}
  for _, name in ipairs(names) do
    keys[name] = natural_key(name)
  end
  table.sort(names, function(a, b)
    local x, y = keys[a], keys[b]
    for i = 1, math.min(#x, #y) do
      if x[i] ~= y[i] then
        return x[i] < y[i]
      end
    end
    if #x ~= #y then
      return #x < #y
    end
    return a < b
  end)
  return names
end

local function value_error(code, message, address)
  return nil, errors.new("ValueError", code, message, { socket_file = address })
end

local function in_folder(folder)
  local ok, err = check.text("socket_dir", folder)
  if not ok then
    return nil, err
  end
  local names, words = core.list(folder)
  if not names then
    return value_error("not_found", ("socket_dir %s cannot be read: %s"):format(folder, words))
  end
  local addresses = {}
  for _, name in ipairs(sockets.sort(names)) do
    local path = folder:gsub("/*$", "") .. "/" .. name
    local found = core.path(path)
    if found and found.socket and core.address("unix@" .. path) then
      addresses[#addresses + 1] = path
    end
  end
  if #addresses == 0 then
    return value_error("not_found", ("socket_dir %s: no socket there"):format(folder))
  end
  return addresses
end

local function given(option, list)
  local addresses, seen = {}, {}
  for i, address in ipairs(list) do
    local name = option == "sockets" and ("sockets[%d]"):format(i) or option
    local ok, err = check.text(name, address)
    if not ok then
      return nil, err
    end
    local kind, path = core.address(address)
    if not kind then
      return value_error("bad_argument", ("argument '%s': address %q %s"):format(name, address, path), address)
    elseif seen[address] then
      return value_error("bad_argument", ("argument '%s': %s stands there twice"):format(name, address), address)
    end
    seen[address] = true
    addresses[i] = address
  end
  if #addresses == 0 then
    return check.fail("sockets", "sequence of at least one address", list)
  end
  return addresses
end

local function one_of(options)
  local count, chosen = 0, nil
  for _, name in ipairs { "socket_dir", "socket_file", "sockets" } do
    if options[name] ~= nil then
      count, chosen = count + 1, name
    end
  end
  if count ~= 1 then
    local got = count == 0 and "none" or "several"
    return value_error("bad_argument", "exactly one of socket_dir, socket_file, sockets expected, got " .. got)
  end
  return chosen
end

--- The addresses that the options name. Returns them and whether a dead one is
-- passed over (a folder's), or nil and a ValueError.
function sockets.addresses(options)
  local option, err = one_of(options)
  if not option then
    return nil, err
  end
  local addresses
  if option == "socket_dir" then
    addresses, err = in_folder(options.socket_dir)
  else
    addresses, err = given(option, option == "sockets" and options.sockets or { options.socket_file })
  end
  return addresses, addresses and option == "socket_dir" or err
end

-- The number that HAProxy gives a process of `nbproc` (to 2.4).
local function native_numbers(processes)
  local seen, count = {}, 0
  for _, process in ipairs(processes) do
    local info = process.info
    if info then
      local nb = info.Process_num
      if not nb or seen[nb] or (info.Nbproc or 1) < 2 then
        return false
      end
      seen[nb] = true
      count = count + 1
    end
  end
  return count > 0, seen
end

-- Two things that a state knows of its processes' versions.
local HIDES_UNTIL = 204 -- see reading.settled
local DEFERS_SINCE = 209 -- see address.lua

-- 204 for 2.4; 0 where HAProxy does not say.
local function version_of(info)
  local major, minor = tostring(info.Version):match "^(%d+)%.(%d+)"
  return major and tonumber(major) * 100 + tonumber(minor) or 0
end

local function number(processes)
  local native, taken = native_numbers(processes)
  for i, process in ipairs(processes) do
    process.slot = i
    process.nb = native and process.info and process.info.Process_num or not native and i or nil
  end
  local free = 1
  for _, process in ipairs(processes) do
    if not process.nb then
      while taken[free] do
        free = free + 1
      end
      taken[free] = true
      process.nb = free
    end
  end
end

local function probe(state, addresses)
  local requests = {}
  for i, address in ipairs(addresses) do
    local process = { slot = i, nb = i, address = address }
    requests[i] = { process = process, line = "show info\n", kind = "info", safe = true }
  end
  call.send(state, requests, false)
  return requests
end

-- Not a matter of time: another program, or no socket at all.
local function is_wrong(request, err)
  if err.name == "SocketApplicationError" or err.name == "CommandFailed" then
    return true
  end
  local kind, path = core.address(request.address)
  local found = kind == "unix" and core.path(path)
  return found and not found.socket
end

local function none_lives(failed)
  local reasons = {}
  for i, err in ipairs(failed) do
    reasons[i] = err.message
  end
  local first = failed[1]
  return value_error(
    first.code,
    "no socket with a live HAProxy: " .. table.concat(reasons, "; "),
    first.socket_file
  )
end

--- Asks every address who is there. Fills state.processes with
-- {slot =, nb =, address =}, or returns nil and a ValueError.
function sockets.connect(state)
  local processes, failed = {}, {}
  for _, request in ipairs(probe(state, state.addresses)) do
    local process = request.process
    local err = reading.error(request)
    if not err then
      process.info = core.info(request.reply:text())
      local version = version_of(process.info)
      state.hides = state.hides or version <= HIDES_UNTIL
      state.defers = state.defers or version >= DEFERS_SINCE
      processes[#processes + 1] = process
    else
      failed[#failed + 1] = err
      if not state.pass_over_dead then
        if is_wrong(request, err) then
          return value_error(err.code, err.message, err.socket_file)
        end
        processes[#processes + 1] = process
      end
    end
  end
  if #failed == #state.addresses then
    return none_lives(failed)
  end
  number(processes)
  local live = {}
  for i, process in ipairs(processes) do
    process.info = nil
    live[i] = process.address
  end
  state.processes = processes
  state.pending = nil
  state.identity = table.concat(live, " ")
  return true
end

return sockets
