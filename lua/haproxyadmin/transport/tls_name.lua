-- Whom a certificate is for: RFC 6125, as far as servers go.

local SUBJECT_ALT_NAME = "2.5.29.17"
local COMMON_NAME = "2.5.4.3"

local tls_name = {}

--- Is the name an IP address?
function tls_name.is_ip(name)
  return name:find(":", 1, true) ~= nil or name:match "^%d+%.%d+%.%d+%.%d+$" ~= nil
end

-- The first label may be a `*`, which stands for one label and not for a part
-- of one; "*.com" would stand for too much.
local function covers(pattern, name)
  pattern, name = pattern:lower(), name:lower():gsub("%.$", "")
  local rest = pattern:match "^%*(%.[^.]+%..+)$"
  if rest then
    return name:match "^[^.]+(%..+)$" == rest
  end
  return pattern == name
end

local function names_of(certificate)
  local alternative = certificate:extensions()[SUBJECT_ALT_NAME] or {}
  local hosts, addresses = alternative.dNSName, alternative.iPAddress
  if not hosts and not addresses then
    -- The old place, which counts only where there is no new one.
    hosts = {}
    for _, entry in ipairs(certificate:subject()) do
      if entry.oid == COMMON_NAME then
        hosts[#hosts + 1] = entry.value
      end
    end
  end
  return hosts or {}, addresses or {}
end

--- Is the certificate for this name, a host's or an IP address in its usual
-- form? Returns true, or false and a sentence that says whom it is for.
function tls_name.check(certificate, name)
  local hosts, addresses = names_of(certificate)
  if tls_name.is_ip(name) then
    for _, address in ipairs(addresses) do
      if address == name then
        return true
      end
    end
  else
    for _, host in ipairs(hosts) do
      if covers(host, name) then
        return true
      end
    end
  end
  local all = {}
  for _, list in ipairs { hosts, addresses } do
    for _, entry in ipairs(list) do
      all[#all + 1] = entry
    end
  end
  local whom = #all > 0 and table.concat(all, ", ") or "nobody"
  return false, ("its certificate is for %s, not for %s"):format(whom, name)
end

return tls_name
