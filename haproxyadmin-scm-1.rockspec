rockspec_format = "3.0"
package = "haproxyadmin"
version = "scm-1"
source = {
  url = "git+https://github.com/haproxyadmin/haproxyadmin-lua.git",
}
description = {
  summary = "Manages HAProxy over its Runtime API, however many processes serve it",
  detailed = [[
One object stands for a frontend, a backend or a server however many HAProxy
processes serve it: statistics are aggregated, commands go to all of them.]],
  license = "Apache-2.0",
  labels = { "haproxy", "load-balancing", "monitoring" },
}
dependencies = { "lua >= 5.1, < 5.5" }
build = {
  type = "builtin",
  modules = {
    ["haproxyadmin.core"] = {
      sources = {
        "csrc/core/hadm_address.c",
        "csrc/core/hadm_buffer.c",
        "csrc/core/hadm_command.c",
        "csrc/core/hadm_conn.c",
        "csrc/core/hadm_csv.c",
        "csrc/core/hadm_fanout.c",
        "csrc/core/hadm_info.c",
        "csrc/core/hadm_metric.c",
        "csrc/core/hadm_number.c",
        "csrc/core/hadm_path.c",
        "csrc/core/hadm_refusal.c",
        "csrc/core/hadm_reply.c",
        "csrc/core/hadm_resolve.c",
        "csrc/core/hadm_slice.c",
        "csrc/core/hadm_snapshot.c",
        "csrc/core/hadm_table.c",
        "csrc/core/hadm_total.c",
        "csrc/lua/lhadm_command.c",
        "csrc/lua/lhadm_core.c",
        "csrc/lua/lhadm_metric.c",
        "csrc/lua/lhadm_native.c",
        "csrc/lua/lhadm_object.c",
        "csrc/lua/lhadm_reply.c",
        "csrc/lua/lhadm_snapshot.c",
      },
      libraries = { "pthread", "dl" },
    },
    ["haproxyadmin.backend"] = "lua/haproxyadmin/backend.lua",
    ["haproxyadmin.call"] = "lua/haproxyadmin/call.lua",
    ["haproxyadmin.check"] = "lua/haproxyadmin/check.lua",
    ["haproxyadmin.class"] = "lua/haproxyadmin/class.lua",
    ["haproxyadmin.command"] = "lua/haproxyadmin/command.lua",
    ["haproxyadmin.errors"] = "lua/haproxyadmin/errors.lua",
    ["haproxyadmin.frontend"] = "lua/haproxyadmin/frontend.lua",
    ["haproxyadmin.haproxy"] = "lua/haproxyadmin/haproxy.lua",
    ["haproxyadmin"] = "lua/haproxyadmin/init.lua",
    ["haproxyadmin.list"] = "lua/haproxyadmin/list.lua",
    ["haproxyadmin.metrics"] = "lua/haproxyadmin/metrics.lua",
    ["haproxyadmin.object"] = "lua/haproxyadmin/object.lua",
    ["haproxyadmin.patterns"] = "lua/haproxyadmin/patterns.lua",
    ["haproxyadmin.process"] = "lua/haproxyadmin/process.lua",
    ["haproxyadmin.reading"] = "lua/haproxyadmin/reading.lua",
    ["haproxyadmin.server"] = "lua/haproxyadmin/server.lua",
    ["haproxyadmin.snapshot"] = "lua/haproxyadmin/snapshot.lua",
    ["haproxyadmin.sockets"] = "lua/haproxyadmin/sockets.lua",
    ["haproxyadmin.testing"] = "lua/haproxyadmin/testing.lua",
    ["haproxyadmin.testing.server"] = "lua/haproxyadmin/testing/server.lua",
    ["haproxyadmin.transport"] = "lua/haproxyadmin/transport.lua",
    ["haproxyadmin.transport.stream"] = "lua/haproxyadmin/transport/stream.lua",
    ["haproxyadmin.transport.native"] = "lua/haproxyadmin/transport/native.lua",
    ["haproxyadmin.utils"] = "lua/haproxyadmin/utils.lua",
    ["haproxyadmin.view"] = "lua/haproxyadmin/view.lua",
  },
}
test = { type = "busted" }
