#!/bin/sh
# The container's start: make what is missing, bring the tables up to date, write the crontab, and hand over to
# supercronic. With a command it runs that instead, and touches nothing:  docker run IMAGE netraven device list
set -eu

if [ $# -gt 0 ]; then
    exec "$@"
fi

crontab=$NETRAVEN_DATA_DIR/crontab # where `netraven schedule sync --target supercronic` writes

netraven init
netraven schedule sync --target supercronic

# -inotify: a later `schedule sync` is noticed, which renames a complete file over this one.
# -passthrough-logs, -quiet: the log has what NetRaven says, not that it was woken again.
exec supercronic -inotify -passthrough-logs -quiet "$crontab"
