-- The keywords of a server that may be added at run time: by keyword {takes =, since =,
-- last =}. `takes`: whether it stands alone (`nothing`) or has a value; `since`, `last`:
-- the first version that takes it, and the last release of those that did.

local keywords = {}

local function add(takes, since, last, names)
  for name in names:gmatch "%S+" do
    keywords[name] = { takes = takes, since = since, last = last }
  end
end

add("nothing", "2.4", nil, "backup disabled no-backup no-send-proxy no-send-proxy-v2 no-tfo send-proxy send-proxy-v2")
add("nothing", "2.4", nil, "tfo")
add("nothing", "2.4", "2.8.99", "enabled")
add("value", "2.4", nil, "id maxconn maxqueue minconn pool-low-conn pool-max-conn pool-purge-delay proto")
add("value", "2.4", nil, "proxy-v2-options source usesrc weight")

add("nothing", "2.6", nil, "agent-check allow-0rtt check check-send-proxy check-ssl check-via-socks4")
add("nothing", "2.6", nil, "force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-ssl-reuse no-sslv3")
add("nothing", "2.6", nil, "no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 no-tls-tickets send-proxy-v2-ssl")
add("nothing", "2.6", nil, "send-proxy-v2-ssl-cn ssl tls-tickets")
add("value", "2.6", nil, "addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto")
add("value", "2.6", nil, "check-sni ciphers ciphersuites crl-file crt downinter error-limit fall fastinter inter npn")
add("value", "2.6", nil, "observe on-error on-marked-down on-marked-up port rise slowstart sni ssl-max-ver ssl-min-ver")
add("value", "2.6", nil, "track verify verifyhost ws")

add("value", "2.8", nil, "shard")
add("value", "3.0", nil, "client-sigalgs cookie curves guid hash-key pool-conn-name sigalgs")

add("nothing", "3.2", nil, "check-reuse-pool strict-maxconn")
add("value", "3.2", nil, "check-pool-conn-name idle-ping init-state")

add("nothing", "3.4", nil, "no-check-sni-auto no-renegotiate no-sni-auto renegotiate")
add("value", "3.4", nil, "healthcheck ktls")

-- A family: the type of what is sent stands in brackets.
local TLV, TLV_SINCE = "^set%-proxy%-v2%-tlv%-fmt%(0x%x%x?%)$", "3.0"

local server_keywords = { all = keywords }

--- What is known of a keyword; nil where it cannot be used.
function server_keywords.find(name)
  if name:match(TLV) then
    return { takes = "value", since = TLV_SINCE }
  end
  return keywords[name]
end

return server_keywords
