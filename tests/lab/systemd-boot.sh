#!/bin/bash
# Boot a real systemd --system (PID 1 of its own pid namespace) on an overlay of /.
# usage: systemd-boot.sh start STATE_DIR | exec STATE_DIR CMD... | stop STATE_DIR
# NR_BIND="SRC:DST …" bind-mounts host paths in. NR_NET=" " shares the host network namespace (host 127.0.0.1 reachable); default: own netns, lo up.
# Nothing is written to the host's / : every change goes to a tmpfs upper layer.
set -euo pipefail
verb=$1; S=$2; shift 2
case $verb in
start)
  mkdir -p "$S"; S=$(readlink -f "$S")
  # a child of the cgroup2 mount, wherever it is (hybrid: .../unified; unified: /sys/fs/cgroup)
  CG2=$(findmnt -rn -t cgroup2 -o TARGET | head -1)
  CG=$CG2/nrlab-$$; mkdir "$CG"; echo "$CG" > "$S/cgroup"
  # ($BASHPID: the subshell joins the cgroup, then makes the cgroup namespace there)
  ( echo $BASHPID > "$CG/cgroup.procs"
    # shellcheck disable=SC2086 # an empty NR_NET is no word
    exec setsid unshare --mount --uts --ipc ${NR_NET:---net} --cgroup --pid --fork --propagation private \
      --kill-child=SIGKILL \
      "$0" inner "$S" "$@" </dev/null >"$S/console.log" 2>&1 ) &
  echo $! > "$S/unshare.pid"
  for _ in $(seq 600); do
    p=$(pgrep -P "$(cat "$S/unshare.pid")" || true)
    [ -n "$p" ] && echo "$p" > "$S/init.pid" &&
      [ "$(cat "/proc/$p/comm")" = systemd ] && break
    sleep 0.05
  done
  for _ in $(seq 600); do
    st=$("$0" exec "$S" systemctl is-system-running 2>/dev/null || true)
    case $st in running|degraded) echo "state=$st"; exit 0;; esac
    kill -0 "$(cat "$S/unshare.pid")" || { echo died; tail -30 "$S/console.log"; exit 1; }
    sleep 0.05
  done
  echo "timeout state=$st"; exit 1;;
inner)
  hostname nrlab; ip link set lo up 2>/dev/null || true
  mount -t tmpfs -o mode=755 none "$S"        # hides S inside the namespace only
  mkdir -p "$S"/{upper,work,root}
  mount -t overlay overlay -o "lowerdir=/,upperdir=$S/upper,workdir=$S/work" "$S/root"
  R=$S/root
  mount -t proc proc "$R/proc"
  # /proc/sys read-only: without it systemd-sysctl.service changes HOST-WIDE sysctls (fs.protected_*)
  mount --bind "$R/proc/sys" "$R/proc/sys"; mount -o remount,bind,ro "$R/proc/sys"
  mount -t sysfs -o ro sysfs "$R/sys"
  mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
  mount -t tmpfs -o mode=755,nosuid tmpfs "$R/dev"
  for n in null zero full random urandom tty; do # (bind mounts: mknod works too, as root)
    touch "$R/dev/$n"; mount --bind "/dev/$n" "$R/dev/$n"; done
  mkdir "$R/dev/pts" "$R/dev/shm" "$R/dev/mqueue"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$R/dev/pts"; ln -s pts/ptmx "$R/dev/ptmx"
  mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
  ln -s /proc/self/fd "$R/dev/fd"; ln -s /proc/self/fd/0 "$R/dev/stdin"; ln -s /proc/self/fd/1 "$R/dev/stdout"; ln -s /proc/self/fd/2 "$R/dev/stderr"
  mount -t tmpfs -o mode=755 tmpfs "$R/run"; mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
  # NR_BIND="src:dst ..." makes host paths visible (needed for anything under /tmp, which is a fresh tmpfs here)
  for b in ${NR_BIND:-}; do mkdir -p "$R${b#*:}"; mount --bind "${b%%:*}" "$R${b#*:}"; done
  # no host unit is started: an empty /etc/systemd/system and one small target
  rm -rf "$R/etc/systemd/system"; mkdir -p "$R/etc/systemd/system"
  rm -f "$R/var/lib/systemd/timers/"* ; rm -rf "$R/var/log/journal"
  rm -rf "$R/var/lib/netraven" "$R/etc/netraven" # nor does what the host has of NetRaven show through
  cat > "$R/etc/systemd/system/nrlab.target" <<'U'
[Unit]
Description=netraven test target
Requires=systemd-journald.service dbus.socket
Wants=timers.target
After=systemd-journald.service dbus.socket timers.target
AllowIsolate=yes
U
  for u in systemd-logind systemd-networkd systemd-resolved systemd-timesyncd systemd-udevd systemd-udev-trigger systemd-firstboot systemd-sysusers systemd-update-utmp \
      systemd-sysctl systemd-modules-load systemd-remount-fs systemd-binfmt; do
    ln -s /dev/null "$R/etc/systemd/system/$u.service"; done
  for u in sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount; do
    ln -s /dev/null "$R/etc/systemd/system/$u"; done
  mkdir "$R/run/oldroot"
  cd "$R"; pivot_root . run/oldroot; umount -l /run/oldroot; rmdir /run/oldroot
  mount --make-rshared /     # else LoadCredential= is an empty 0700 directory (its ramfs mount must propagate)
  exec env -i container=nrlab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
     /lib/systemd/systemd --system --unit=nrlab.target --log-target=journal --show-status=1;;
exec)
  p=$(cat "$S/init.pid")
  exec nsenter -t "$p" -m -u -i -n -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb SYSTEMD_PAGER= SYSTEMD_COLORS=0 "$@";;
stop)
  p=$(cat "$S/init.pid"); kill -s SIGRTMIN+3 "$p" 2>/dev/null || true    # halt.target
  for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$p" 2>/dev/null || true
  CG=$(cat "$S/cgroup"); for _ in 1 2 3 4 5; do find "$CG" -depth -type d -exec rmdir {} + 2>/dev/null || true; [ -d "$CG" ] || break; sleep 0.2; done
  [ -d "$CG" ] && echo "cgroup left: $CG" || true;;
esac
