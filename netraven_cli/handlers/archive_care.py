"""The chores `archive` (sound, packed, within its budget) and `archive-bundle` (a copy in a second place)."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError, StorageError
from netraven_cli.handlers.archiving import archive_pending, open_archive
from netraven_cli.handlers.chore import Report, Work
from netraven_cli.handlers.retained import let_go
from netraven_cli.model import Health
from netraven_cli.settings.upkeep import age
from netraven_cli.snapshot.archive_create import ASIDE
from netraven_cli.snapshot.archive_maintenance import BUNDLES, size_bytes
from netraven_cli.store import chores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.plugin import Context
    from netraven_cli.snapshot.archive import Archive

MEGABYTE = 1_000_000
SHOWN = 5  # problems in one sentence


def care(work: Work) -> Report:
    """Bring in what is pending, look for damage and repair it, then make the repository small."""
    report, archive = Report(), open_archive(work.context.settings)
    _repair(work, archive, report)
    before = size_bytes(archive.path)
    packed_at = _last_packed(work)
    due = age(work.context.settings.maintenance.repack_all_after)
    everything = due is not None and (packed_at is None or work.now - packed_at >= due)
    archive.pack(everything=everything)
    size = size_bytes(archive.path)
    report.did |= {"bytes_before": before, "bytes": size}
    report.did["packed_all_at"] = work.now.isoformat() if everything else packed_at and packed_at.isoformat()
    _judge_size(work, archive, size, report)
    _tell_of_aside(archive, report)
    return report


def _repair(work: Work, archive: Archive, report: Report) -> None:
    """Make a damaged repository again: from its newest bundle, and from the captures in the database."""
    news = list(repair(work.context))
    report.did["repaired"] = bool(news)
    left = archive.check() if news else []
    if left:
        detail = f"{news[0]}; still: {'; '.join(left[:SHOWN])}"
        report.tell("archive", detail, "see the disk", health=Health.FAIL)
    elif news:
        report.tell("archive", f"{news[0]}; all configurations of the database are in git again",
                    "see the disk: smartctl, the kernel's log; then remove what was put aside")  # fmt: skip


def repair(context: Context) -> Iterator[str]:
    """Bring the archive in step, and make it again if it is damaged; says what happened."""
    archive = open_archive(context.settings)
    archive_pending(context)
    news = archive.mend() if archive.damage else None
    if news:
        written = archive_pending(context)
        yield f"{news}; {written} configurations were written again"


def _last_packed(work: Work) -> datetime | None:
    with work.context.database.read() as connection:
        found = chores.last(connection, socket.gethostname())
    text = next((one.did.get("packed_all_at") for one in found if one.name == "archive"), None)
    return datetime.fromisoformat(text) if text else None


def _judge_size(work: Work, archive: Archive, size: int, report: Report) -> None:
    budget = work.context.settings.maintenance.archive_budget_mb
    if budget and size > budget * MEGABYTE:
        detail = f"{archive.path} takes {size // MEGABYTE} MB, maintenance.archive_budget_mb is {budget}"
        report.tell("archive", detail, "make room and raise it, or see which device changes with each backup: "
                    "netraven snapshot changes")  # fmt: skip


def _tell_of_aside(archive: Archive, report: Report) -> None:
    aside = sorted(archive.path.glob(f"{ASIDE}*"))
    if aside:
        detail = f"{len(aside)} damaged repositories were put aside in {archive.path}, {aside[0].name} first"
        report.tell("archive", detail, f"if nothing of them is wanted: rm -r {archive.path}/{ASIDE}*")


def bundle(work: Work) -> Report:
    """Write a copy of the archive in a second place, try it, and let older ones go."""
    report, settings = Report(), work.context.settings.maintenance
    folder = settings.bundle_dir
    if folder is None:
        report.did["file"] = None
        return report
    try:
        file = open_archive(work.context.settings).bundle(work.now)
    except (CreateError, StorageError) as error:
        report.tell("archive bundle", str(error), "as said there; older bundles are kept", health=Health.FAIL)
        return report
    report.did |= {"file": str(file) if file else None, "bytes": file.stat().st_size if file else 0}
    report.did["removed"] = let_go(folder.glob(BUNDLES), settings.bundles, spared=1)[0]
    return report
