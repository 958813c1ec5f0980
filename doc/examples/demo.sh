#!/bin/sh
# Starts four HAProxy processes on unix sockets in a temporary folder, sends
# requests through them, starts a master with a worker that has an upload, runs
# demo.lua, and ends what it started, also when something fails or somebody
# presses Ctrl-C.
#
# Environment: LUA (the interpreter), LUA_BUILD (where core.so was built),
# HAPROXY (the program; the system's unless set).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# Debian has haproxy in a folder that is not on every user's path.
PATH=$PATH:/usr/local/sbin:/usr/sbin
HAPROXY=${HAPROXY:-haproxy}
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
    "$HAPROXY" -D -p "$dir/$n.pid" -f "$dir/$n.cfg"
done

request() {
    curl -sS -o /dev/null --max-time 10 --unix-socket "$dir/www$1.sock" "http://demo$2"
}
for n in 1 2 3 4; do
    request "$n" "/?[1-$((n * 10))]"
    request "$n" "/api/[1-5]"
done

sed "s|@DIR@|$dir|g" "$here/demo-master.cfg" >"$dir/master.cfg"
"$HAPROXY" -W -D -p "$dir/master.pid" -S "$dir/master.sock,level,admin" -f "$dir/master.cfg" 2>/dev/null
# An upload that goes on until this script ends.
mkfifo "$dir/body"
curl -sS -o /dev/null --max-time 60 --unix-socket "$dir/upload.sock" -T "$dir/body" http://demo/ 2>/dev/null &
exec 3>"$dir/body"

cd "$root"
LUA_PATH="./lua/?.lua;./lua/?/init.lua;;" LUA_CPATH="./$LUA_BUILD/?.so;;" \
    "$LUA" doc/examples/demo.lua "$dir/stats" "$dir/master.sock" 3>&-
