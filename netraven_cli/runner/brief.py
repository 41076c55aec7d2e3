"""What a worker must know to do its job, read for a whole batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.model import Selector
from netraven_cli.plugin import Context, Job
from netraven_cli.store import credentials, inventory, snapshots
from netraven_cli.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.runner.pool import Slot


def brief(context: Context, slots: Sequence[Slot], run_id: str) -> None:
    """Give each slot its Job."""
    with context.database.read() as connection:
        subjects = Selector(names=tuple(slot.held.subject for slot in slots))
        devices = {device.name: device for device in inventory.find(connection, subjects, disabled_too=True)}
        vault = Vault(context.settings.vault_key_file)
        logins = credentials.logins_for(connection, vault, list(devices.values()))
        known = snapshots.known_for(connection, [device.id for device in devices.values()])
    for slot in slots:
        device = devices.get(slot.held.subject)
        slot.job = Job(
            id=slot.held.id,
            type=slot.held.type,
            subject=slot.held.subject,
            attempt=slot.held.attempt,
            run_id=run_id,
            params=slot.held.params,
            device=device,
            logins=logins.get(device.id, ()) if device else (),
            known=known.get(device.id) if device else None,
            on_abort=slot.on_abort,
        )
