#!/bin/bash
# The container, for real: built by buildah, run by podman with a read-only root and no capabilities, with simulated
# devices on loopback. usage: container.sh      root; apt: podman buildah mmdebstrap; a CPython 3.10 in $PYTHON310
# The base image is made here, and supercronic stood in for, so that no registry and no download are needed.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/lab
PYTHON=${PYTHON:-.venv/bin/python}
# shellcheck source=tests/lab/network.sh
. "$here/network.sh"
export CONTAINERS_CONF=$PWD/$here/containers.conf DISABLE_HC_SYSTEMD=true

build() {
  local opts=(--root "$LAB/storage" --runroot "$LAB/run")
  if ! podman "${opts[@]}" image exists docker.io/library/python:3.10-slim; then
    say "the base image"
    WORK=$LAB/base-image PY=${PYTHON310:?the prefix of a CPython 3.10} PODMAN_OPTS="${opts[*]}" "$here/base-image.sh"
  fi
  mkdir -p "$LAB/supercronic"
  install -m 755 "$here/supercronic_stand_in.py" "$LAB/supercronic/supercronic"
  local bud=(buildah "${opts[@]}" bud --isolation chroot --network host --format docker)
  say "a binary with another digest is refused"
  local port
  ( cd "$LAB/supercronic" && cp supercronic supercronic-linux-amd64 && cp supercronic supercronic-linux-arm64 &&
    exec "$PYTHON_ABSOLUTE" -u -m http.server --bind 127.0.0.1 0 ) > "$LAB/http.out" 2>&1 &
  local server=$!
  wait_for "the web server" grep -q 'port [0-9]' "$LAB/http.out"
  port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$LAB/http.out" | head -1)
  refuse "the build stops at a wrong digest" "${bud[@]}" --target supercronic \
    --build-arg "SUPERCRONIC_RELEASE=http://127.0.0.1:$port" . > "$LAB/refused.log" 2>&1
  kill "$server"
  expect "it was the digest" grep -q 'supercronic: FAILED' "$LAB/refused.log"
  say "the image"
  "${bud[@]}" --build-context "supercronic=$LAB/supercronic" -t localhost/netraven . > "$LAB/build.log" 2>&1 ||
    { tail -20 "$LAB/build.log"; fail "the build"; }
  podman "${opts[@]}" images localhost/netraven
}

pod() { podman --root "$LAB/storage" --runroot "$LAB/run" "$@" 9>&-; }

start() { # NAME COMMAND…
  local name=$1
  shift
  pod run --name "$name" --hostname netraven --network host --read-only --cap-drop=ALL \
    --security-opt=no-new-privileges --tmpfs /tmp -v netraven-lab:/app/data -v netraven-lab-logs:/app/logs "$@"
}

netraven() { pod exec -i lab netraven "$@"; }
commits() { pod exec lab git -C /app/data/archive rev-list --count main; }
all_there() { [ "$(commits)" -ge ${#PLATFORMS[@]} ]; }
logs() { pod logs lab 2>&1; }
started() { logs | grep -q 'crontab$'; } # the last thing that the entry point says
healthy() { pod healthcheck run "$1"; }

inner() {
  NETWORK=
  trap 'network_down; pod rm -f -t 0 lab > /dev/null 2>&1 || true' EXIT
  network_up
  pod rm -f -t 0 lab > /dev/null 2>&1 || true
  pod volume rm -f netraven-lab netraven-lab-logs > /dev/null 2>&1 || true

  say "first start"
  start lab -d localhost/netraven
  wait_for "the first start" started
  pod logs lab
  expect "healthy" healthy lab

  say "devices, a schedule, and the crontab that supercronic reads again"
  pod exec -e LAB_PASSWORD lab netraven "${CREDENTIAL[@]}"
  netraven device import - < "$LAB/devices.csv"
  netraven schedule add often --type backup --every 1m
  netraven schedule sync --target supercronic
  wait_for "the backups" all_there
  pod logs lab
  pod exec lab git -C /app/data/archive log --oneline
  expect "the changed crontab was read again" grep -c 'lines read again' <(logs)
  netraven status
  expect "healthy after backups" healthy lab
  pod exec lab netraven run --due
  expect "the idle look has its note" pod exec lab test -f /app/data/.netraven-idle
  netraven doctor || true

  say "second start: another container, the same volumes"
  local before devices
  before=$(commits)
  devices=$(netraven device list)
  SECONDS=0
  pod stop -t 60 lab
  echo "stopped in $SECONDS s"
  pod rm lab
  start lab -d localhost/netraven
  wait_for "the second start" started
  pod logs lab
  expect "the same devices" [ "$devices" = "$(netraven device list)" ]
  expect "the same archive" [ "$before" = "$(commits)" ]
  refuse "the second start made nothing" grep '^made' <(logs)

  say "a command instead"
  expect "device list" [ "$devices" = "$(start once --rm localhost/netraven netraven device list)" ]
  pod stop -t 60 lab; pod rm lab

  say "nobody looks at what is due: unhealthy"
  start lab -d localhost/netraven sleep 600
  expect "still healthy" healthy lab
  pod exec lab python -c 'import sqlite3; c = sqlite3.connect("/app/data/netraven.db"); c.execute("UPDATE schedule SET next_due_at = next_due_at - 600000000"); c.commit()'
  refuse "unhealthy" healthy lab
  pod rm -f -t 0 lab
  say "the container does what it should"
}

if [ "${1:-}" = inner ]; then
  inner
else
  export LAB=${LAB:-/var/tmp/netraven-lab}/container
  PYTHON_ABSOLUTE=$(realpath -s "$PYTHON")
  mkdir -p "$LAB"
  rm -f "$LAB/network.in" "$LAB/network.out"
  podman --version; buildah --version
  build
  "$here/v2ns.sh" "$PWD/$here/container.sh" inner
fi
