"""peer_sums.py FOLDER|SOCKET: what Python's haproxyadmin counts behind the stats sockets of a
folder, or behind one: a line for each frontend, backend and server and each counter."""
import os
import sys

from haproxyadmin import haproxy

COUNTERS = ["stot", "bin", "bout", "hrsp_2xx", "hrsp_4xx", "dreq"]

where = sys.argv[1]
if os.path.isdir(where):
    hap = haproxy.HAProxy(socket_dir=where)
else:
    hap = haproxy.HAProxy(socket_file=where)


def tell(kind, name, thing):
    for counter in COUNTERS:
        if counter != "dreq" or kind == "frontend":
            print(kind, name, counter, int(thing.metric(counter)))


for frontend in hap.frontends():
    tell("frontend", frontend.name, frontend)
for backend in hap.backends():
    tell("backend", backend.name, backend)
    for server in backend.servers():
        tell("server", backend.name + "/" + server.name, server)
