#!/bin/sh
# Stands in for systemctl where no systemd runs: the steps of a sync in order, any of which can be made to fail once.
# Beside it lie `running/` (a file for each unit that waits), `log` (what was asked) and `failing` (the verb that fails).
# What it says of services and fires is in `results` and `fires`, if they are there. The real one is asked in tests/lab/timers.sh.
here=${0%/*}
said='' names=''
for word in "$@"; do
    case $word in
    --property=Id,ActiveState) states=yes ;;
    -*) ;;
    *) said="$said $word" && names="$names $word" ;;
    esac
done
verb=${said#?} && verb=${verb%% *} && names=${names# "$verb"}
echo "${said# }" >>"$here/log"
if [ -f "$here/failing" ] && read -r failing <"$here/failing" && [ "$failing" = "$verb" ]; then
    rm "$here/failing"
    echo "$verb does not work today" >&2
    exit 1
fi
mkdir -p "$here/running"
for name in $names; do
    case $verb in
    restart) : >"$here/running/$name" ;;
    stop) rm -f "$here/running/$name" ;;
    esac
done
if [ "$verb" = show ] && [ "${states:-}" = yes ]; then
    for place in "$here"/running/*; do
        [ ! -f "$place" ] || printf 'Id=%s\nActiveState=active\n\n' "${place##*/}"
    done
fi
if [ "$verb" = list-timers ]; then cat "$here/fires"; fi
if [ "$verb" = show ] && [ -f "$here/results" ] && [ "${states:-}" != yes ]; then cat "$here/results"; fi
