"""The chore `files`: old logs are compressed, then go; so do old transcripts, and what killed processes left."""

from __future__ import annotations

import fcntl
import gzip
import os
import shutil
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from netraven_cli.handlers.chore import Report, Work
from netraven_cli.handlers.retained import let_go

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netraven_cli.settings.keys import Settings

QUIET_SECONDS = 3600  # a log that was put aside is not written any more after this
LEFT_SECONDS = 86_400  # no attempt takes so long: what is older was left by a killed process


def care(work: Work) -> Report:
    """Compress and remove."""
    settings, report = work.context.settings, Report()
    keep = settings.maintenance
    report.did["logs_compressed"] = sum(_compress(path) for path in _put_aside(settings))
    report.did["logs_removed"] = let_go(settings.logs_dir.glob("netraven.log.*.gz"), keep.logs)[0]
    transcripts = let_go(settings.transcripts_dir.glob("*.log"), keep.transcripts)
    report.did["transcripts_removed"], report.did["bytes_removed"] = transcripts
    report.did["leftovers_removed"] = remove_leftovers(settings)
    return report


def _put_aside(settings: Settings) -> list[Path]:
    """The logs that were put aside and nobody has open any more, the oldest first."""
    found = (path for path in settings.logs_dir.glob("netraven.log.*") if path.suffix[1:].isdecimal())
    return sorted(_older(found, QUIET_SECONDS), key=lambda path: -int(path.suffix[1:]))


def _compress(path: Path) -> bool:
    """Put a compressed file, named by its time, in the place of a log; False if that cannot be done now.

    The folder is locked meanwhile, as by those who put logs aside: the file keeps its number so long.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _locked(path.parent):
            moment = path.stat().st_mtime
            if time.time() - moment < QUIET_SECONDS:
                return False  # another file has this number now
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))
            target = path.with_name(f"netraven.log.{stamp}.gz")
            with path.open("rb") as source, open(fresh, "xb", opener=_private) as file, gzip.open(file, "wb") as packed:
                shutil.copyfileobj(source, packed)
            os.utime(fresh, (moment, moment))
            fresh.replace(_free(target))
            path.unlink()
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        return False
    return True


def _free(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name.removesuffix('.gz')}-{number}.gz")
    return found


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def leftovers(settings: Settings) -> list[Path]:
    """What killed processes left: half-written transcripts, logs, backups and key files."""
    folders = (settings.transcripts_dir, settings.logs_dir)
    parts = [path for folder in folders for path in folder.glob(".*.part")]
    places = [*settings.backups_dir.glob(".backup-*")]
    # A key is in the key file before anything is sealed with it: none is lost with these.
    places += settings.vault_key_file.parent.glob(f".{settings.vault_key_file.name}.*")
    if settings.maintenance.bundle_dir:
        places += settings.maintenance.bundle_dir.glob(".bundle-*")
    return sorted(_older([*parts, *places], LEFT_SECONDS))


def remove_leftovers(settings: Settings) -> int:
    """Remove it; returns how many files and folders."""
    removed = 0
    for path in leftovers(settings):
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    return removed


def _older(paths: Iterator[Path] | list[Path], seconds: float) -> Iterator[Path]:
    before = time.time() - seconds
    for path in paths:
        with suppress(OSError):
            if path.lstat().st_mtime < before:
                yield path
