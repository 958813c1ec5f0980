---@meta haproxyadmin.transport.native

---@class haproxyadmin.Request
---@field address string
---@field line string
---@field reply userdata
---@field code? haproxyadmin.ErrorCode set when it failed
---@field words? string the system's
---@field sent? boolean HAProxy may have run the line

-- What every transport has.
---@class haproxyadmin.transport.native
local native = {}

---@return number seconds
function native:now() end

---@param seconds number
function native:sleep(seconds) end

---@param requests haproxyadmin.Request[]
---@param deadline number
function native:exchange(requests, deadline) end

return native
