-- lua/ stays in the language that Lua 5.1 to 5.4 and LuaJIT share.
std = "min"
max_line_length = 120
exclude_files = { "build" }
files["spec"] = { std = "+busted" }
files["doc/examples/haproxy"] = { read_globals = { "core" } }
files["lua/haproxyadmin/transport/haproxy.lua"] = { read_globals = { "core" } }
files["spec/support/in_haproxy.lua"] = { read_globals = { "core" } }
files["**/*.rockspec"] = { std = "+rockspec" }
-- Texts that are no Lua.
files["lua/haproxyadmin/web/page/content.lua"] = { max_line_length = false }
files["doc/luals"] = { ignore = { "111", "112", "113", "211", "212", "213", "221", "241", "631" } }
