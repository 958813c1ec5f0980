-- For `ldoc --filter`: one line for each item, with tabs between
-- the module's name, the item's type, its name, and its parameters.
return {
  print = function(modules)
    for _, module in ipairs(modules) do
      for _, item in ipairs(module.items) do
        local params = {}
        for _, param in ipairs(item.params or {}) do
          if not param:find("%.") then
            params[#params + 1] = param
          end
        end
        print(table.concat({ module.name, item.type, item.name, table.concat(params, ",") }, "\t"))
      end
    end
  end,
}
