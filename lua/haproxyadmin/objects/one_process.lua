-- What Process and Worker have in common: commands to, and readings of, `_process` alone.

local core = require "haproxyadmin.core"
local marked = require "haproxyadmin.runtime.marked"
local raw = require "haproxyadmin.runtime.raw"
local reading = require "haproxyadmin.runtime.reading"
local request = require "haproxyadmin.runtime.request"

local one_process = {}

--- The lines that it answers to a raw command.
function one_process.command(self, context, _, text)
  local ok, err = raw.check(context, text)
  if not ok then
    return nil, err
  end
  local requests = raw.send(context, { self._process }, text)
  if requests[1].code then
    return reading.tell(requests, 1, request.failure(requests[1]))
  end
  return marked.lines(requests[1])
end

--- Its `show info`.
function one_process.info(self, context)
  local snapshot, err = reading.info(context, { self._process })
  return snapshot and core.info((core.info_text(snapshot, 1))), err
end

return one_process
