"""peer_listing.py FOLDER: the listing with Python's haproxyadmin."""
import sys

from haproxyadmin import haproxy

hap = haproxy.HAProxy(socket_dir=sys.argv[1])

for frontend in hap.frontends():
    print(frontend.name, frontend.requests, frontend.process_nb)
for backend in hap.backends():
    print(backend.name, backend.requests, backend.process_nb)
    for server in backend.servers():
        print("", server.name, server.requests)
