---@meta haproxyadmin.transport.luv

---@type haproxyadmin.transport.native
local luv

return luv
