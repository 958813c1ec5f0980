-- Process numbers: how a process is called in results and errors.

local number = {}

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
function number.sort(names)
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

-- The numbers that HAProxy itself gives its processes (`nbproc`, to 2.4), by number;
-- nil where it gives none.
local function native_numbers(processes, infos)
  local taken, count = {}, 0
  for _, process in ipairs(processes) do
    local info = infos[process]
    if info then
      local nb = info.Process_num
      if not nb or taken[nb] or (info.Nbproc or 1) < 2 then
        return nil
      end
      taken[nb] = true
      count = count + 1
    end
  end
  return count > 0 and taken or nil
end

--- Numbers processes by what they say of themselves. `infos`: by process, the fields
-- of `show info` of those that answered.
function number.all(processes, infos)
  local taken = native_numbers(processes, infos)
  for i, process in ipairs(processes) do
    if taken then
      process.nb = infos[process] and infos[process].Process_num
    else
      process.nb = i
    end
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

--- Gives a process that joins later a number: the one that HAProxy gives it, where
-- that is free, else the first free one.
function number.one(process, processes, info)
  local taken, native = {}, false
  for _, other in ipairs(processes) do
    if other ~= process then
      taken[other.nb] = true
      native = true
    end
  end
  local nb = (info.Nbproc or 1) >= 2 and native and info.Process_num or #processes
  if taken[nb] then
    nb = 1
    while taken[nb] do
      nb = nb + 1
    end
  end
  process.nb = nb
end

return number
