-- The transport of --verbose: shows each command and its reply on stderr.

local native = require "haproxyadmin.transport.native"
local text = require "haproxyadmin.cli.base.text"

local verbose = setmetatable({}, { __index = native })

local function show(mark, words)
  for line in words:gmatch "[^\n]+" do
    io.stderr:write(mark, text.plain(line), "\n")
  end
end

function verbose:exchange(requests, deadline, breaks)
  local since = self:now()
  native:exchange(requests, deadline, breaks)
  local took = (self:now() - since) * 1000
  for _, request in ipairs(requests) do
    io.stderr:write(("# %s, %.1f ms\n"):format(text.plain(request.address), took))
    show("> ", request.line or "")
    if request.code then
      show("! ", ("%s: %s"):format(request.code, request.words or ""))
    elseif request.reply then
      show("< ", request.reply:raw())
    end
  end
end

return verbose
