-- What the numbers in a row of `show servers state` stand for (management guide 9.3).

local server_state = {}

local operational = { [0] = "stopped", "starting", "running", "stopping" }

-- By bit, from the lowest.
local admin = {
  "forced_maint",
  "inherited_maint",
  "config_maint",
  "forced_drain",
  "inherited_drain",
  "resolution_maint",
  "fqdn_set",
}

-- Is a bit of a number set? `bit`: 1, 2, 4, ...
local function has(number, bit)
  return math.floor(number / bit) % 2 == 1
end

--- srv_op_state in a word.
function server_state.operational(number)
  return operational[number]
end

--- srv_admin_state as a sequence of words.
function server_state.admin(number)
  local found = {}
  for i, word in ipairs(admin) do
    if has(number, 2 ^ (i - 1)) then
      found[#found + 1] = word
    end
  end
  return found
end

-- Of srv_check_state and srv_agent_state. HAProxy up to 2.4 enables what is not
-- configured, too, to no effect.
local CONFIGURED, ENABLED = 2, 4

--- Are checks enabled? The number is srv_check_state or srv_agent_state.
function server_state.is_enabled(number)
  return has(number, CONFIGURED) and has(number, ENABLED)
end

return server_state
