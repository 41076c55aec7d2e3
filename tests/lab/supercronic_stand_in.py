#!/usr/local/bin/python3
"""Stands in for supercronic in the lab, where its release cannot be downloaded; the Dockerfile has the real one.

It honours what docker/entrypoint.sh asks for: five fields in UTC, -inotify (a changed file is read again), a crontab
that is bad or gone ends it with 1, no second copy of a line that still runs, SIGTERM waits for what runs, and as PID 1
it reaps. -passthrough-logs and -quiet: jobs write to the log, and it says nothing itself.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
Line = tuple[list[set[int]], str]


def main() -> int:
    parser = argparse.ArgumentParser()
    for flag in ("-inotify", "-passthrough-logs", "-quiet", "-test"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("crontab", type=Path)
    options = parser.parse_args()
    lines, seen = read(options.crontab), stamp(options.crontab)
    if options.test:
        return 0
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stop.append(number))
    running: dict[str, subprocess.Popen[bytes]] = {}
    minute = int(time.time()) // 60
    while not stop:
        if options.inotify and stamp(options.crontab) != seen:
            lines, seen = read(options.crontab), stamp(options.crontab)
            print(f"stand-in: {len(lines)} lines read again", file=sys.stderr, flush=True)
        if int(time.time()) // 60 != minute:
            minute = int(time.time()) // 60
            wake(lines, minute, running)
        reap()
        time.sleep(0.2)
    for child in running.values():
        child.wait()
    return 0


def wake(lines: list[Line], minute: int, running: dict[str, subprocess.Popen[bytes]]) -> None:
    now = datetime.fromtimestamp(minute * 60, timezone.utc)
    at = (now.minute, now.hour, now.day, now.month, now.isoweekday() % 7)
    for fields, command in lines:
        busy = command in running and running[command].poll() is None
        if not busy and all(value in field for value, field in zip(at, fields, strict=True)):
            running[command] = subprocess.Popen(["/bin/sh", "-c", command], start_new_session=True)


def reap() -> None:
    """Take up processes whose parents have gone; those of jobs are left for Popen."""
    if os.getpid() == 1:
        subprocess._cleanup()  # type: ignore[attr-defined]  # noqa: SLF001


def stamp(crontab: Path) -> tuple[int, int]:
    try:
        found = crontab.stat()
    except FileNotFoundError:
        sys.exit(f"stand-in: {crontab} has gone")
    return found.st_ino, found.st_mtime_ns


def read(crontab: Path) -> list[Line]:
    text = crontab.read_text(encoding="utf-8")
    rows = [row.strip() for row in text.splitlines()]
    return [line(row) for row in rows if row and not row.startswith("#") and not re.match(r"[A-Z_]+=\S*$", row)]


def line(row: str) -> Line:
    words = row.split(None, 5)
    if len(words) < 6:
        sys.exit(f"stand-in: bad crontab line: {row}")
    return [numbers(word, *limits) for word, limits in zip(words, FIELDS, strict=False)], words[5]


def numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?", part)
        if not match:
            sys.exit(f"stand-in: bad field: {field}")
        first = low if match[1] == "*" else int(match[1])
        last = int(match[2]) if match[2] else high if match[1] == "*" or match[3] else first
        found |= set(range(first, last + 1, int(match[3] or 1)))
    return found


if __name__ == "__main__":
    sys.exit(main())
