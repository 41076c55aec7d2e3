"""What was accepted in clear before secrets were not to be kept goes to no archive so, whatever archive it is."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from netraven_cli.settings.sections import ArchiveSettings
from netraven_cli.snapshot.archive import Archive
from netraven_cli.store import history, inventory, snapshots
from netraven_cli.store.tables import capture
from netraven_cli.store.vault import create_key_file

if TYPE_CHECKING:
    from tests.handlers.conftest import Archiving

CLEAR = "hostname {}\nsnmp-server community Canary{} RO\nend\n"


@pytest.fixture
def changed(archiving: Archiving) -> Archiving:
    """Two devices with a version in clear that is not in git yet; from now on secrets are sealed."""
    archiving.show(r1=CLEAR.format("r1", 1), r2=CLEAR.format("r2", 2))
    settings = archiving.context.settings
    create_key_file(settings.vault_key_file)
    sealing = settings.model_copy(update={"archive": ArchiveSettings(secrets="seal")})
    archiving.context = dataclasses.replace(archiving.context, settings=sealing)
    return archiving


def texts(archiving: Archiving) -> list[str]:
    with archiving.context.database.read() as connection:
        ids = [inventory.get(connection, name).id for name in ("r1", "r2")]
        found = [one for number in ids for one in history.of_device(connection, number, None, 10)]
        return [history.text_of(connection, one.id) for one in found]


def test_what_is_owed_is_hidden_in_the_database_and_in_git_and_what_is_in_git_stays(changed: Archiving) -> None:
    before = changed.git("rev-parse", "main").strip()
    assert changed.archive() == 2
    for name in ("r1", "r2"):
        assert changed.versions(name)[:2] == changed.shown[name][:2]
        assert "Canary" not in changed.versions(name)[2]
        assert "redacted-community-" in changed.versions(name)[2]
    assert changed.git("merge-base", before, "main").strip() == before
    assert sorted(texts(changed)) == sorted(text for name in ("r1", "r2") for text in changed.versions(name))
    head = changed.git("rev-parse", "main")
    assert changed.archive() == 0
    assert changed.git("rev-parse", "main") == head


def test_an_archive_that_is_made_again_has_no_secrets_of_before(changed: Archiving) -> None:
    shutil.rmtree(changed.folder)
    assert changed.archive() == 6
    assert "Canary" not in changed.git("log", "-p", "main")
    assert not any("Canary" in text for text in texts(changed))
    with changed.context.database.read() as connection:
        rows = connection.execute(sa.select(capture.c.redacted, capture.c.sealed)).all()
    assert all(row.redacted and row.sealed for row in rows)


def test_the_writer_reads_nothing_in_clear_where_none_is_to_be_kept(changed: Archiving) -> None:
    archive_id = Archive(changed.folder).id or ""
    with changed.context.database.read() as connection:
        owed = snapshots.pending(connection, archive_id, after=0, limit=10)
        fit = snapshots.pending(connection, archive_id, after=0, limit=10, in_clear_too=False)
    assert (len(owed), fit) == (2, [])
