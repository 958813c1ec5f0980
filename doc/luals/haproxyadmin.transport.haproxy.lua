---@meta haproxyadmin.transport.haproxy

---@type haproxyadmin.transport.native
local transport

return transport
