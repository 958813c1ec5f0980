-- Files that are read in pieces, and files that are written complete or not at
-- all. What fails is nil and a FileError, which names the file.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local file = {}

--- A FileError; `line` is the number of a line, where there is one.
function file.error(path, code, message, line)
  return errors.new("FileError", code, message, { file = path, line = line })
end

--- A path: a text without NUL, behind which the system would not look.
function file.check(name, path)
  if type(path) ~= "string" or path == "" or path:find "%z" then
    return check.fail(name, "path of a file", path)
  end
  return path
end

local Reader = {}
Reader.__index = Reader

local function read_failure(path, code, words)
  return nil, file.error(path, code, ("cannot read file '%s': %s"):format(path, words))
end

--- Opens a file. `reader:read()` returns the next piece, 64 kB at most; false at the
-- end; or nil and the error, also where the file was changed since it was opened, so
-- that its parts may not belong together. Between two pieces a caller may let others run.
function file.reader(path)
  local checked, err = file.check("path", path)
  if not checked then
    return nil, err
  end
  local handle, code, words = core.reader(path)
  if not handle then
    return read_failure(path, code, words)
  end
  return setmetatable({ path = path, handle = handle }, Reader)
end

function Reader:read()
  local piece, code, words = self.handle:read()
  if piece == nil then
    return read_failure(self.path, code, words)
  end
  return piece
end

--- Adds the next piece to the core's `entries`, without a string of Lua's between: true, or
-- false at the end; nil and the error; or nil, nil, what is wrong with a line, and where.
function Reader:feed(entries)
  local more, code, words, at = entries:read(self.handle)
  if code then
    return read_failure(self.path, code, words)
  end
  return more, nil, words, at
end

function Reader:close()
  self.handle:close()
end

--- The whole text of a file, or nil and the error.
function file.read(path)
  local reader, err = file.reader(path)
  if not reader then
    return nil, err
  end
  local pieces = {}
  local piece
  repeat
    piece, err = reader:read()
    pieces[#pieces + 1] = piece or nil
  until not piece
  if piece == nil then
    return nil, err
  end
  return table.concat(pieces)
end

local Writer = {}
Writer.__index = Writer

local function outcome(writer, value, code, words)
  if not value then
    local message = ("cannot write file '%s': %s"):format(writer.path, words)
    return nil, file.error(writer.path, code, message)
  end
  return value
end

--- Begins to replace a file, or to make it. What `writer:write(text)` takes goes
-- to a temporary file in the same folder, which takes the file's place, owner,
-- group and mode at `writer:commit()`, when it is on the disk. Before that, after a failure
-- and after `writer:close()` the file is as it was; a writer that is no longer
-- referred to is closed by the garbage collector. A symbolic link stays: the file that it
-- leads to is replaced. Each method returns true, or nil and the error.
function file.writer(path)
  local checked, err = file.check("path", path)
  if not checked then
    return nil, err
  end
  local writer = setmetatable({ path = path }, Writer)
  local handle, code, words = core.writer(path)
  writer.handle = handle
  if not handle then
    return outcome(writer, nil, code, words)
  end
  return writer
end

function Writer:write(text)
  return outcome(self, self.handle:write(text))
end

function Writer:commit()
  return outcome(self, self.handle:commit())
end

function Writer:close()
  self.handle:close()
end

--- Takes the lock on a file, which is made where it is not there, and stays: one process has
-- it at a time. Returns the lock, which `lock:close()` or the end of the process gives back; false
-- where another process has it; or nil and the error.
function file.lock(path)
  local checked, err = file.check("path", path)
  if not checked then
    return nil, err
  end
  local lock, code, words = core.lock(path)
  if lock == nil then
    return nil, file.error(path, code, ("cannot lock file '%s': %s"):format(path, words))
  end
  return lock
end

--- Writes a whole text as `file.writer` does. Returns true, or nil and the error.
function file.write(path, text)
  local writer, err = file.writer(path)
  if not writer then
    return nil, err
  end
  local ok
  ok, err = writer:write(text)
  if ok then
    ok, err = writer:commit()
  end
  return ok, err
end

return file
