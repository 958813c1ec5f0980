---@meta haproxyadmin.transport.luv

---@type haproxyadmin.transport.native
local transport

return transport
