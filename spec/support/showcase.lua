-- A farm as one would like to look at: some traffic, and some things that are wrong.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local showcase = {}

local function servers(names, address, options)
  local lines = {}
  for name in names:gmatch "%S+" do
    lines[#lines + 1] = ("  server %s %s %s\n"):format(name, address, options)
  end
  return table.concat(lines)
end

local UP, GONE = "{origin}:8001", "127.0.0.1:9"

local config = table.concat {
  [[
  timeout tarpit 4s
frontend www
  bind unix@{dir}/www{n}.sock
  use_backend images if { path_beg /images }
  use_backend checkout if { path_beg /checkout }
  http-request tarpit deny_status 200 if { path_beg /slow }
  http-request return status 404 if { path_beg /lost }
  default_backend shop
frontend api
  bind unix@{dir}/api{n}.sock
  maxconn 2000
  http-request return status 503 if { path_beg /broken }
  default_backend api
frontend internal
  bind unix@{dir}/internal{n}.sock
  default_backend search
backend shop
  balance roundrobin
  option httpchk GET /
]],
  servers("shop-1 shop-2 shop-3 shop-4 shop-5", UP, "check inter 500ms fall 2 weight 100 maxconn 400"),
  "backend checkout\n  option httpchk GET /\n",
  servers("checkout-1 checkout-2", UP, "check inter 500ms weight 100 maxconn 200"),
  servers("checkout-3", GONE, "check inter 500ms weight 100 maxconn 200"),
  "backend images\n",
  servers("images-1 images-2 images-3", UP, "weight 50"),
  "backend api\n  option httpchk GET /\n",
  servers("api-1 api-2 api-3 api-4", UP, "check inter 500ms weight 100"),
  "backend search\n",
  servers("search-1 search-2", UP, "check inter 500ms weight 100"),
}

--- Starts it: a farm with `hap`, whose sites are asked all the time.
function showcase.start()
  local farm = haproxy.start { config = config, global = "  description Edge Frankfurt\n" }
  local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  hap:server("api-4", "api")[1]:setstate "drain"
  hap:server("images-3", "images")[1]:setstate "maint"
  haproxyadmin
    .HAProxy({ socket_dir = farm:folder(), process_nb = { 2 }, timeout = 10 })
    :server("shop-5", "shop")[1]
    :setweight(40)
  local loop = [[
    while [ -d %s ]; do
      for n in 1 2 3 4; do
        for path in www:/ www:/images/a www:/checkout www:/lost api:/v1 api:/broken internal:/; do
          curl -s -o /dev/null --max-time 5 --unix-socket %s/${path%%%%:*}$n.sock \
            "http://x${path#*:}?[1-$(($(od -An -N1 -tu1 /dev/urandom) / 8 + 3 * n))]"
        done
        curl -s -o /dev/null --max-time 6 --parallel --unix-socket %s/www$n.sock \
          "http://x/slow?[1-$(($(od -An -N1 -tu1 /dev/urandom) / 16 + 8 * n))]" &
      done
      sleep 0.2
    done >/dev/null 2>&1 & echo $!]]
  local pipe = assert(io.popen(loop:format(farm.dir, farm.dir, farm.dir)))
  farm.loop = pipe:read "*l"
  pipe:close()
  farm.hap = hap
  return farm
end

--- Ends it.
function showcase.stop(farm)
  haproxy.shell("kill " .. farm.loop)
  farm:stop()
end

return showcase
