---@meta haproxyadmin.transport.native

---@class haproxyadmin.Request
---@field address string
---@field line string
---@field reply userdata
---@field connection? haproxyadmin.Connection the one to use, which stays open
---@field code? haproxyadmin.ErrorCode set when it failed
---@field words? string the system's
---@field sent? boolean HAProxy may have run a command of it

---@class haproxyadmin.Connection
local Connection = {}

---@param bytes string
---@param deadline number
---@return true? sent
---@return string? code
---@return string? words
function Connection:send(bytes, deadline) end

---@param deadline number
---@return string? bytes
---@return string? code `closed` at the end of the stream, `reset`, `timeout`
---@return string? words
function Connection:receive(deadline) end

function Connection:close() end

-- What every transport has.
---@class haproxyadmin.transport.native
local native = {}

---@return number seconds
function native:now() end

---@param seconds number
function native:sleep(seconds) end

---@param requests haproxyadmin.Request[]
---@param deadline number
---@param breaks? boolean it also ends when Ctrl-C was noted
function native:exchange(requests, deadline, breaks) end

---@param address string
---@param deadline number
---@return haproxyadmin.Connection? connection
---@return string? code
---@return string? words
function native:open(address, deadline) end

return native
