-- haproxyadmin serve

local failure = require "haproxyadmin.cli.base.failure"

local DEFAULT = { host = "127.0.0.1", port = 9101 }

-- "127.0.0.1:9101", "[::1]:9101", "9101".
local function read_listen(text)
  local host, port = text:match "^%[([%x:.]+)%]:(%d+)$"
  if not host then
    host, port = text:match "^([%d.]+):(%d+)$"
  end
  port = port or text:match "^(%d+)$"
  if not port or tonumber(port) > 65535 then
    return nil, "an address and a port, such as 127.0.0.1:9101 or [::1]:9101,"
  end
  return { host = host or DEFAULT.host, port = tonumber(port) }
end

local function load_luv()
  local ok, uv = pcall(require, "luv")
  if not ok then
    failure.raise("failed", "serve needs luv: apt-get install lua-luv, or luarocks install luv")
  end
  return uv
end

-- The HAProxy object, asked for once before anything is served: what is wrong with the options
-- is told at once. HAProxy itself may come later.
local function opener(call)
  local haproxyadmin = require "haproxyadmin"
  local options = call:options()
  options.die, options.retry = false, false
  local hap, err = haproxyadmin.HAProxy(options)
  if not hap and (err.code == "bad_argument" or err.code == "unsupported") then
    error(err, 0)
  elseif not hap then
    call:warn(err.message)
  end
  options.transport = "luv"
  local all = options.process_nb
  return function(numbers)
    options.process_nb = numbers or all
    return haproxyadmin.HAProxy(options)
  end
end

local LOOPBACK = { ["127.0.0.1"] = true, ["::1"] = true }

local function is_loopback(host)
  return LOOPBACK[host] or host:match "^127%." ~= nil
end

-- The names under which this is asked for.
local function hosts_of(given, address)
  local hosts = { localhost = true, ["127.0.0.1"] = true, ["[::1]"] = true }
  hosts[address.host:find(":", 1, true) and "[" .. address.host .. "]" or address.host] = true
  for _, name in ipairs(given.allow_host or {}) do
    hosts[name:lower()] = true
  end
  return hosts
end

-- Who may change something, if anybody: whoever knows the token. Without TLS it can be read
-- on its way, so that it is not taken from other machines.
local function admin_of(given, address)
  if not given.admin then
    if given.token_file then
      failure.raise("usage", "--token-file says by which token something may be changed: that needs --admin")
    end
    return nil
  elseif not given.token_file then
    failure.raise("usage", "--admin needs a token: --token-file FILE")
  elseif not is_loopback(address.host) then
    failure.raise(
      "usage",
      ("--admin would take the token over %s without encryption"):format(address.host),
      "listen on 127.0.0.1, behind a proxy that speaks TLS"
    )
  end
  local secret, err = require("haproxyadmin.web.token").read(given.token_file)
  if not secret then
    error(err, 0)
  end
  return { token = secret }
end

local function accumulator()
  local totals = require("haproxyadmin").totals()
  return function(snapshot)
    totals:take(snapshot)
    return totals
  end
end

-- Lets the listener run until a signal comes.
local function run_until_signal(uv, listener)
  local signals = {}
  local function stop()
    for _, signal in ipairs(signals) do
      signal:close()
    end
    listener:stop(function() end)
  end
  for i, name in ipairs { "sigterm", "sigint" } do
    signals[i] = uv.new_signal()
    signals[i]:start(name, stop)
  end
  uv.run()
end

local function run(call)
  call.goes_on()
  local uv = load_luv()
  local given = call.given
  local address = given.listen or DEFAULT
  local admin = admin_of(given, address)
  local open = opener(call)
  local function log(words)
    call:say(words)
  end
  local handle, site = require("haproxyadmin.web.site").new {
    open = open,
    transport = require "haproxyadmin.transport.luv",
    timeout = given.timeout,
    accumulate = accumulator(),
    hosts = hosts_of(given, address),
    admin = admin,
    gzip = true,
    log = log,
  }
  local listener, err = require("haproxyadmin.web.listener").new {
    uv = uv,
    host = address.host,
    port = address.port,
    handle = handle,
    is_heavy = site.is_heavy,
    log = log,
  }
  local shown = (address.host:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(
    address.host,
    listener and listener.port or address.port
  )
  if not listener then
    failure.raise("failed", ("cannot listen on %s: %s"):format(shown, err))
  end
  log(("serving http://%s/%s"):format(shown, admin and ", where who has the token may change something" or ""))
  run_until_signal(uv, listener)
  log "ended"
end

return {
  name = "serve",
  help = "Serves what all processes count over HTTP: a page, /metrics for Prometheus, /healthz, /api.",
  options = {
    { "--listen", value = "ADDRESS", convert = read_listen, help = "the address and port (127.0.0.1:9101)" },
    {
      "--allow-host",
      value = "NAME",
      many = true,
      help = "a name that may stand in the URL, besides localhost and addresses",
    },
    { "--admin", help = "let who has the token change states and weights from the page" },
    { "--token-file", value = "FILE", help = "the token: 16 characters or more, in a file of mode 600" },
  },
  examples = {
    "haproxyadmin serve",
    "haproxyadmin serve --listen 192.0.2.1:9101 --allow-host lb1.example.net",
    "haproxyadmin serve --admin --token-file /etc/haproxyadmin/token",
  },
  run = run,
}
