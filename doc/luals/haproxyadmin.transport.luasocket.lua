---@meta haproxyadmin.transport.luasocket

---@class haproxyadmin.TlsOptions
---@field cafile? string
---@field capath? string
---@field certificate? string
---@field key? string
---@field password? string
---@field server_name? string
---@field verify? boolean
---@field ciphers? string

---@class haproxyadmin.transport.luasocket: haproxyadmin.transport.native
local luasocket = {}

---@param options { tls: haproxyadmin.TlsOptions, plain: string[]? }
---@return haproxyadmin.transport.native
function luasocket.new(options) end

return luasocket
