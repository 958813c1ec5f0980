-- The metrics of each kind of object: names, numbers in the core, rules.

local core = require "haproxyadmin.core"

local metrics = {
  number = { process = {}, frontend = {}, backend = {}, server = {} },
  names = { process = {}, frontend = {}, backend = {}, server = {} },
  sum = {},
  avg = {},
  rule = {},
}

for number, metric in ipairs(core.metrics()) do
  for kind, numbers in pairs(metrics.number) do
    if metric[kind] then
      numbers[metric.name] = number
      if metric.kind == "number" then
        table.insert(metrics.names[kind], metric.name)
      end
    end
  end
  if metric.listed ~= "none" then
    table.insert(metrics[metric.listed], metric.name)
  end
  metrics.rule[metric.name] = metric.rule
end

return metrics
