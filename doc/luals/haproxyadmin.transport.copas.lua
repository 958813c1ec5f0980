---@meta haproxyadmin.transport.copas

---@type haproxyadmin.transport.native
local transport

return transport
