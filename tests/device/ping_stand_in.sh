#!/bin/sh
# Takes the place of ping: addresses that end with 7 answer; how it is called is noted beside it.
here=${0%/*}
echo "$*" >> "$here/called"
if [ -e "$here/forbidden" ]; then
  echo 'ping: socket: Operation not permitted' >&2
  exit 2
fi
[ ! -e "$here/slow" ] || exec /bin/sleep 60
for address; do :; done
case $address in *7) exit 0 ;; *) exit 1 ;; esac
