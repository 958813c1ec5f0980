--- A server of one backend, however many processes serve it.
-- @classmod haproxyadmin.Server

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local run = require "haproxyadmin.runtime.run"

local switches = {}

-- A command on the server in every process; `args` has what it takes beside the server.
function switches.command(self, context, options, name, args)
  args.server = { core.proxy(self), core.name(self) }
  return run.command(context, options, name, args, self)
end

local command = switches.command

-- A command that takes nothing.
local function plain(name)
  return function(self, context, options)
    return command(self, context, options, name, {})
  end
end

-- A command whose one argument is a word of a set.
local function word(name, words, expected)
  return function(self, context, options, state)
    if not words[state] then
      return check.fail("state", expected, state)
    end
    return command(self, context, options, name, { value = state })
  end
end

local sethealth =
  word("set server health", { up = true, stopping = true, down = true }, "'up', 'stopping' or 'down'")
local setagent = word("set server agent", { up = true, down = true }, "'up' or 'down'")

-- An address of checks, and their port if it is given.
local function set_address(name, name_with_port)
  return function(self, context, options, address, port)
    if type(address) ~= "string" or not core.is_ip(address) then
      return check.fail("address", "IPv4 or IPv6 address", address)
    end
    local value, err
    if port ~= nil then
      value, err = check.port("port", port)
      if not value then
        return nil, err
      end
    end
    return command(self, context, options, value and name_with_port or name, { address = address, port = value })
  end
end

local function set_port(name)
  return function(self, context, options, port)
    local value, err = check.port("port", port)
    if not value then
      return nil, err
    end
    return command(self, context, options, name, { value = value })
  end
end

local function setagentsend(self, context, options, text)
  local ok, err = check.text("text", text)
  if not ok then
    return nil, err
  end
  return command(self, context, options, "set server agent-send", { value = text })
end

-- HAProxy takes any text for a name; one with a blank would part its own lists.
local LONGEST_NAME = 254

local function setfqdn(self, context, options, name)
  if type(name) ~= "string" or #name > LONGEST_NAME or not name:match "^[%w_.-]+$" then
    return check.fail("name", "host name", name)
  end
  return command(self, context, options, "set server fqdn", { value = name })
end

local function setssl(self, context, options, on)
  if type(on) ~= "boolean" then
    return check.fail("on", "boolean", on)
  end
  return command(self, context, options, "set server ssl", { value = on and "on" or "off" })
end

local function setmaxconn(self, context, options, n)
  local value, err = check.integer("n", n, 0, check.LARGEST)
  if not value then
    return nil, err
  end
  return command(self, context, options, "set maxconn server", { n = value })
end

switches.methods = {
  --- Says that its health is another one, until its checks find out: `set server ...
  -- health` (9.3, "set server"; level admin). A server without checks stays as it is told.
  -- @function Server:sethealth
  -- @tparam string state `up`, `stopping` (up, but getting no new clients) or `down`
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server that tracks another
  sethealth = { arguments = 1, call = sethealth, batch = true },
  --- Says that its agent reported another state, until it reports again: `set server
  -- ... agent` (9.3, "set server"; level admin).
  -- @function Server:setagent
  -- @tparam string state `up` or `down`
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without agent checks
  setagent = { arguments = 1, call = setagent, batch = true },
  --- Begins its health checks again: `enable health` (9.3; level admin).
  -- @function Server:enable_health
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without health checks (HAProxy
  -- to 2.4 says nothing then)
  enable_health = { call = plain "enable health", batch = true },
  --- Stops its health checks; its state stays as it is: `disable health` (9.3; level
  -- admin).
  -- @function Server:disable_health
  -- @treturn boolean true
  -- @raise as `Server:setstate`
  disable_health = { call = plain "disable health", batch = true },
  --- Begins its agent checks again: `enable agent` (9.3; level admin).
  -- @function Server:enable_agent
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without agent checks
  enable_agent = { call = plain "enable agent", batch = true },
  --- Stops its agent checks: `disable agent` (9.3; level admin).
  -- @function Server:disable_agent
  -- @treturn boolean true
  -- @raise as `Server:setstate`
  disable_agent = { call = plain "disable agent", batch = true },
  --- Sets the address that health checks connect to, and their port: `set server ...
  -- check-addr` (9.3, "set server"; level admin; HAProxy 2.4 and later).
  -- @function Server:setcheckaddress
  -- @tparam string address an IPv4 or IPv6 address
  -- @tparam[opt] integer port 1 to 65535
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without health checks, on
  -- older versions, and on 3.4.0 to 3.4.7, to which every address is invalid
  setcheckaddress = {
    arguments = 2,
    call = set_address("set server check-addr", "set server check-addr"),
    batch = true,
  },
  --- Sets the port that health checks connect to: `set server ... check-port` (9.3, "set
  -- server"; level admin).
  -- @function Server:setcheckport
  -- @tparam integer port 1 to 65535
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without health checks
  -- (HAProxy to 2.2 takes it)
  setcheckport = { arguments = 1, call = set_port "set server check-port", batch = true },
  --- Sets the address of its agent, and its port: `set server ... agent-addr` (9.3, "set
  -- server"; level admin; with a port HAProxy 2.4 and later).
  -- @function Server:setagentaddress
  -- @tparam string address an IPv4 or IPv6 address
  -- @tparam[opt] integer port 1 to 65535
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without agent checks, and with
  -- a port on older versions
  setagentaddress = {
    arguments = 2,
    call = set_address("set server agent-addr", "set server agent-addr port"),
    batch = true,
  },
  --- Sets the port of its agent: `set server ... agent-port` (9.3, "set server"; level
  -- admin; HAProxy 2.4 and later).
  -- @function Server:setagentport
  -- @tparam integer port 1 to 65535
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without agent checks, and on
  -- older versions
  setagentport = { arguments = 1, call = set_port "set server agent-port", batch = true },
  --- Sets the text that is sent to its agent with each check: `set server ...
  -- agent-send` (9.3, "set server"; level admin). HAProxy has no command that shows it.
  -- @function Server:setagentsend
  -- @tparam string text without line ends, which the command line cannot take
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without agent checks
  setagentsend = { arguments = 1, call = setagentsend, batch = true },
  --- Sets the host name that its address is resolved from: `set server ... fqdn` (9.3,
  -- "set server"; level admin). That it has that name already is a success too.
  -- @function Server:setfqdn
  -- @tparam string name letters, digits, `-`, `_` and dots
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server without `resolvers`
  setfqdn = { arguments = 1, call = setfqdn, batch = true },
  --- Switches TLS to the server on or off: `set server ... ssl` (9.3, "set server"; level
  -- admin; HAProxy 2.4 and later).
  -- @function Server:setssl
  -- @tparam boolean on
  -- @treturn boolean true
  -- @raise as `Server:setstate`; `unsupported` for a server whose configuration has no
  -- settings of TLS, one that was added at run time, and on older versions
  setssl = { arguments = 1, call = setssl, batch = true },
  --- Sets its limit of concurrent connections in every process: `set maxconn server`
  -- (9.3; level admin).
  -- @function Server:setmaxconn
  -- @tparam integer n connections for each process, 0 for no limit
  -- @treturn boolean true
  -- @raise as `Server:setstate`
  setmaxconn = { arguments = 1, call = setmaxconn, batch = true },
}

return switches
