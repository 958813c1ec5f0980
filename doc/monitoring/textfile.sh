#!/bin/sh
# textfile.sh FILE.prom OPTION ...: what all HAProxy processes count, as a file for
# node_exporter's textfile collector. The file is complete or it is the one before;
# the options are those of `haproxyadmin metrics`.
set -u
file=$1
shift
new=$(mktemp "$file.XXXXXX") || exit 1
trap 'rm -f "$new"' EXIT
haproxyadmin metrics "$@" >"$new"
status=$?
# 3: some processes did not answer, which the file tells.
case $status in
    0 | 3) ;;
    *) exit "$status" ;;
esac
chmod 644 "$new" && mv "$new" "$file"
