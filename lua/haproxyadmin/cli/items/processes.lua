-- Processes as items: what each says of itself, and those that do not answer.

local duration = require "haproxyadmin.cli.base.duration"
local text = require "haproxyadmin.cli.base.text"

local processes = {}

--- The processes of a snapshot, and those that failed: a sequence of {nb =, address =, info =, up =}.
function processes.items(snapshot, failed)
  local items = {}
  local infos = snapshot:info()
  for i, process in ipairs(snapshot:processes()) do
    items[i] = {
      nb = process.process_nb,
      name = process.name,
      address = process.address,
      info = infos[i],
      up = true,
    }
  end
  for _, err in ipairs(failed) do
    items[#items + 1] = { address = err.socket_file, info = {}, up = false }
  end
  return items
end

local function info(key, title, more)
  local column = {
    key = key,
    title = title,
    right = true,
    get = function(item)
      return item.info[key]
    end,
  }
  for name, value in pairs(more or {}) do
    column[name] = value
  end
  return column
end

--- A column of a field of `show info`.
function processes.more(items)
  return function(key)
    for _, item in ipairs(items) do
      if item.info[key] ~= nil then
        return info(key, key)
      end
    end
  end
end

local function with_limit(value, item)
  local limit = item.info.Maxconn
  return text.grouped(value) .. (limit and "/" .. text.grouped(limit) or "")
end

local function percent(value)
  return value .. "%"
end

--- The columns of processes.
function processes.columns()
  return {
    {
      key = "process",
      title = "PROC",
      names = true,
      get = function(item)
        return item.nb
      end,
      right = true,
    },
    {
      key = "address",
      title = "ADDRESS",
      names = true,
      get = function(item)
        return item.address
      end,
    },
    {
      key = "up",
      title = "UP",
      get = function(item)
        return item.up
      end,
      show = function(value)
        return value and "yes" or "no"
      end,
      color = function(value)
        return value and "green" or "red"
      end,
    },
    info("Pid", "PID", { show = tostring }),
    info("Version", "VERSION", { right = false }),
    info("Uptime_sec", "UPTIME", { show = duration.write }),
    info("CurrConns", "CONN", { show = with_limit }),
    info("ConnRate", "CONN/S"),
    info("SessRate", "SESS/S", { wide = true }),
    info("SslRate", "SSL/S", { wide = true }),
    info("CumReq", "REQUESTS"),
    info("Idle_pct", "IDLE", { show = percent }),
    info("Run_queue", "RUNQ"),
    info("Tasks", "TASKS", { wide = true }),
    info("Nbthread", "THREADS", { wide = true }),
    info("node", "NODE", { wide = true, right = false }),
  }
end

--- "4" or "/run/haproxy/admin4.sock", where it did not answer.
function processes.name(item)
  return tostring(item.nb or item.address)
end

return processes
