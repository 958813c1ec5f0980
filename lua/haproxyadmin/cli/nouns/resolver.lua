-- haproxyadmin resolver

local column = require "haproxyadmin.cli.show.column"

local counters = { "sent", "valid", "update", "snd_error", "cname", "timeout", "nx", "refused", "other", "invalid" }

local function run(call)
  local columns = {
    column("section", "SECTION", { names = true }),
    column("nameserver", "SERVER", { names = true }),
  }
  for i, name in ipairs(counters) do
    columns[#columns + 1] = column(name, name:upper(), { right = true, wide = i > 7 })
  end
  call:items(columns, call:haproxy():resolvers(), {
    name = function(item)
      return item.section .. "/" .. item.nameserver
    end,
  })
end

return {
  name = "resolver",
  help = "Lists name servers, what they were asked and answered, over all processes.",
  examples = { "haproxyadmin resolver", "haproxyadmin resolver -o wide" },
  run = run,
}
