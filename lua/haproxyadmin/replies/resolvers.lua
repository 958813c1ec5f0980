-- The answer to `show resolvers`: sections, their name servers, and counters below each.

local resolvers = {}

--- A sequence of {section =, nameserver =, counter = number, ...}.
function resolvers.of(lines)
  local found, section, server = {}, nil, nil
  for _, line in ipairs(lines) do
    local counter, value = line:match "^  ([%w_]+): +(%d+)$"
    if counter and server then
      server[counter] = tonumber(value)
    elseif line:find "^Resolvers section " then
      section, server = line:match "^Resolvers section (.*)$", nil
    elseif section and line:find "^ nameserver .*:$" then
      server = { section = section, nameserver = line:match "^ nameserver (.*):$" }
      found[#found + 1] = server
    end
  end
  return found
end

return resolvers
