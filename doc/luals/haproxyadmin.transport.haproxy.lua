---@meta haproxyadmin.transport.haproxy

---@type haproxyadmin.transport.native
local haproxy

return haproxy
