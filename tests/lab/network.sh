#!/bin/bash
# Sourced by the lab's scripts: a simulated network on loopback, small words to check with, and an end for all of it.
# It wants: LAB (a scratch folder), PYTHON (of the development environment), and to stand in the checkout.

export LAB_PASSWORD=lab-password
# shellcheck disable=SC2034 # for those who source this
CREDENTIAL=(credential add lab --username backup --password-from env:LAB_PASSWORD --enable-from env:LAB_PASSWORD)
PLATFORMS=(cisco_ios cisco_nxos arista_eos juniper_junos mikrotik_routeros linux)

network_up() { # writes $LAB/devices.csv
  mkfifo "$LAB/network.in"
  local spec='' platform
  for platform in "${PLATFORMS[@]}"; do
    spec+="{\"name\":\"$platform-1\",\"platform\":\"$platform\",\"username\":\"backup\",\"password\":\"$LAB_PASSWORD\",\"enable\":\"$LAB_PASSWORD\"},"
  done
  echo "[${spec%,}]" > "$LAB/network.json"
  "$PYTHON" -m tests.simulator --spec "$LAB/network.json" < "$LAB/network.in" > "$LAB/network.out" &
  NETWORK=$!
  exec 9> "$LAB/network.in" # the network ends when this is closed
  wait_for "the simulated network" test -s "$LAB/network.out"
  "$PYTHON" - "$LAB/network.out" > "$LAB/devices.csv" <<'P'
import json, sys
print("name,address,port,platform,tags,zone")
for name, port in json.loads(open(sys.argv[1]).readline())["ports"].items():
    print(f"{name},127.0.0.1,{port},{name.removesuffix('-1')},lab,default")
P
}

network_down() {
  exec 9>&- || true
  [ -z "$NETWORK" ] || { kill "$NETWORK" && wait "$NETWORK"; } || true
}

say() { printf '\n== %s\n' "$*"; }

wait_for() { # WHAT COMMAND…: until it succeeds, for two minutes and a half
  local what=$1 end=$((SECONDS + 150))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what did not come: $*"
    sleep 0.3
  done
}

expect() { # WHAT COMMAND…
  local what=$1
  shift
  "$@" || fail "$what: $*"
  echo "ok: $what"
}

refuse() { # WHAT COMMAND…: it must fail
  local what=$1
  shift
  if "$@"; then fail "$what: $*"; fi
  echo "ok: $what"
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
