-- Makes the pictures of the page and of haproxyadmin top: `make pictures`.

local browser = require("spec.support.browser").start { width = 1240, height = 860 }
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local pages = require "spec.support.pages"
local showcase = require "spec.support.showcase"
local terminal = require "spec.support.terminal"
local terminal_page = require "spec.support.terminal_page"

local FOLDER = "doc/pictures/"

-- Seconds in which lines grow that show what was before.
local A_WHILE = tonumber(os.getenv "SECONDS" or 60)

local farm = showcase.start()
local page = pages.start { where = "--socket-dir " .. farm:folder(), token = "a-token-for-pictures" }

local function theme(name)
  browser:run("const t = document.getElementById('theme'); t.value = arguments[0]; t.onchange()", name)
end

local function take(name)
  core.sleep(1.5)
  local file = assert(io.open(FOLDER .. name .. ".png", "wb"))
  file:write(browser:picture())
  file:close()
end

local function size(width, height)
  browser:devtools(
    "Emulation.setDeviceMetricsOverride",
    { width = width, height = height, deviceScaleFactor = 1, mobile = false }
  )
end

-- Another view of the page that is open, whose lines so go on.
local function show(fragment)
  browser:run("location.hash = arguments[0]; scrollTo(0, 0)", fragment)
  core.sleep(2.5)
end

local ok, err = pcall(function()
  browser:open(page.url .. "#every=1")
  browser:wait "document.querySelector('#backends tbody tr')"
  core.sleep(A_WHILE)
  theme "light"
  size(1180, 850)
  show "every=1"
  take "page-light"
  theme "dark"
  take "page-dark"
  theme "light"
  show "every=1&q=shop&row=server%2Fshop%2Fshop-5"
  browser:wait "document.querySelector('.fold .fold tbody tr')"
  size(1180, 520)
  browser:run "document.getElementById('backends').scrollIntoView(); scrollBy(0, -60)"
  take "page-processes"
  show "every=1&open=checkout"
  browser:wait "document.querySelector('.fold tbody tr')"
  browser:run "document.getElementById('backends').scrollIntoView(); scrollBy(0, -60)"
  browser:run [[
    [...document.querySelectorAll(".fold .act")][0].click();
    [...document.querySelectorAll("#change-do button")].find(b => b.textContent === "drain").click();
    document.querySelector("#change-token input").value = "a-token-for-pictures";
    document.getElementById("change-go").click();
  ]]
  browser:wait "document.getElementById('change-told').textContent"
  take "page-change"
  browser:run "document.getElementById('change-close').click()"
  size(360, 780)
  show "every=1"
  take "page-narrow"

  local screen = terminal.open(122, 24)
  screen:type("clear; haproxyadmin top -d 1 -D " .. farm:folder())
  screen:shows("Servers", "checkout-3")
  core.sleep(A_WHILE / 2)
  local file = screen.dir .. "/top.html"
  haproxy.write(file, terminal_page.of(screen:screen(true)))
  size(1070, 470)
  browser:open("file://" .. file)
  take "top"
  screen:press "q"
  screen:close()
end)
browser:stop()
pages.stop(page)
showcase.stop(farm)
assert(ok, err)
