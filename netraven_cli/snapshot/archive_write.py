"""Write snapshots into git: decide what is new, stream it through one fast-import, move main."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netraven_cli.errors import StorageError, TryLaterError
from netraven_cli.model import Written
from netraven_cli.snapshot import archive_record as record
from netraven_cli.snapshot.archive_commit import Change, commit_of, groups
from netraven_cli.snapshot.archive_git import MAIN, NO_COMMIT
from netraven_cli.snapshot.archive_import import Import
from netraven_cli.snapshot.archive_lock import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from netraven_cli.model import PendingSnapshot
    from netraven_cli.snapshot.archive_git import Git
    from netraven_cli.snapshot.archive_record import Commit
    from netraven_cli.snapshot.archive_sign import Writer


_TRIES = 5  # main moves during a write only if somebody commits by hand


@dataclass(slots=True, kw_only=True)
class Plan:
    """What one write does; made while the texts stream by."""

    head: Commit | None
    blobs: dict[str, str]  # what stands in each file
    paths: dict[tuple[str, str], str]  # the file of each owner: a device, and which of its files
    owners: Counter[str]  # how many stand in a file
    recorded: Mapping[int, list[Commit]]
    files: Mapping[str, Mapping[str, str]]  # of the recorded commits
    changes: list[Change] = field(default_factory=list)
    places: list[tuple[int, str, Commit | int]] = field(default_factory=list)  # an int: the snapshot it came with
    touched: dict[str, int] = field(default_factory=dict)  # path -> the snapshot that changed it in this write


def write(
    git: Git,
    snapshots: Iterable[PendingSnapshot],
    known_commit: str | None,
    previous_paths: Mapping[tuple[str, str], str],
    place: Callable[[PendingSnapshot], str],
    per_run: bool,
    writer: Writer,
) -> list[Written]:
    """Write the snapshots upon main, wherever it is by then.

    Raises:
        TryLaterError: it never stood still.
    """
    for _ in range(_TRIES):
        sweep(git)
        written = _write_once(git, snapshots, known_commit, previous_paths, place, per_run, writer)
        if written is not None:
            return written
    raise TryLaterError(f"somebody commits to main of {git.folder} all the time; the next run writes what is pending")


def _write_once(
    git: Git,
    snapshots: Iterable[PendingSnapshot],
    known_commit: str | None,
    previous_paths: Mapping[tuple[str, str], str],
    place: Callable[[PendingSnapshot], str],
    per_run: bool,
    writer: Writer,
) -> list[Written] | None:
    """Write the snapshots upon the present head; None if main moved meanwhile, and nothing was done."""
    head = git.head()
    plan = _begin(git, head, snapshots, known_commit, previous_paths)
    incoming = f"refs/netraven/{uuid.uuid4()}"
    with Import(git) as stream:
        for snapshot in snapshots:
            text = snapshot.text.encode(errors="replace")
            if _take(plan, snapshot, place(snapshot), record.blob_of(text)):
                stream.send(b"blob\ndata %d\n" % len(text), text, b"\n")
        if not plan.changes:
            return _written(plan, {})
        for index, group in enumerate(groups(plan.changes, per_run)):
            parent = head if index == 0 else None
            stream.send(commit_of(group, incoming, parent, writer))
        stream.finish()
    writer.sign(git, incoming, head)
    if not move_main(git, incoming, head):
        return None
    return _written(plan, record.recorded(git, git.line("rev-parse", MAIN), head))


def _begin(
    git: Git,
    head: str | None,
    snapshots: Iterable[PendingSnapshot],
    known_commit: str | None,
    previous_paths: Mapping[tuple[str, str], str],
) -> Plan:
    recorded = record.recorded(git, head, known_commit) if head else {}
    wanted = {snapshot.snapshot_id for snapshot in snapshots} if recorded else set()
    recorded = {snapshot: commits for snapshot, commits in recorded.items() if snapshot in wanted}
    return Plan(
        head=record.commit_at(git, head) if head else None,
        blobs=record.tree(git, head),
        paths=dict(previous_paths),
        owners=Counter(previous_paths.values()),
        recorded=recorded,
        files=record.changed_files(git, {commit.id for commits in recorded.values() for commit in commits}),
    )


def _take(plan: Plan, snapshot: PendingSnapshot, path: str, blob: str) -> bool:
    """Enter a snapshot into the plan; True if it is new, so that its text must go to git."""
    standing = _recorded(plan, snapshot, path, blob) or _unchanged(plan, snapshot, path, blob)
    if standing is None:
        _change(plan, snapshot, path, blob)
    file, source = standing or (path, snapshot.snapshot_id)
    plan.places.append((snapshot.snapshot_id, file, source))
    plan.owners[plan.paths.get(snapshot.owner, "")] -= 1
    plan.owners[file] += 1
    plan.paths[snapshot.owner] = file
    return standing is None


def _recorded(plan: Plan, snapshot: PendingSnapshot, path: str, blob: str) -> tuple[str, Commit | int] | None:
    """Where a snapshot stands that an earlier write brought to git before it was killed.

    Its number alone does not tell: numbers begin again with a new database, and go back with one from a backup.
    """
    for commit in plan.recorded.get(snapshot.snapshot_id, ()):
        if plan.files.get(commit.id, {}).get(path) == blob:
            return path, commit
    return None


def _unchanged(plan: Plan, snapshot: PendingSnapshot, path: str, blob: str) -> tuple[str, Commit | int] | None:
    """Where a text stands that is in its file already: at the head, or at a change of this same write."""
    source = plan.touched.get(path, plan.head)
    if source is None or plan.blobs.get(path) != blob or _left(plan, snapshot.owner, path):
        return None
    return path, source


def _left(plan: Plan, owner: tuple[str, str], path: str) -> str | None:
    """The file an owner stood in before, to be deleted; None if there is none or another device has it now."""
    previous = plan.paths.get(owner)
    return previous if previous in plan.blobs and previous != path and plan.owners[previous] == 1 else None


def _change(plan: Plan, snapshot: PendingSnapshot, path: str, blob: str) -> None:
    left = _left(plan, snapshot.owner, path)
    is_first = snapshot.owner not in plan.paths and path not in plan.blobs
    without_text = dataclasses.replace(snapshot, text="")
    is_moved = plan.blobs.get(left or "") == blob
    plan.changes.append(
        Change(snapshot=without_text, path=path, blob=blob, leaves=left, is_first=is_first, is_moved=is_moved)
    )
    plan.touched[path] = snapshot.snapshot_id
    plan.blobs.pop(left or "", None)
    plan.blobs[path] = blob


def move_main(git: Git, incoming: str, head: str | None) -> bool:
    """Move main from head to what came in, in one transaction; False if main is no longer at head."""
    new = git.line("rev-parse", "--verify", incoming)
    steps = ("start", f"update {MAIN} {new} {head or NO_COMMIT}", f"delete {incoming}", "prepare", "commit", "")
    try:
        git.run("update-ref", "--stdin", given="\n".join(steps).encode())
    except StorageError:
        if git.head() == head:
            raise
        return False
    return True


def _written(plan: Plan, commits: Mapping[int, list[Commit]]) -> list[Written]:
    written = []
    for snapshot, path, source in plan.places:
        commit = commits[source][0] if isinstance(source, int) else source
        written.append(Written(snapshot_id=snapshot, commit=commit.id, path=path, committed_at=commit.at))
    return written
