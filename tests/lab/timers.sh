#!/bin/bash
# What wakes NetRaven, for real: a booted throw-away systemd over an overlay of /, an OpenSSH server in it, PostgreSQL on
# a socket beside it. usage: timers.sh      root; git, systemd, openssh-server, a Python >= 3.10 that other users can run
# ($HOST_PYTHON)
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/lab
PYTHON=${PYTHON:-.venv/bin/python}
# shellcheck source=tests/lab/network.sh
. "$here/network.sh"
DATA=/var/lib/netraven
UNITS=/etc/systemd/system

commits() { runuser -u netraven -- git -C "$DATA/archive" rev-list --count main 2>/dev/null || echo 0; }
committed() { [ "$(commits)" -ge "$1" ]; }
field() { "$HOST_PYTHON" -c 'import json, sys; print(eval(sys.argv[1], {"found": json.load(sys.stdin)}))' "$1"; }
timer_of() { netraven schedule list --json | field "next(row['timer'] for row in found['items'] if row['name'] == '$1')"; }
timer_is() { [ "$(timer_of "$1")" = "$2" ]; }
is_loaded() { systemctl list-timers --all --no-legend | grep -q "$1"; }
calendar_of() { systemctl show --property=TimersCalendar --value "$1"; }
files() { (cd "$UNITS" && find . -name '*netraven*' \( -type f -o -type l \) -exec stat -c '%n %Y %N' {} + | sort); }
ended() { [ "$(netraven job show "$1" --json | field "found['state']")" = succeeded ]; }
is_running() { [ "$(netraven job list --state running --json | field "len(found['items'])")" -ge 1 ]; }
submit() { netraven job submit backup "$1" --json | field "found['items'][0]['id']"; }
begun_after() { # milliseconds from the submission of a job to its first attempt
  "$HOST_PYTHON" - "$DATA/netraven.db" "$1" <<'P'
import sqlite3, sys
row = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute(
    "SELECT (SELECT min(started_at) FROM attempt WHERE job_id = job.id) - created_at FROM job WHERE id = ?", sys.argv[2:])
print(row.fetchone()[0] // 1000)
P
}

fail() { # what systemd and NetRaven saw of it
  journalctl --no-pager -o short-precise -u 'netraven-*' | tail -40 >&2
  netraven job list >&2
  echo "FAILED: $*" >&2
  exit 1
}

a_box() { # a user of the sshd, and a device of the same name
  useradd --create-home --shell /bin/bash --password '*' "$1" # no password, and not locked
  install -d -o "$1" -m 700 "/home/$1/.ssh"
  install -o "$1" -m 600 /run/box-key.pub "/home/$1/.ssh/authorized_keys"
  netraven device add "$1" --address 127.0.0.1 --port 2222 --platform linux --credential "$1"
}

a_login() { netraven credential add "$1" --username "$1" --key-file "$DATA/box-key"; }

an_sshd() {
  ssh-keygen -q -t ed25519 -N '' -f /run/box-key
  ssh-keygen -q -t ed25519 -N '' -f /run/host-key
  install -o netraven -g netraven -m 600 /run/box-key "$DATA/box-key"
  install -d -m 755 /run/sshd
  printf '%s\n' 'ListenAddress 127.0.0.1:2222' 'HostKey /run/host-key' 'PidFile none' 'UsePAM no' \
    'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'PrintMotd no' > /run/sshd_config
  systemd-run --quiet --unit=lab-sshd /usr/sbin/sshd -D -e -f /run/sshd_config
  wait_for "the sshd" bash -c 'exec 3<>/dev/tcp/127.0.0.1/2222'
}

inner() {
  cd /root
  say "install, with devices on a real sshd"
  PYTHON=$HOST_PYTHON "$CHECKOUT/install.sh" --postgres
  an_sshd
  local box
  for box in box slow; do a_login "$box"; a_box "$box"; done

  say "the units are hardened"
  netraven schedule add often --type backup --every 1m box
  netraven schedule sync
  for unit in due wake often; do
    systemd-analyze security --no-pager --threshold=15 "netraven-$unit.service" | tail -1
  done
  expect "systemd calls the timer enabled" [ "$(systemctl is-enabled netraven-often.timer)" = enabled ]
  expect "and the path" [ "$(systemctl is-enabled netraven-wake.path)" = enabled ]

  say "a schedule's own timer fires, and its unit makes a backup of a real sshd"
  systemctl stop netraven-due.timer netraven-wake.path
  refuse "a stopped timer is drift" netraven schedule sync --check
  made_a_backup() { journalctl --no-pager -o cat -u netraven-often.service | grep '^backup: 1 succeeded' > /dev/null; }
  wait_for "the backup by that unit" made_a_backup
  journalctl --no-pager -o cat -u netraven-often.service | tail -5
  expect "it is in git" committed 1
  expect "it is the sshd's configuration" runuser -u netraven -- git -C "$DATA/archive" grep -q 'ListenAddress 127.0.0.1:2222\|end of configuration' main
  netraven schedule sync
  expect "a sync starts what was stopped" systemctl is-active netraven-due.timer netraven-wake.path
  expect "nothing differs now" netraven schedule sync --check
  netraven schedule list --json
  expect "the list has the last fire" [ "$(netraven schedule list --json | field "found['items'][0]['fired_at'] is not None")" = True ]
  expect "and how it ended" [ "$(netraven schedule list --json | field "found['items'][0]['result']")" = success ]
  expect "and that it waits" timer_is often waits
  expect "and the status names it" grep -q '"target": "systemd"' <(netraven status --json)

  say "an edited, a disabled, a removed schedule: each after one sync"
  netraven schedule add nightly --type backup --daily 02:30 --tz Europe/Berlin box
  netraven schedule sync
  calendar_of netraven-nightly.timer
  netraven schedule edit nightly --daily 12:30
  expect "the list says outdated" timer_is nightly outdated
  netraven schedule sync --dry-run
  netraven schedule sync
  expect "edited" grep -q '12:30:00 Europe/Berlin' <(calendar_of netraven-nightly.timer)
  netraven schedule disable nightly
  netraven schedule sync
  refuse "disabled" is_loaded netraven-nightly.timer
  netraven schedule enable nightly
  netraven schedule sync
  expect "enabled" is_loaded netraven-nightly.timer
  netraven schedule remove nightly --yes --force
  netraven schedule sync
  refuse "removed" is_loaded netraven-nightly.timer
  refuse "no file of it is left" compgen -G "$UNITS/*nightly*"
  refuse "no link of it is left" compgen -G "$UNITS/*/*nightly*"

  say "a step that fails changes nothing"
  local before
  before=$(files)
  netraven schedule add bad --type backup --daily 02:30 box
  mkdir "$UNITS/netraven-bad.timer.d"
  printf '[Timer]\nOnCalendar=\n' > "$UNITS/netraven-bad.timer.d/no-time.conf"
  refuse "a timer that systemd cannot start" netraven schedule sync
  refuse "it is not there" is_loaded netraven-bad.timer
  expect "files and links are as before, and the drop-in" [ "$before" = "$(files | grep -v netraven-bad)" ]
  expect "the other timers run" systemctl is-active netraven-due.timer netraven-often.timer netraven-wake.path
  rm -r "$UNITS/netraven-bad.timer.d"
  chown -R netraven "$UNITS"
  refuse "a systemd that does not obey (no root)" runuser -u netraven -- env NETRAVEN_CONFIG=/etc/netraven/config.yml \
    /opt/netraven/venv/bin/netraven schedule sync --target systemd 2> /run/said
  expect "it says so" grep 'nothing was changed$' /run/said
  chown -R root "$UNITS"
  expect "files and links are as before" [ "$before" = "$(files)" ]
  expect "the other timers run" systemctl is-active netraven-due.timer netraven-often.timer netraven-wake.path
  mkdir /run/full
  mount -t tmpfs -o size=16k tmpfs /run/full
  refuse "a full disk" netraven schedule sync --dir /run/full/units
  expect "nothing is left on it" [ -z "$(ls -A /run/full)" ]
  umount /run/full
  netraven schedule sync
  expect "the new timer waits" timer_is bad waits
  netraven schedule remove bad --yes --force
  netraven schedule remove often --yes --force
  netraven schedule sync

  say "a submitted job begins within two seconds"
  local job begun=()
  for _ in 1 2 3 4 5; do
    job=$(submit box)
    wait_for "the job" ended "$job"
    begun+=("$(begun_after "$job")")
  done
  echo "begun after ${begun[*]} ms"
  expect "in time, where nothing else keeps the machine busy" [ "$(printf '%s\n' "${begun[@]}" | sort -n | head -1)" -lt 2000 ]
  refuse "the wake file was taken away" test -e "$DATA/wake"

  say "one that comes while another is done is not forgotten"
  echo 'sleep 5' > /home/slow/.bashrc
  local slow
  slow=$(submit slow)
  wait_for "the slow one" is_running
  systemctl stop netraven-due.timer # only the path can do it
  job=$(submit box)
  wait_for "the one in between" ended "$job"
  wait_for "the slow one" ended "$slow"
  echo "begun after $(begun_after "$job") ms"
  systemctl start netraven-due.timer

  say "a killed runner: the next wake-up completes its work"
  echo 'sleep 12' > /home/slow/.bashrc # a login may take 15 s
  netraven schedule add killed --type backup --every 1m slow
  netraven schedule sync
  wait_for "the run" is_running
  job=$(netraven job list --json | field "next(job['id'] for job in found['items'] if job['subject'] == 'slow')")
  systemctl kill --signal=KILL 'netraven-*.service'
  rm /home/slow/.bashrc
  wait_for "its end" ended "$job"
  netraven job show "$job"
  netraven job log "$job"
  netraven schedule remove killed --yes --force
  netraven schedule sync

  say "PostgreSQL over a socket, from the hardened units"
  sed -i "s|^  #url: null|  url: $POSTGRES|" /etc/netraven/config.yml
  netraven init
  a_login box
  netraven device add box --address 127.0.0.1 --port 2222 --platform linux
  netraven schedule add pg --type backup --every 1m
  netraven schedule sync
  pg_done() { [ "$(netraven job list --state succeeded --json | field "len(found['items'])")" -ge 1 ]; }
  wait_for "the timer's backup" pg_done
  netraven schedule list
  netraven status | head -5

  say "taken away"
  "$CHECKOUT/install.sh" --uninstall
  expect "no unit, and no link" [ -z "$(files)" ]
  refuse "nothing waits" is_loaded netraven
  say "timers do what they should"
}

if [ "${1:-}" = inner ]; then
  LAB=$2 CHECKOUT=$3 HOST_PYTHON=$4 POSTGRES=$5 PATH=/usr/local/bin:$PATH
  inner
else
  LAB=${LAB:-/var/tmp/netraven-lab}/timers
  rm -rf "$LAB"
  mkdir -p "$LAB"
  chmod 755 "$LAB"
  mkfifo "$LAB/postgres.in"
  # Its socket is seen inside too, since its folder is.
  TMPDIR=$LAB "$PYTHON" -c '
import sys
from tests.postgres import PostgresServer
server = PostgresServer()
print(server.url(server.create()), flush=True)
sys.stdin.read()
server.stop()' < "$LAB/postgres.in" > "$LAB/postgres.out" &
  DATABASE=$!
  exec 8> "$LAB/postgres.in"
  trap '"$here/systemd-boot.sh" stop "$LAB/systemd" || true; exec 8>&-; wait "$DATABASE" || true' EXIT
  wait_for "PostgreSQL" test -s "$LAB/postgres.out"
  NR_NET=' ' NR_BIND="$LAB:/run/lab $PWD:/run/checkout" "$here/systemd-boot.sh" start "$LAB/systemd" 8>&-
  "$here/systemd-boot.sh" exec "$LAB/systemd" /run/checkout/tests/lab/timers.sh inner /run/lab /run/checkout \
    "${HOST_PYTHON:-/usr/bin/python3}" "$(sed "s|$LAB|/run/lab|" "$LAB/postgres.out")" 8>&-
fi
