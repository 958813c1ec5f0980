-- Saving: a dump becomes a file of HAProxy's format, complete or not at all.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local file = require "haproxyadmin.base.file"

local save = {}

-- Longer beginnings of comments are not kept: bytes.
local LONGEST_HEAD = 1048576

-- The comments and blank lines with which the file begins, if it is there.
local function head_of(path)
  local reader, err = file.reader(path)
  if not reader and err.code == "not_found" then
    return ""
  elseif not reader then
    return nil, err
  end
  local text, head = "", ""
  -- A text that is nothing but comments may go on.
  while #head == #text and #text < LONGEST_HEAD do
    local piece
    piece, err = reader:read()
    if piece == nil then
      return nil, err
    elseif not piece then
      break
    end
    text = text .. piece
    head = core.mapfile_head(text)
  end
  reader:close()
  return head:match "[^\n]$" and head .. "\n" or head
end

local function write_all(writer, dump, map, path, pause)
  local at, text = dump:lines(0, map)
  while at do
    local ok, err = writer:write(text)
    if not ok then
      return nil, err
    end
    pause()
    at, text = dump:lines(at, map)
  end
  if text then
    local message = ("cannot write file '%s': HAProxy would read the entry %s as another one"):format(
      path,
      check.quote(text)
    )
    return nil, file.error(path, "bad_argument", message)
  end
  return writer:commit()
end

--- Writes the entries of a dump, and before them the comments with which the file
-- begins that was there; true, or nil and an error. `map`: they have values; `pause()`
-- lets others run.
function save.write(dump, map, path, pause)
  local checked, head, writer, err
  checked, err = file.check("path", path)
  if checked then
    head, err = head_of(path)
  end
  if head then
    writer, err = file.writer(path)
  end
  if not writer then
    return nil, err
  end
  local ok
  ok, err = writer:write(head)
  if ok then
    ok, err = write_all(writer, dump, map, path, pause)
  end
  writer:close()
  return ok, err
end

return save
