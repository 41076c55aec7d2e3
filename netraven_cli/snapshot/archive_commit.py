"""Which changes share a commit, and what it says: subject, trailers and author."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.snapshot import archive_record as record
from netraven_cli.snapshot.archive_path import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netraven_cli.model import PendingSnapshot
    from netraven_cli.snapshot.archive_sign import Writer

_NO_NAME = re.compile(r"[<>\x00-\x1f\x7f]")  # what git allows in no name


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A snapshot to be committed, without its text, which git has by then."""

    snapshot: PendingSnapshot
    path: str
    blob: str
    leaves: str | None  # the file it stood in before
    is_first: bool
    is_moved: bool  # with the text that it had where it stood before


def groups(changes: list[Change], per_run: bool) -> Iterable[list[Change]]:
    """Which changes share a commit; a file's second change of one write comes in a commit after its first."""
    if not per_run:
        return (list(group) for _origin, group in itertools.groupby(changes, _origin))
    seen: Counter[str] = Counter()
    rounds: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        rounds[seen[change.path]].append(change)
        seen[change.path] += 1
    return (rounds[number] for number in sorted(rounds))


def _origin(change: Change) -> tuple[object, ...]:
    """The attempt that brought it: all files of one device that it brought come in one commit."""
    snapshot = change.snapshot
    return snapshot.device, snapshot.job_id, snapshot.captured_at


def commit_of(group: list[Change], ref: str, parent: str | None, writer: Writer) -> bytes:
    """A commit in the language of git-fast-import(1); deletions first, for a file that another device takes over."""
    message = _message(group).encode()
    moment = max(int(change.snapshot.captured_at.timestamp()) for change in group)
    lines = [
        f"commit {ref}",
        f"author {author({change.snapshot.cause for change in group}, writer)} {moment} +0000",
        f"committer {writer.name} {moment} +0000",
        f"data {len(message)}",
        message.decode(),
        *([f"from {parent}"] if parent else []),
        *(f"D {quoted(change.leaves)}" for change in group if change.leaves),
        *(f"M 100644 {change.blob} {quoted(change.path)}" for change in group),
    ]
    return "\n".join(lines).encode() + b"\n\n"


def author(found: set[str], writer: Writer) -> str:
    """Who or what caused a change, if it is one and known."""
    name = _NO_NAME.sub("", next(iter(found))).strip(" .,:;") if len(found) == 1 else ""
    return f"{name} {writer.email}" if name else writer.name


def quoted(path: str) -> str:
    """A path in the language of git-fast-import(1)."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _message(group: list[Change]) -> str:
    """The message of a commit; names are encoded, so that none can add a line or a trailer."""
    subject = _subject(group)
    trailers = [f"{record.TRAILER}: {change.snapshot.snapshot_id}" for change in group]
    trailers += _distinct("NetRaven-Job", (str(change.snapshot.job_id) for change in group))
    trailers += _distinct("NetRaven-Run", (encode(change.snapshot.run_id) for change in group))
    trailers += causes(change.snapshot.cause for change in group)
    return "\n".join([subject, "", *trailers, ""])


def _subject(group: list[Change]) -> str:
    first = sum(change.is_first for change in group)
    devices = {change.snapshot.device for change in group}
    if len(devices) > 1:
        return f"{len(group)} configurations, {first} of them first ones" if first else f"{len(group)} configurations"
    files = [change.snapshot.file or "configuration" for change in group]
    device = encode(group[0].snapshot.device)
    if len(files) > 1:
        return f"{device}: {', '.join(files)}"
    if group[0].is_moved:
        return f"{device}: {files[0]} moved"
    return f"{device}: first {files[0]}" if first else f"{device}: {files[0]} changed"


def causes(found: Iterable[str]) -> list[str]:
    """The trailers that name who or what caused a commit, as far as that is known."""
    return _distinct("NetRaven-Cause", (encode(cause) for cause in found if cause))


def _distinct(key: str, values: Iterable[str]) -> list[str]:
    return [f"{key}: {value}" for value in dict.fromkeys(values)]
