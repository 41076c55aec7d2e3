"""Put right what others did to the archive: main lost or moved back, files changed by hand, a damaged repository."""

from __future__ import annotations

import contextlib
import logging
import uuid
from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError, StorageError
from netraven_cli.snapshot import archive_record as record
from netraven_cli.snapshot.archive_commit import quoted
from netraven_cli.snapshot.archive_git import MAIN, Git
from netraven_cli.snapshot.archive_import import Import
from netraven_cli.snapshot.archive_write import move_main

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from netraven_cli.model import PendingSnapshot
    from netraven_cli.snapshot.archive_sign import Writer

    # The newest snapshots that stand in these files, each with its file.
    Newest = Callable[[Collection[str]], Iterable[tuple[str, PendingSnapshot]]]

log = logging.getLogger("netraven.archive")
FSCK_LIMIT_SECONDS = 1800.0


def has_main(git: Git, known: str) -> bool:
    """Whether main has the newest commit on record."""
    head = git.head()
    return head is not None and (head == known or record.is_on_main(git, known))


def bring_main_back(git: Git, known: str) -> bool:
    """Put main where it was last known if it was lost or moved back; False if its history is another one now."""
    if has_main(git, known):
        return True
    head = git.head()
    if not record.is_commit(git, known) or (head and not record.is_ancestor(git, head, known)):
        return False
    if head is None:
        (git.folder / ".git" / MAIN).unlink(missing_ok=True)  # a broken one, such as an empty file after a power cut
    git.run("update-ref", MAIN, known, head or "")
    log.warning("main_put_back archive=%s commit=%s was=%s", git.folder, known, head)
    return True


def is_in_step(git: Git, known: str) -> bool:
    """Whether main, its files and the work tree are as they were left."""
    head = git.head()
    if head is None or (head != known and (not record.is_on_main(git, known) or record.foreign(git, known))):
        return False
    branch = git.line("symbolic-ref", "--quiet", "HEAD", accepted=(0, 1))
    return branch == MAIN and git.ask("diff-index", "--quiet", MAIN, limit_seconds=120)[0] == 0


def bring_in_step(git: Git) -> None:
    """Make the work tree show main. What fails here is mended by the next write: git has the snapshots already."""
    if git.head() is None:
        return
    try:
        git.run("symbolic-ref", "HEAD", MAIN)
        _keep_edits(git)
        git.run("read-tree", "--reset", "-u", MAIN)
    except (NetravenError, OSError) as error:
        log.warning("work_tree_behind reason=%s", error)


def _differing(git: Git) -> list[str]:
    """The files of the work tree that are not as on main, or not there."""
    try:
        answer = git.run("diff-index", "--name-only", "-z", MAIN)
    except StorageError:  # a damaged index: it holds nothing that cannot be made again
        (git.folder / ".git" / "index").unlink(missing_ok=True)
        answer = git.run("diff-index", "--name-only", "-z", MAIN)
    return [name for name in answer.decode(errors="surrogateescape").split("\0") if name]


def _keep_edits(git: Git) -> None:
    """Rename what somebody wrote into a file of ours, before ours is put there: a text that git does not have."""
    found = {name: path for name in _differing(git) if (path := git.folder / name).is_file() and not path.is_symlink()}
    texts = {name: record.blob_of(path.read_bytes()) for name, path in found.items()}
    unknown = _missing(git, set(texts.values()))
    for name in (name for name, text in texts.items() if text in unknown and not _is_torn(git, name)):
        kept = _free_name(found[name])
        found[name].rename(kept)
        log.warning("edited_file_kept archive=%s file=%s kept=%s", git.folder, name, kept.name)


def _missing(git: Git, blobs: set[str]) -> set[str]:
    given = "".join(f"{name}\n" for name in blobs).encode()
    answer = git.run("cat-file", "--batch-check", given=given).decode() if blobs else ""
    return {line.split()[0] for line in answer.splitlines() if line.endswith(" missing")}


def _is_torn(git: Git, name: str) -> bool:
    """True if a file is the beginning of what it is to be: git was killed, or the disk was full, while it wrote it."""
    whole = git.run("cat-file", "blob", f"{MAIN}:{name}", accepted=(0, 128))
    return whole.startswith((git.folder / name).read_bytes())


def _free_name(path: Path) -> Path:
    kept, number = path.with_name(f"{path.name}.by-hand"), 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.by-hand-{number}")
    return kept


def put_right(git: Git, known: str, newest: Newest, writer: Writer) -> None:
    """Commit our texts anew where somebody else's commits changed them; what those say otherwise is kept."""
    head = git.head()
    touched = record.foreign(git, known) if head else set()
    if head is None or not touched:
        return
    blobs = record.tree(git, head)
    incoming = f"refs/netraven/{uuid.uuid4()}"
    wrong: list[tuple[str, int]] = []
    with Import(git) as stream:
        for path, snapshot in newest(touched):
            text = snapshot.text.encode(errors="replace")
            if blobs.get(path) != record.blob_of(text):
                stream.send(b"blob\nmark :%d\ndata %d\n" % (len(wrong) + 1, len(text)), text, b"\n")
                wrong.append((path, snapshot.snapshot_id))
        if not wrong:
            return
        stream.send(
            _commit(wrong, incoming, head, f"{writer.name} {int(record.commit_at(git, head).at.timestamp())} +0000")
        )
        stream.finish()
    writer.sign(git, incoming, head)
    if move_main(git, incoming, head):  # else somebody commits at this moment, and the next write sees to it
        log.warning("files_put_right archive=%s files=%d first=%s", git.folder, len(wrong), wrong[0][0])


def _commit(wrong: list[tuple[str, int]], ref: str, parent: str, who: str) -> bytes:
    subject = f"{len(wrong)} configurations put right, which somebody had changed"
    message = "\n".join([subject, "", *(f"{record.RESTORED}: {snapshot}" for _path, snapshot in wrong), ""])
    lines = [
        f"commit {ref}",
        f"author {who}",
        f"committer {who}",
        f"data {len(message.encode())}",
        message,
        f"from {parent}",
        *(f"M 100644 :{mark} {quoted(path)}" for mark, (path, _snapshot) in enumerate(wrong, 1)),
    ]
    return "\n".join(lines).encode() + b"\n\n"


def damage(git: Git) -> str | None:
    """What is broken for good in the repository; None if nothing is, or if that cannot be told now."""
    code, said = git.ask("fsck", "--no-dangling", "--no-progress", limit_seconds=FSCK_LIMIT_SECONDS)
    faults = [line for line in said.splitlines() if line and not line.startswith(("notice:", "warning"))]
    if code == 0 or any(sign in said for sign in ("Permission denied", "Input/output error")):
        return None
    return "; ".join(faults[:3]) or f"git fsck ended with status {code}"


def mend_head(git: Git) -> None:
    """Write a HEAD anew that leads nowhere: without it git takes the folder for no repository at all."""
    file = git.folder / ".git" / "HEAD"
    with contextlib.suppress(OSError):
        if not file.is_file() or not file.read_bytes().startswith(b"ref: refs/heads/"):
            file.write_text(f"ref: {MAIN}\n")
