---@meta haproxyadmin.transport.stream

---@class haproxyadmin.Address
---@field kind "unix"|"abns"|"tcp"
---@field host string
---@field port? integer

---@class haproxyadmin.Driver
---@field now fun(): number
---@field sleep fun(seconds: number)
---@field together fun(functions: function[])
---@field connect fun(address: haproxyadmin.Address, timeout: number): any, string?, string?
---@field send fun(stream: any, line: string, timeout: number): true?, string?, string?
---@field receive fun(stream: any, timeout: number): string?, string?, string?
---@field close fun(stream: any)
---@field alive? fun(stream: any): boolean

---@class haproxyadmin.transport.stream

---@param driver haproxyadmin.Driver
---@return haproxyadmin.transport.native
local function stream(driver) end

return stream
