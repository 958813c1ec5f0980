-- Bodies that are compressed, where lua-zlib is installed (Debian's package lua-zlib, the
-- rock lua-zlib) and the client takes them.

local gzip = {}

-- Bytes below which it does not pay.
local LEAST = 1024
-- Level 1 has a tenth of the bytes at a fifth of the time; 16 more bits of window ask for
-- the form of gzip.
local LEVEL, WINDOW = 1, 15 + 16

local found, zlib = pcall(require, "zlib")
if not found then
  -- Lua 5.1 would call a second attempt a loop.
  package.loaded.zlib = nil
end

--- Is there a library?
function gzip.is_there()
  return found and type(zlib.deflate) == "function"
end

--- Does a client that sent this `Accept-Encoding` take it?
function gzip.is_taken(accepted)
  for coding, parameters in (accepted or ""):lower():gmatch "([^,;%s]+)([^,]*)" do
    if coding == "gzip" or coding == "x-gzip" then
      local weight = parameters:match "q%s*=%s*([%d.]+)"
      return not weight or tonumber(weight) ~= nil and tonumber(weight) > 0
    end
  end
  return false
end

-- Each piece as the library gives it away; nothing comes while it gathers.
local function in_pieces(body)
  local stream = zlib.deflate(LEVEL, WINDOW)
  return function()
    local text = stream and ""
    while text == "" do
      local piece = body()
      if piece then
        text = stream(piece)
      else
        text, stream = stream("", "finish"), nil
        break
      end
    end
    return text or nil
  end
end

--- The body compressed, or nil where it is too short to be.
function gzip.compress(body)
  if type(body) == "function" then
    return in_pieces(body)
  elseif #body < LEAST then
    return nil
  end
  return (zlib.deflate(LEVEL, WINDOW)(body, "finish"))
end

return gzip
