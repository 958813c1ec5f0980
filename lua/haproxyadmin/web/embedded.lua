-- What the site needs where another server has the sockets: nginx, HAProxy itself.

local embedded = {}

-- What opens the HAProxy object, for `reading.new`.
local function opener(options, transport)
  local settings = { transport = transport, retry = false, die = false }
  for key, value in pairs(options.haproxy) do
    settings[key] = value
  end
  return function(numbers)
    settings.process_nb = numbers or options.haproxy.process_nb
    return require("haproxyadmin").HAProxy(settings)
  end
end

local function set_of(names)
  local set = {}
  for _, name in ipairs(names) do
    set[name:lower()] = true
  end
  return set
end

--- The site of a host: its function, and itself. `options`: `haproxy` (the options of
-- `haproxyadmin.HAProxy`), `timeout` (seconds that a reading may take), `hosts` (a sequence of
-- the names under which it may be asked for; any, if there is none), `admin` (true: who gets here may
-- change something: the host has to make sure who that is), `name` (what the page is called).
-- `more`: `transport`, `accumulate`, `keep` and `log` of the host's.
function embedded.site(options, more)
  return require("haproxyadmin.web.site").new {
    open = opener(options, more.transport),
    transport = more.transport,
    timeout = options.timeout,
    accumulate = more.accumulate,
    keep = more.keep,
    hosts = options.hosts and set_of(options.hosts),
    admin = options.admin and { trusted = true } or nil,
    name = options.name,
    log = more.log,
  }
end

--- The path behind that of the place where the site is ("/haproxy"; "": everywhere).
function embedded.path(prefix, path)
  if path:sub(1, #prefix) ~= prefix then
    return path
  end
  path = path:sub(#prefix + 1)
  return path:sub(1, 1) == "/" and path or "/" .. path
end

return embedded
