---@meta haproxyadmin.testing

---@class haproxyadmin.Behaviour
---@field [1] "answer"|"reply"|"stall"|"drip"|"cut"|"close"|"reset"|"garbage"|"endless"|"http"|"smtp"|"silence"|"die"|"refuse"|"gone"|"backlog"
---@field [2]? string the text of "reply"
---@field at? integer bytes
---@field after? integer answers
---@field idle? number seconds
---@field pause? number seconds between bytes
---@field seconds? number
---@field text? string

---@class haproxyadmin.FakeOptions
---@field replies? table<string|integer, string|string[]>|string command line = reply, {pattern, reply}; or a Lua file's path
---@field script? (string|haproxyadmin.Behaviour)[]
---@field path? string the socket's path
---@field tcp? boolean a port of 127.0.0.1 instead
---@field level? "user"|"operator"|"admin" what `show cli level` answers
---@field lua? string the interpreter

---@class haproxyadmin.Fake
---@field address string for the options of HAProxy
---@field pid integer
local Fake = {}

---@param script (string|haproxyadmin.Behaviour)[]
function Fake:script(script) end

---@return { behaviour: string, command: string?, more: string[]? }[]
function Fake:received() end

function Fake:stop() end

---@class haproxyadmin.testing
local testing = {}

---@param options? haproxyadmin.FakeOptions
---@return haproxyadmin.Fake
function testing.start(options) end

---@param inner? string|haproxyadmin.transport.native
---@return haproxyadmin.transport.native # with the field `replies`
function testing.recorder(inner) end

return testing
