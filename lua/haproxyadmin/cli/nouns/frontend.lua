-- haproxyadmin frontend ...

local verbs = require "haproxyadmin.cli.proxy_verbs" "frontend"

for _, verb in ipairs(require "haproxyadmin.cli.frontend_changes") do
  verbs[#verbs + 1] = verb
end

return { name = "frontend", help = "Frontends.", verbs = verbs }
