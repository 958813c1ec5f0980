---@meta haproxyadmin.transport.stepped

---@class haproxyadmin.Waiter
---@field wait fun(seconds: number, descriptors: table[])
---@field refusal fun(): string?

---@class haproxyadmin.transport.stepped

---@param waiter haproxyadmin.Waiter
---@return haproxyadmin.transport.native
local function stepped(waiter) end

return stepped
