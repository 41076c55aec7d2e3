"""`netraven snapshot restore-plan`: what to enter so that a device has an earlier configuration again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from netraven_cli.cli.command import opened
from netraven_cli.cli.versions import At, Name, Number, Rev, Unseal, chosen, texts_of, versions_of
from netraven_cli.errors import NoInputError

if TYPE_CHECKING:
    from netraven_cli.plugin import Context
    from netraven_cli.store.history import SnapshotRecord


def _full_texts(context: Context, versions: tuple[SnapshotRecord, SnapshotRecord]) -> tuple[str, str]:
    from netraven_cli.cli.versions import key_of_texts
    from netraven_cli.store import text_key

    with context.database.read() as connection:
        key = key_of_texts(context, connection)
        old, new = (text_key.unsealed(connection, key, snapshot_id=one.id) for one in versions)
    return old, new


def restore_plan(
    ctx: typer.Context, name: Name, number: Number = None, at: At = None, rev: Rev = None, unseal: Unseal = False
) -> None:
    """Print what to enter so that a device has an earlier configuration again; nothing is sent.

    Without a number, a time or a commit: the configuration before the newest.
    """
    from netraven_cli.snapshot import remedy
    from netraven_cli.snapshot.redact import TOKEN

    with opened(ctx) as (context, terminal):
        device, found = versions_of(context, terminal, name, number=number, at=at, rev=rev)
        newest = chosen(found, name, None)
        if len(found) == 1 and not (number or at or rev):
            raise NoInputError(f"{name} has only one configuration; there is no earlier one to go back to")
        wanted = chosen(found if number or at or rev else found[1:], name, number, at, rev)
        texts = _full_texts(context, (newest, wanted)) if unseal else texts_of(context, (newest, wanted))
        lines = remedy.steps(device.platform, *texts)
        if terminal.json:
            terminal.record("restore-plan", {"device": name, "from": newest.id, "to": wanted.id, "lines": lines})
        else:
            terminal.data("".join(f"{line}\n" for line in lines))
        terminal.say(
            f"{len(lines)} lines lead from snapshot {newest.id}, last seen on {name} at "
            f"{newest.verified_at:%Y-%m-%d %H:%M} UTC, to snapshot {wanted.id} of "
            f"{wanted.captured_at:%Y-%m-%d %H:%M} UTC; nothing was sent. Read them before you enter them."
        )
        hidden = sum(bool(TOKEN.search(line)) for line in lines)
        if hidden:
            terminal.say(
                f"In {hidden} of them a secret is hidden; if it was sealed, this has it: netraven snapshot show {name} "
                f"--id {wanted.id} --unseal"
            )
