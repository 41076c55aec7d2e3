#!/bin/bash
# Real routers and a real host, each with network and host name of its own: two of FRRouting with BGP between them, and
# an OpenSSH server, all with net-snmp. They are searched for, told, accepted, checked and backed up.
# usage: routers.sh      root; apt: frr, snmpd, openssh-server, iproute2
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/lab
LAB=${LAB:-/var/tmp/netraven-lab}/routers
PYTHON=$PWD/${PYTHON:-.venv/bin/python}
BIN=$(dirname "$PYTHON")
# shellcheck source=tests/lab/network.sh
. "$here/network.sh"
PATHS=() # FRRouting's own folders: its daemons take no others
HOSTS=() # the process that holds a host's namespaces; the first is NetRaven's own: nothing leaves these

netraven() { inside 0 "$BIN/netraven" "$@"; }
field() { "$PYTHON" -c 'import json, sys; print(eval(sys.argv[1], {"found": json.load(sys.stdin)}))' "$1"; }

down() {
  local file folder
  for file in "$LAB"/*.pid /var/run/frr/nrlab*/*.pid; do [ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null || true; done
  for holder in "${HOSTS[@]}"; do kill "$holder" 2>/dev/null || true; done
  for folder in "${PATHS[@]}"; do rm -rf "$folder"; done
}
trap down EXIT

inside() { # NUMBER COMMAND…: in the network and under the name of a host
  local number=$1
  shift
  nsenter --net --uts --target "${HOSTS[$number]}" "$@"
}

is_unshared() { [ "$(cat "/proc/$1/comm")" = sleep ]; } # it is that only after it has its namespaces

a_host() { # NUMBER NAME
  unshare --net --uts sleep infinity &
  HOSTS[$1]=$!
  wait_for "the namespaces of $2" is_unshared "${HOSTS[$1]}"
  inside "$1" hostname "$2"
  inside "$1" ip link set lo up
}

a_wire() { # NUMBER: a host is 10.251.NUMBER.2, and NetRaven reaches it from 10.251.NUMBER.1
  inside 0 ip link add "to-$1" type veth peer name eth0 netns "${HOSTS[$1]}"
  inside 0 ip addr add "10.251.$1.1/30" dev "to-$1"
  inside 0 ip link set "to-$1" up
  inside "$1" ip addr add "10.251.$1.2/30" dev eth0
  inside "$1" ip link set eth0 up
}

an_sshd() { # NUMBER SHELL
  ssh-keygen -q -t ed25519 -N '' -f "$LAB/hostkey-$1"
  printf '%s\n' "ListenAddress 10.251.$1.2:22" "HostKey $LAB/hostkey-$1" "PidFile $LAB/sshd-$1.pid" 'UsePAM no' \
    "AuthorizedKeysFile $LAB/key.pub" 'StrictModes no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' \
    'PermitRootLogin prohibit-password' 'PrintMotd no' ${2:+"ForceCommand $2"} > "$LAB/sshd-$1.conf"
  inside "$1" "$(command -v sshd || echo /usr/sbin/sshd)" -f "$LAB/sshd-$1.conf" -E "$LAB/sshd-$1.log"
}

an_agent() { # NUMBER
  printf '%s\n' "agentAddress udp:10.251.$1.2:161" 'rouser monitor priv' \
    'createUser monitor SHA-256 signed-in-the-lab AES encrypted-in-the-lab' > "$LAB/snmpd-$1.conf"
  chmod 600 "$LAB/snmpd-$1.conf"
  SNMP_PERSISTENT_DIR=$LAB/snmpd-$1 MIBS='' inside "$1" /usr/sbin/snmpd -C -c "$LAB/snmpd-$1.conf" \
    -Lf "$LAB/snmpd-$1.log" -p "$LAB/snmpd-$1.pid"
}

a_router() { # NUMBER: FRRouting of AS 6500NUMBER
  local space=nrlab$1 other=$((3 - $1)) daemon
  PATHS+=("/etc/frr/$space" "/var/run/frr/$space")
  install -d -o frr -g frr -m 750 "/etc/frr/$space"
  install -d -o frr -g frr -m 755 /var/run/frr "/var/run/frr/$space"
  echo 'service integrated-vtysh-config' > "/etc/frr/$space/vtysh.conf"
  printf '%s\n' "hostname edge-$1" 'ip route 198.51.100.0/24 Null0' 'interface lo' " ip address 192.0.2.$1/32" \
    "router bgp 6500$1" " bgp router-id 192.0.2.$1" " neighbor 10.252.0.$other remote-as 6500$other" \
    " neighbor 10.252.0.$other password s3cretBGP" ' address-family ipv4 unicast' "  network 192.0.2.$1/32" \
    > "/etc/frr/$space/frr.conf"
  chown frr:frr "/etc/frr/$space"/*
  for daemon in zebra bgpd staticd; do
    inside "$1" "/usr/lib/frr/$daemon" -d -N "$space" -A 127.0.0.1 --log "file:/var/log/frr/$space-$daemon.log"
  done
  wait_for "the sockets of edge-$1" bash -c "[ -S /var/run/frr/$space/zebra.vty ] && [ -S /var/run/frr/$space/bgpd.vty ]"
  inside "$1" vtysh -N "$space" -b
  printf '#!/bin/sh\nexec /usr/bin/vtysh -N %s\n' "$space" > "$LAB/shell-$1"
  chmod 755 "$LAB/shell-$1"
  an_sshd "$1" "$LAB/shell-$1"
}

rm -rf "$LAB"
install -d -m 700 "$LAB"
install -d -m 755 /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$LAB/key"

say "two routers of FRRouting, and a host"
a_host 0 runner
a_host 1 edge-1
a_host 2 edge-2
a_host 3 box-3
for number in 1 2 3; do a_wire "$number"; done
inside 0 ip route add unreachable default
inside 1 ip link add eth1 type veth peer name eth1 netns "${HOSTS[2]}"
for number in 1 2; do
  inside "$number" ip addr add "10.252.0.$number/30" dev eth1
  inside "$number" ip link set eth1 up
  a_router "$number"
  an_agent "$number"
done
an_sshd 3 ''
an_agent 3
established() { inside 1 vtysh -N nrlab1 -c 'show bgp summary json' | field "[one['state'] for one in found['ipv4Unicast']['peers'].values()] == ['Established']" | grep -q True; }
wait_for "the session of BGP" established

say "NetRaven"
install -d -m 700 "$LAB/data"
cd "$LAB/data"
unset NETRAVEN_CONFIG NETRAVEN_DATA_DIR
netraven -q init --dir .
netraven -q credential add key --username root --key-file "$LAB/key"
SIGNED=signed-in-the-lab ENCRYPTED=encrypted-in-the-lab netraven -q credential add monitor --snmp 3 --username monitor \
  --password-from env:SIGNED --privacy-from env:ENCRYPTED
netraven -q range add lab 10.251.0.0/22 --port 22 --rate 1000 --exclude 10.251.1.1,10.251.2.1,10.251.3.1 --snmp
expect "they are searched for" netraven run discovery
netraven discovery list
found() { netraven discovery list --json | field "$1"; }
expect "exactly those are found" test "$(found "sorted(one['address'] for one in found['items'])")" = "['10.251.1.2', '10.251.2.2', '10.251.3.2']"
expect "their platforms are told" test "$(found "[one['platform'] for one in sorted(found['items'], key=lambda one: one['address'])]")" = "['frrouting', 'frrouting', 'linux']"
expect "they say their names" test "$(found "[one['hostname'] for one in sorted(found['items'], key=lambda one: one['address'])]")" = "['edge-1', 'edge-2', 'box-3']"
expect "they become devices" netraven discovery accept --all
expect "they are checked" netraven run status-check --all --param login=true
expect "all is well" test "$(netraven device health --json | field "[one['state'] for one in found['items']]")" = "['ok', 'ok', 'ok']"
expect "they are backed up" netraven run backup
expect "a router's configuration is in the archive" grep -q 'neighbor 10.252.0.2 password s3cretBGP' archive/edge-1.cfg
expect "the other one's too" grep -q '^router bgp 65002' archive/edge-2.cfg
inside 2 vtysh -N nrlab2 -c 'configure terminal' -c 'ip route 203.0.113.0/24 Null0'
refuse "a change of a router is told" netraven run backup --exit-code edge-2
expect "it is in the archive" grep -q 'ip route 203.0.113.0/24' archive/edge-2.cfg
say "all is as it should be"
