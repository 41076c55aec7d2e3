"""Archives that are known: each is owed every snapshot there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.store.tables import archive, archive_pending, revision, snapshot

if TYPE_CHECKING:
    from datetime import datetime

ARCHIVES_LOCK = 0x6E657472_6178  # any number that is ours and no other lock: see claiming.CLAIM_LOCK


def lock(connection: Connection, *, shared: bool) -> None:
    """Until the transaction ends no archive is new while a snapshot is: neither would see the other, so to owe it.

    Not shared, too, where snapshots are removed: none of them may be owed meanwhile.
    """
    if connection.dialect.name == "postgresql":  # in SQLite one transaction writes at a time
        function = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        connection.execute(select(function(ARCHIVES_LOCK)))


def register(connection: Connection, archive_id: str, place: str, now: datetime) -> None:
    """Make an archive known; one that is new here is owed every snapshot there is.

    Another repository at the same place (it was deleted and made again) takes the place of the first.
    """
    found = connection.execute(select(archive.c.place).where(archive.c.id == archive_id)).scalar()
    if found == place:
        return
    connection.execute(delete(archive).where(archive.c.place == place))
    if found is not None:
        connection.execute(update(archive).where(archive.c.id == archive_id).values(place=place))
        return
    lock(connection, shared=False)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(archive).values(id=archive_id, place=place, created_at=now).on_conflict_do_nothing()
    if connection.execute(new.returning(archive.c.id)).scalar() is None:
        return  # another run on this host was first
    owe_all(connection, archive_id)


def is_registered(connection: Connection, place: str) -> bool:
    """Whether an archive was at this place."""
    return connection.execute(select(archive.c.id).where(archive.c.place == place)).first() is not None


def owe_all(connection: Connection, archive_id: str) -> None:
    """Owe an archive every snapshot again: those that it has are found there."""
    lock(connection, shared=True)  # no snapshot is pruned meanwhile
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    owed = select(literal(archive_id), snapshot.c.id).where(true())  # SQLite takes ON for a join's without a WHERE
    again = dialect.insert(archive_pending).from_select(["archive_id", "snapshot_id"], owed)
    connection.execute(again.on_conflict_do_nothing())


def last_commit(connection: Connection, archive_id: str) -> str | None:
    """The commit of the newest snapshot that an archive is known to have."""
    newest = select(revision.c.commit).where(revision.c.archive_id == archive_id)
    return connection.execute(newest.order_by(revision.c.snapshot_id.desc()).limit(1)).scalar()
