---@meta haproxyadmin.transport.ngx

---@class haproxyadmin.transport.ngx: haproxyadmin.transport.native
local ngx = {}

---@return boolean
function ngx:ready() end

return ngx
