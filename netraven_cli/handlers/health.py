"""The chore `health`: the machine, its disks and clock, the key, the runners; `netraven doctor` shows the same."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.handlers.chore import Report, Work
from netraven_cli.handlers.database_care import last_backup
from netraven_cli.handlers.files_care import leftovers
from netraven_cli.model import Finding, Health
from netraven_cli.model.duration import in_words
from netraven_cli.settings.upkeep import age
from netraven_cli.store import figures
from netraven_cli.store.runners import list_runners
from netraven_cli.store.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.settings.keys import Settings

MEBIBYTE = 1 << 20
SCARCE_BYTES, TOO_SCARCE_BYTES = 1024 * MEBIBYTE, 100 * MEBIBYTE
SCARCE_INODES, TOO_SCARCE_INODES = 0.05, 0.01  # of all that the file system has
SCARCE_MEMORY_BYTES = 200 * MEBIBYTE
CLOCK_SECONDS = 5  # between this clock and the database's
UNSYNCHRONISED = 5  # TIME_ERROR of man 2 adjtimex
TIMEX_BYTES = 512  # more than struct timex has on any machine


def look(work: Work) -> Report:
    """Make all checks; what is well is a figure, the rest a finding."""
    with work.context.database.read() as connection:
        found = [
            *place_findings(work.context.settings),
            *record_findings(work.context.settings, connection, work.context.now()),
        ]
    bad = [one for one in found if one.health is not Health.OK]
    return Report(did={"checks": len(found), "well": len(found) - len(bad)}, found=bad)


def place_findings(settings: Settings) -> Iterator[Finding]:
    """What can be said without the database."""
    for folder in _places(settings):
        yield from _disk(folder)
    yield _memory()
    yield _synchronisation()
    yield _key_age(settings)
    yield _leftovers(settings)


def record_findings(settings: Settings, connection: Connection, now: datetime) -> Iterator[Finding]:
    """What the database has to say."""
    yield _clock(connection, now)
    yield _runners(connection, now)
    yield _backup(settings, connection, now)


def _places(settings: Settings) -> list[Path]:
    """One folder of each file system that we write to."""
    wanted = [settings.data_dir, settings.logs_dir, settings.transcripts_dir, settings.archive_dir]
    wanted += [settings.maintenance.bundle_dir] if settings.maintenance.bundle_dir else []
    found: dict[int, Path] = {}
    for folder in wanted:
        if folder.exists():
            found.setdefault(folder.stat().st_dev, folder)
    return list(found.values()) or [settings.data_dir]


def _disk(folder: Path) -> Iterator[Finding]:
    try:
        found = os.statvfs(folder)
    except OSError as error:
        yield Finding("disk", Health.FAIL, f"{folder}: {error.strerror}", "netraven init")
        return
    free = found.f_bavail * found.f_frsize
    health = _grade(free, SCARCE_BYTES, TOO_SCARCE_BYTES)
    fix = "make room, or give data_dir another place" if health is not Health.OK else ""
    yield Finding("disk", health, f"{free // MEBIBYTE} MiB free for {folder}", fix)
    if found.f_files:  # some file systems have no fixed number of them
        health = _grade(found.f_favail / found.f_files, SCARCE_INODES, TOO_SCARCE_INODES)
        fix = "remove small files; see: df -i" if health is not Health.OK else ""
        yield Finding("inodes", health, f"{found.f_favail} of {found.f_files} free for {folder}", fix)


def _grade(free: float, scarce: float, too_scarce: float) -> Health:
    if free >= scarce:
        return Health.OK
    return Health.WARN if free >= too_scarce else Health.FAIL


def _memory() -> Finding:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # a container or a unit may hide it
        return Finding("memory", Health.OK, "hidden from this process")
    found = dict(line.split(":") for line in lines)
    free = int(found["MemAvailable"].split()[0]) * 1024
    if free < SCARCE_MEMORY_BYTES:
        return Finding(
            "memory", Health.WARN, f"{free // MEBIBYTE} MiB available", "lower runner.workers, or add memory"
        )
    return Finding("memory", Health.OK, f"{free // MEBIBYTE} MiB available")


def _key_age(settings: Settings) -> Finding:
    oldest = age(settings.maintenance.key_age)
    try:
        seconds = time.time() - settings.vault_key_file.stat().st_mtime
    except OSError as error:
        return Finding("age of the key", Health.FAIL, f"{settings.vault_key_file}: {error.strerror}", "netraven init")
    detail = f"{settings.vault_key_file} is {in_words(max(seconds, 0))} old"
    if oldest and seconds > oldest.total_seconds():
        return Finding("age of the key", Health.WARN, detail, "netraven credential rotate-key")
    return Finding("age of the key", Health.OK, detail)


def _leftovers(settings: Settings) -> Finding:
    found = leftovers(settings)
    if found:
        detail = f"{len(found)} files that killed processes left, {found[0]} first"
        return Finding("leftovers", Health.WARN, detail, "netraven doctor --fix")
    return Finding("leftovers", Health.OK, "none")


def _clock(connection: Connection, now: datetime) -> Finding:
    """Whether this clock agrees with the server's, or does not go back behind what is on record."""
    apart = abs((clock(connection, now) - now).total_seconds())
    if apart > CLOCK_SECONDS:
        detail = f"this clock and that of the database are {in_words(apart)} apart"
        return Finding("clock", Health.WARN, detail, "synchronise both: timedatectl set-ntp true")
    latest = figures.latest_event(connection)
    if latest and (latest - now).total_seconds() > CLOCK_SECONDS:
        detail = f"the last event on record is {in_words((latest - now).total_seconds())} ahead of this clock"
        return Finding("clock", Health.FAIL, detail, "set the clock: nothing is due before that time")
    return Finding("clock", Health.OK, f"{now:%Y-%m-%dT%H:%M:%SZ}")


def _synchronisation() -> Finding:
    """Whether the kernel's clock is disciplined: adjtimex with modes = 0 only reads."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is not None and adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)) == UNSYNCHRONISED:
        detail = "nothing synchronises this machine's clock, says the kernel"
        return Finding("synchronisation", Health.WARN, detail, "timedatectl set-ntp true")
    return Finding("synchronisation", Health.OK, "this machine's clock is synchronised")


def _runners(connection: Connection, now: datetime) -> Finding:
    moment = clock(connection, now)
    found = list_runners(connection)
    stale = [f"{one.host} pid {one.pid}" for one in found if one.lease_until < moment]
    if stale:
        detail = f"no sign of life from {len(stale)} runners, {stale[0]} first"
        return Finding("runners", Health.WARN, detail, "netraven run --due puts their jobs back")
    return Finding("runners", Health.OK, f"{len(found)} at work")


def _backup(settings: Settings, connection: Connection, now: datetime) -> Finding:
    """Whether there is a backup that is not old, once there is something to lose."""
    last = last_backup(settings)
    if last is not None:
        old = now.timestamp() - last.stat().st_mtime
        wanted = age(settings.maintenance.every.database_backup)
        if wanted and old > 3 * wanted.total_seconds():
            return Finding("database backup", Health.WARN, f"{last} is {in_words(old)} old", FIX_BACKUP)
        return Finding("database backup", Health.OK, str(last))
    if figures.latest_event(connection) is None:
        return Finding("database backup", Health.OK, "none, and there are no jobs yet")
    return Finding("database backup", Health.WARN, f"there is none in {settings.backups_dir}", FIX_BACKUP)


FIX_BACKUP = "netraven schedule add upkeep --type maintenance --daily 03:30, and netraven schedule sync"
