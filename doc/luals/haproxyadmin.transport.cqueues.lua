---@meta haproxyadmin.transport.cqueues

---@type haproxyadmin.transport.native
local cqueues

return cqueues
