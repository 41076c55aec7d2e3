#!/bin/bash
# install.sh on a machine with systemd, for real: a booted throw-away systemd over an overlay of /, simulated devices on
# loopback. usage: host.sh      root; git, systemd, a Python >= 3.10 that other users can run ($HOST_PYTHON)
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/lab
PYTHON=${PYTHON:-.venv/bin/python}
# shellcheck source=tests/lab/network.sh
. "$here/network.sh"
DATA=/var/lib/netraven

archive() { runuser -u netraven -- git -C "$DATA/archive" "$@"; }
all_there() { [ "$(archive rev-list --count main)" -ge ${#PLATFORMS[@]} ]; }
install_it() { PYTHON=$HOST_PYTHON "$CHECKOUT/install.sh" "$@"; }
owned_by_others() { find "$DATA" /etc/netraven ! -user netraven; }

inner() {
  cd /root # closed to the user netraven, as an operator's shell often is
  say "install"
  "$HOST_PYTHON" --version; systemctl --version | head -1; git --version
  install_it
  stat -c '%a %U %n' /etc/netraven /etc/netraven/config.yml "$DATA" "$DATA"/*
  expect "the minute timer runs" systemctl is-active netraven-due.timer

  say "devices and a schedule, as root"
  netraven "${CREDENTIAL[@]}"
  netraven device import - < "$LAB/devices.csv"
  netraven schedule add often --type backup --every 1m
  netraven schedule sync
  systemctl list-timers --no-pager 'netraven-*'
  wait_for "the timer's backups" all_there
  journalctl --no-pager -o cat -u netraven-often.service -u netraven-due.service
  archive log --oneline
  expect "every device is in git" [ "$(archive ls-tree -r --name-only main | wc -l)" = ${#PLATFORMS[@]} ]
  expect "the units are as they should be" netraven schedule sync --check
  netraven status --check
  netraven doctor
  wait_for "a moment without a run" bash -c '! systemctl is-active netraven-often.service netraven-due.service'
  expect "root's commands made no file of another owner" [ -z "$(owned_by_others)" ]

  say "install again: an upgrade"
  local devices before
  devices=$(netraven device list)
  before=$(stat -c %Y /etc/systemd/system/netraven-often.timer)
  install_it
  expect "the devices are kept" [ "$devices" = "$(netraven device list)" ]
  expect "the units are kept" [ "$before" = "$(stat -c %Y /etc/systemd/system/netraven-often.timer)" ]

  say "uninstall, and install over the data"
  install_it --uninstall
  refuse "no command is left" test -e /usr/local/bin/netraven
  refuse "no unit is left" compgen -G '/etc/systemd/system/netraven-*'
  refuse "no program is left" test -e /opt/netraven
  expect "the archive is kept" all_there
  install_it
  expect "the devices are back" [ "$devices" = "$(netraven device list)" ]
  expect "the schedule's timer is back" systemctl is-active netraven-often.timer

  say "purge"
  refuse "without a terminal it wants --yes" install_it --uninstall --purge < /dev/null
  install_it --uninstall --purge --yes
  refuse "no data is left" test -e "$DATA" -o -e /etc/netraven
  refuse "no user is left" id netraven

  say "for one user, without root"
  useradd --create-home plainuser
  local as=(runuser -u plainuser -- env HOME=/home/plainuser PYTHON="$HOST_PYTHON")
  cd /home/plainuser
  "${as[@]}" "$CHECKOUT/install.sh" --user
  expect "his command runs" "${as[@]}" /home/plainuser/.local/bin/netraven doctor
  "${as[@]}" "$CHECKOUT/install.sh" --user --uninstall
  refuse "his command is gone" test -e /home/plainuser/.local/bin/netraven
  expect "his data are kept" test -e /home/plainuser/.local/share/netraven/netraven.db
  say "install.sh does what it should"
}

if [ "${1:-}" = inner ]; then
  LAB=$2 CHECKOUT=$3 HOST_PYTHON=$4 PATH=/usr/local/bin:$PATH
  inner
else
  LAB=${LAB:-/var/tmp/netraven-lab}/host
  NETWORK=
  rm -rf "$LAB"
  mkdir -p "$LAB"
  trap '"$here/systemd-boot.sh" stop "$LAB/systemd" || true; network_down' EXIT
  network_up
  NR_NET=' ' NR_BIND="$LAB:/run/lab $PWD:/run/checkout" "$here/systemd-boot.sh" start "$LAB/systemd" 9>&-
  # (its environment is bare; where pip finds libraries is said by /etc/pip.conf, where there is one)
  "$here/systemd-boot.sh" exec "$LAB/systemd" /run/checkout/tests/lab/host.sh inner /run/lab /run/checkout \
    "${HOST_PYTHON:-/usr/bin/python3}" 9>&-
fi
