#!/bin/sh
# Hosts with networks and names of their own, each with an OpenSSH server, around a network that has no way out.
# usage, within new namespaces: separate_hosts.sh FOLDER SSHD NUMBER…      FOLDER/NUMBER/sshd_config is there already
set -e
folder=$1 sshd=$2
shift 2
ip link set lo up
ip route add unreachable default
for number in "$@"; do
  mkfifo "$folder/$number/up" "$folder/$number/go"
  # shellcheck disable=SC2016 # the inner shell has its own arguments
  unshare --net --uts sh -c '
    hostname "box-$2" && echo up > "$1/up" && read -r _ < "$1/go"
    ip link set lo up && ip addr add "10.251.$2.2/30" dev eth0 && ip link set eth0 up
    exec "$3" -D -E "$1/log" -f "$1/sshd_config"' sh "$folder/$number" "$number" "$sshd" &
  read -r _ < "$folder/$number/up"
  ip link add "to-$number" type veth peer name eth0 netns $!
  ip addr add "10.251.$number.1/30" dev "to-$number"
  ip link set "to-$number" up
  echo go > "$folder/$number/go"
  hosts="$hosts $!"
done
echo ready
cat > /dev/null
# shellcheck disable=SC2086 # they are words
kill $hosts
