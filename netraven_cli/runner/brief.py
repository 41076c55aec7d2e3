"""What a worker must know to do its job, for a whole batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.plugin import Context, Job, Searching
from netraven_cli.store import snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.runner.knowledge import Knowledge
    from netraven_cli.runner.pool import Slot

NO_DEVICE = 0  # no device has this id: what is said at an address is hidden under a key of its own


def brief(context: Context, knowledge: Knowledge, slots: Sequence[Slot], run_id: str) -> None:
    """Give each slot its Job."""
    redactions = knowledge.redactions()
    with context.database.read() as connection:
        devices = knowledge.devices(connection, [slot.held.subject for slot in slots])
        known = snapshots.known_for(connection, [device.id for device in devices.values()])
        for slot in slots:
            device = devices.get(slot.held.subject)
            searching = isinstance(context.handlers.get(slot.held.type), Searching)
            search = knowledge.search(connection, slot.held.params) if searching else None
            owner = device or (search and search.ranges.get(slot.held.params.get("range", "")))
            logins, stopped = knowledge.logins(connection, owner, slot.held.id) if owner else ((), ())
            slot.job = Job(
                id=slot.held.id,
                type=slot.held.type,
                subject=slot.held.subject,
                attempt=slot.held.attempt,
                run_id=run_id,
                params=slot.held.params,
                device=device,
                logins=logins,
                stopped=stopped,
                jumps=knowledge.jumps(connection, device, slot.held.id) if device else (),
                search=search,
                known=known.get(device.id) if device else None,
                redaction=redactions.of(device.id if device else NO_DEVICE) if redactions and owner else None,
                on_abort=slot.on_abort,
            )
