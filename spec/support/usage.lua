-- What a process has used, as the kernel tells it.

local usage = {}

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

--- Megabytes of memory that a process has now, and the most that it had.
function usage.memory(pid)
  local status = read(("/proc/%s/status"):format(pid))
  return tonumber(status:match "VmRSS:%s*(%d+)") / 1024, tonumber(status:match "VmHWM:%s*(%d+)") / 1024
end

--- Seconds of the processor that it has used: in hundredths, whatever the kernel's own clock does.
function usage.processor(pid)
  local fields = {}
  for field in read(("/proc/%s/stat"):format(pid)):match("%) (.*)"):gmatch "%S+" do
    fields[#fields + 1] = tonumber(field) or field
  end
  return (fields[12] + fields[13]) / 100
end

return usage
