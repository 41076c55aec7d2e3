#!/bin/bash
# run CMD in private mount + cgroup namespaces whose /sys/fs/cgroup is pure cgroup v2 and rooted in an own sub-cgroup
# (crun/podman refuse this machine's hybrid layout; without the own sub-cgroup podman leaves groups in the host's root).
# Everything that CMD leaves running in it is killed at the end.
set -u
CG2=$(findmnt -rn -t cgroup2 -o TARGET | head -1); CG=$CG2/v2ns-$$; mkdir "$CG"
( echo $BASHPID > "$CG/cgroup.procs"
  exec unshare --mount --cgroup --propagation slave bash -c \
   'umount -R /sys/fs/cgroup 2>/dev/null || umount -Rl /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"' v2ns "$@" )
rc=$?
echo 1 > "$CG/cgroup.kill" 2>/dev/null
for _ in $(seq 20); do find "$CG" -depth -type d -exec rmdir {} + 2>/dev/null; [ -d "$CG" ] || break; sleep 0.1; done
[ -d "$CG" ] && echo "v2ns: cgroup left: $CG" >&2
exit $rc
