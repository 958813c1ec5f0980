"""peer_setweight.py FOLDER COUNT: sets the weight of the first COUNT servers
one by one; prints the seconds that this took."""
import sys
import time

from haproxyadmin import haproxy

hap = haproxy.HAProxy(socket_dir=sys.argv[1])
servers = []
for backend in hap.backends():
    servers += backend.servers()
servers = servers[:int(sys.argv[2])]
assert len(servers) == int(sys.argv[2])

start = time.monotonic()
for server in servers:
    assert server.setweight(10)
print("%.9f" % (time.monotonic() - start))
