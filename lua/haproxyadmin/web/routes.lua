-- Which path is answered by which file. Each has `new(site)`, which returns a handler:
-- `handle(request)` returns status, headers (by names in lower case) and the body, a text or
-- an iterator of pieces. HEAD is answered where GET is, and its body is not sent.
--
-- `below`: also every path that goes on behind it. `heavy`: what it takes to answer may be many
-- megabytes, until the client has taken the last piece.

return {
  { path = "/metrics", methods = "GET", file = "haproxyadmin.web.scrape", heavy = true },
  { path = "/healthz", methods = "GET", file = "haproxyadmin.web.health" },
  { path = "/", methods = "GET", file = "haproxyadmin.web.page" },
  { path = "/app.js", methods = "GET", file = "haproxyadmin.web.page" },
  { path = "/app.css", methods = "GET", file = "haproxyadmin.web.page" },
  { path = "/api/", methods = "GET POST", file = "haproxyadmin.web.api", below = true },
}
