---@meta haproxyadmin.transport.copas

---@type haproxyadmin.transport.native
local copas

return copas
