-- DER, the bytes of certificates and OCSP responses: as much of it as tells which
-- certificate a response is for.

local der = {}

-- The tag at a place, and where what it holds begins and ends; nothing where there is none.
local function element(bytes, at)
  local tag, length = bytes:byte(at, at + 1)
  if not length then
    return nil
  end
  local from = at + 2
  if length > 128 then
    local count = length - 128
    length = 0
    for i = from, from + count - 1 do
      length = length * 256 + (bytes:byte(i) or 0)
    end
    from = from + count
  end
  if from + length - 1 > #bytes then
    return nil
  end
  return tag, from, from + length - 1
end

local SEQUENCE, INTEGER, VERSION = 0x30, 0x02, 0xa0

--- Are the bytes one sequence, and nothing else?
function der.is_sequence(bytes)
  local tag, _, last = element(bytes, 1)
  return tag == SEQUENCE and last == #bytes
end

--- The serial number of a certificate, as it stands there: an integer with its tag and
-- length; nil where the bytes are none.
function der.serial(bytes)
  local tag, at = element(bytes, 1)
  if tag == SEQUENCE then
    tag, at = element(bytes, at)
  end
  if tag ~= SEQUENCE then
    return nil
  end
  local last
  local begins = at
  tag, at, last = element(bytes, begins)
  if tag == VERSION then
    begins = last + 1
    tag, at, last = element(bytes, begins)
  end
  return tag == INTEGER and at <= last and bytes:sub(begins, last) or nil
end

return der
