-- For `ldoc --filter`: one line "module<TAB>type<TAB>name" for each item.
return {
  print = function(modules)
    for _, module in ipairs(modules) do
      for _, item in ipairs(module.items) do
        print(module.name .. "\t" .. item.type .. "\t" .. item.name)
      end
    end
  end,
}
