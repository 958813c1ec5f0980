-- lines.lua SERVERS: prints as many lines as the listing does, of nothing that
-- had to be asked for: what Lua's print costs.

local servers = tonumber(arg[1])
for backend = 1, servers / 10 do
  print("b" .. backend, 0, "1,2,3,4")
  for server = 1, 10 do
    print("", "s" .. server, 0)
  end
end
