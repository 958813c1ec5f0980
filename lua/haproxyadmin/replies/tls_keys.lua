-- The files of TLS ticket keys: lines of `show tls-keys`, "<id> (<file>)".

local tls_keys = {}

--- The files' names, a sequence.
function tls_keys.files(lines)
  local found = {}
  for _, line in ipairs(lines) do
    found[#found + 1] = line:match "^%d+ %((.*)%)$"
  end
  return found
end

return tls_keys
