-- The metrics of each kind of object, of which the core has the one list: `number`
-- and `names` by kind, `sum`, `avg`, and `rule` by name.

return require("haproxyadmin.core").metrics()
