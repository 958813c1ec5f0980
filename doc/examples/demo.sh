#!/bin/sh
# Starts four HAProxy processes on unix sockets in a temporary folder, sends
# requests through them, runs demo.lua, and ends what it started.
#
# Environment: LUA (the interpreter), LUA_BUILD (where core.so was built).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dir=$(mktemp -d)

finish() {
    for file in "$dir"/*.pid; do
        [ ! -e "$file" ] || kill $(cat "$file") 2>/dev/null || :
    done
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

mkdir "$dir/stats"
for n in 1 2 3 4; do
    sed "s|@DIR@|$dir|g; s|@N@|$n|g" "$here/demo.cfg" >"$dir/$n.cfg"
    haproxy -D -p "$dir/$n.pid" -f "$dir/$n.cfg"
done

for n in 1 2 3 4; do
    curl -s -o /dev/null --unix-socket "$dir/www$n.sock" "http://demo/?[1-$((n * 10))]"
    curl -s -o /dev/null --unix-socket "$dir/www$n.sock" "http://demo/api/[1-5]"
done

cd "$root"
LUA_PATH="./lua/?.lua;./lua/?/init.lua;;" LUA_CPATH="./$LUA_BUILD/?.so;;" \
    "$LUA" doc/examples/demo.lua "$dir/stats"
