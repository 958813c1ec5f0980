-- What HAProxy says of its stores of certificates, authorities and revocation lists.

local date = require "haproxyadmin.base.date"

local certificates = {}

--- The files of a list (`show ssl cert`, `show ssl ca-file`): a sequence of names, and the
-- file whose transaction is open, or nil.
function certificates.list(lines)
  local names, open = {}, nil
  for _, line in ipairs(lines) do
    local name = line:match "^(.*) %- %d+ %a+%(s%)$" or line
    if line:find "^# " then
      name = nil
    elseif name:sub(1, 1) == "*" and not open and #names == 0 then
      open, name = name:sub(2), nil
    end
    if name and name ~= "" then
      names[#names + 1] = name
    end
  end
  return names, open
end

local function text(value)
  return value ~= "" and value or nil
end

-- "DNS:a.test, DNS:b.test, "; HAProxy leaves out names of other kinds.
local function names(value)
  local found = {}
  for name in value:gmatch "DNS:([^,]+)" do
    found[#found + 1] = name
  end
  return found
end

-- By the name that HAProxy prints: what we call it, and how it is read.
local fields = {
  ["Filename"] = { "file", text },
  ["Crt filename"] = { "crt_file", text },
  ["Key filename"] = { "key_file", text },
  ["OCSP filename"] = { "ocsp_file", text },
  ["Issuer filename"] = { "issuer_file", text },
  ["SCTL filename"] = { "sctl_file", text },
  ["Status"] = { "status", text },
  ["Chain Filename"] = { "chain_file", text },
  ["Serial"] = { "serial", text },
  ["notBefore"] = { "not_before", date.of },
  ["notAfter"] = { "not_after", date.of },
  ["Subject Alternative Name"] = { "names", names },
  ["Algorithm"] = { "algorithm", text },
  ["SHA1 FingerPrint"] = { "fingerprint", text },
  ["Subject"] = { "subject", text },
  ["Issuer"] = { "issuer", text },
  ["OCSP Response Key"] = { "ocsp_key", text },
  ["Signature Algorithm"] = { "algorithm", text },
  ["Last Update"] = { "last_update", date.of },
  ["Next Update"] = { "next_update", date.of },
}

local function add_field(record, key, value)
  local field = fields[key]
  if key == "Serial Number" then
    record.revoked = record.revoked or {}
    record.revoked[#record.revoked + 1] = { serial = value }
  elseif key == "Revocation Date" and record.revoked then
    record.revoked[#record.revoked].date = date.of(value)
  elseif key == "Chain Subject" then
    record.chain = record.chain or {}
    record.chain[#record.chain + 1] = { subject = value }
  elseif key == "Chain Issuer" and record.chain then
    record.chain[#record.chain].issuer = value
  elseif key == "Option" then
    local name, set = value:match "^(%S+) (%S+)$"
    record.options = record.options or {}
    record.options[name or value] = set or true
  elseif field and record[field[1]] == nil then
    record[field[1]] = field[2](value)
  end
end

--- What is said of one certificate: a record.
function certificates.details(lines)
  local record = {}
  for _, line in ipairs(lines) do
    local key, value = line:match "^([^:]+):%s*(.*)$"
    if key then
      add_field(record, key, value)
    end
  end
  return record
end

--- What is said of a file of several: its record, with a sequence of records `entries`.
-- `word`: what HAProxy calls one of them.
function certificates.entries(lines, word)
  local record = { entries = {} }
  local current = record
  for _, line in ipairs(lines) do
    if line:find("^" .. word .. " #%d+:") then
      current = {}
      record.entries[#record.entries + 1] = current
    else
      local key, value = line:match "^%s*([^:]+):%s*(.*)$"
      if key then
        add_field(current, key, value)
      end
    end
  end
  return record
end

--- The fingerprints that are shown, as one text: of a certificate, or of all authorities of
-- a file, in an order of their own; nil where there is none.
function certificates.fingerprint(lines)
  local found = {}
  for _, line in ipairs(lines) do
    found[#found + 1] = line:match "^SHA1 FingerPrint: (%x+)$"
  end
  return certificates.together(found)
end

--- Fingerprints as one text, each of them once.
function certificates.together(list)
  local once, seen = {}, {}
  for _, fingerprint in ipairs(list) do
    if not seen[fingerprint] then
      seen[fingerprint] = true
      once[#once + 1] = fingerprint
    end
  end
  table.sort(once)
  return once[1] and table.concat(once, " ")
end

return certificates
