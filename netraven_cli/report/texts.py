"""The accepted texts of many devices, as they are or as they were: for search, rules and export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.store import history, inventory, removals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from netraven_cli.model import Device, Selector
    from netraven_cli.plugin import Context
    from netraven_cli.store.history import SnapshotRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A device with the configuration that was in force."""

    device: Device
    record: SnapshotRecord
    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The configurations of the selected devices; iterate over them once, by the device's name, the oldest first.

    `uncovered` names the devices of which there is none: an answer says nothing about them.
    """

    context: Context
    devices: dict[str, Device]
    records: list[SnapshotRecord]

    @property
    def uncovered(self) -> list[str]:
        """The devices that have no accepted configuration."""
        return sorted(self.devices.keys() - {record.device for record in self.records})

    def __iter__(self) -> Iterator[Held]:
        for start in range(0, len(self.records), PAGE):
            page = self.records[start : start + PAGE]
            with self.context.database.read() as connection:
                texts = dict(history.texts(connection, [record.id for record in page]))
            for record in page:
                yield Held(device=self.devices[record.device], record=record, text=texts[record.id])


PAGE = 100  # texts in memory at once


def of(context: Context, selector: Selector, at: datetime | None, *, ever: bool = False) -> Texts:
    """The newest accepted configuration of each selected device, the one in force at a time, or all it ever had.

    Devices that were removed count where they were there at that time, or ever.

    Raises:
        NotFoundError: the selector names something that is not there.
    """
    with context.database.read() as connection:
        found = inventory.find(connection, selector, disabled_too=True)
        if ever or at is not None:
            found += removals.once(connection, selector, at)
        ids = [one.id for one in found]
        records = history.every(connection, ids) if ever else history.newest(connection, ids, None, at)
    return Texts(context, {one.name: one for one in found}, records)
