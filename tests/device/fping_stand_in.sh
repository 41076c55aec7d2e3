#!/bin/sh
# Stands for fping(8): answers for addresses that end in 7, and notes how it was called.
echo "$*" > "$(dirname "$0")/called"
[ ! -e "$(dirname "$0")/forbidden" ] || { echo "fping: can't create socket (must run as root?)" >&2; exit 4; }
grep '7$'
echo "192.0.2.1 is unreachable" >&2
exit 1
