"""Is the archive still what was accepted? Each file's digest, and its proof again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from netraven_cli.device.platforms import known_platforms
from netraven_cli.errors import NoInputError
from netraven_cli.snapshot.archive import Archive
from netraven_cli.snapshot.further import further_files
from netraven_cli.snapshot.judge import Verdict, judge
from netraven_cli.store import history, inventory, snapshots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.model import Device, Known, Platform, Selector
    from netraven_cli.plugin import Context
    from netraven_cli.store.history import SnapshotRecord

BY_HAND = "accepted by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A file of the archive, whether it is what was accepted, and whether it proves complete by today's rules."""

    record: SnapshotRecord
    intact: bool
    proven: bool
    reason: str  # why it is not, or not proven

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done about it."""
        return self.intact and (self.proven or self.reason == BY_HAND)


def verified(context: Context, selector: Selector) -> list[Verified]:
    """The newest files of the selected devices, by name.

    Raises:
        NotFoundError: the selector names something that is not there.
    """
    archive = Archive(context.settings.archive_dir)
    with context.database.read() as connection:
        devices = {one.name: one for one in inventory.find(connection, selector, disabled_too=True)}
        ids = [one.id for one in devices.values()]
        records = history.newest(connection, ids, archive.id, further_too=True)
        by_hand = history.accepted_by_hand(connection, [record.id for record in records])
        known = snapshots.known_for(connection, ids)
    platforms = known_platforms(context.settings.platforms_file)
    return [
        _verified(archive, record, devices[record.device], platforms, known, is_by_hand=record.id in by_hand)
        for record in records
    ]


def _verified(
    archive: Archive,
    record: SnapshotRecord,
    device: Device,
    platforms: Mapping[str, Platform],
    known: Mapping[int, Known],
    *,
    is_by_hand: bool,
) -> Verified:
    text = _text(archive, record)
    if text is None or sha256(text.encode()).hexdigest() != record.digest:
        reason = "it is not in git" if text is None else "git has another text than was accepted"
        return Verified(record=record, intact=False, proven=False, reason=reason)
    verdict = _judged(text, record, platforms.get(device.platform), known.get(device.id))
    reason = BY_HAND if is_by_hand else "; ".join(verdict.reasons)
    return Verified(record=record, intact=True, proven=not verdict.reasons, reason=reason if verdict.reasons else "")


def _text(archive: Archive, record: SnapshotRecord) -> str | None:
    if record.commit is None or record.path is None:
        return None
    try:
        return archive.read(record.path, record.commit)
    except NoInputError:
        return None


def _judged(text: str, record: SnapshotRecord, platform: Platform | None, known: Known | None) -> Verdict:
    """What can be told of a text alone; that the prompt came after it, and a second read was equal, was told then."""
    asked = platform and (further_files(platform, [record.file]).get(record.file) if record.file else platform)
    if asked is None:
        return Verdict(("there is no data for its platform any more",))
    told = None if record.file else known
    return judge(text, platform=asked, ended=None, prompt_seen=True, second=text, known=told)
