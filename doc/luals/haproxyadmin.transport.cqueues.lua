---@meta haproxyadmin.transport.cqueues

---@type haproxyadmin.transport.native
local transport

return transport
