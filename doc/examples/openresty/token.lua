-- Who may change something: whoever knows the secret of `$haproxy_token`, and
-- says it in the header `Authorization: Bearer ...`. What stands in a URL is
-- logged, so that it is not looked for there.

local ngx = rawget(_G, "ngx")

local token = {}

-- As long for a wrong token as for the right one.
local function same(a, b)
  if #a ~= #b then
    return false
  end
  local differences = 0
  for i = 1, #a do
    if a:byte(i) ~= b:byte(i) then
      differences = differences + 1
    end
  end
  return differences == 0
end

--- Answers the request with this status and text.
function token.finish(status, text)
  ngx.status = status
  ngx.header.content_type = "text/plain"
  ngx.say(text)
  return ngx.exit(status)
end

--- Goes on where the request is a POST with the right token; else answers it.
function token.demand()
  local secret = ngx.var.haproxy_token
  local given = ngx.var.http_authorization or ""
  if not secret or secret == "" or not same(given, "Bearer " .. secret) then
    ngx.header.www_authenticate = "Bearer"
    return token.finish(401, "not allowed")
  elseif ngx.req.get_method() ~= "POST" then
    ngx.header.allow = "POST"
    return token.finish(405, "POST it")
  end
end

return token
