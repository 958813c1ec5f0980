-- haproxyadmin frontend ...

local verbs = require "haproxyadmin.cli.verbs.proxies" "frontend"

for _, verb in ipairs(require "haproxyadmin.cli.verbs.frontend_changes") do
  verbs[#verbs + 1] = verb
end

return { name = "frontend", help = "Frontends.", verbs = verbs }
