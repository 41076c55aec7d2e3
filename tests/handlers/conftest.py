"""An archive beside a database, with devices that show configurations."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.handlers.archiving import archive_pending
from netraven_cli.handlers.maintenance import CHORES, MaintenanceHandler
from netraven_cli.model import Capture
from netraven_cli.plugin import Context, Job, Result
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import DatabaseSettings
from netraven_cli.snapshot.archive import Archive
from netraven_cli.store import inventory, snapshots
from netraven_cli.store.vault import create_key_file
from tests.store.make import new_device

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database

BEGIN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@dataclass
class Archiving:
    """What the devices showed, as a test's own record of it, and the context that archives it."""

    context: Context
    shown: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, list[str]] = field(default_factory=dict)  # what removed devices showed

    @property
    def folder(self) -> Path:
        return self.context.settings.archive_dir

    def show(self, **texts: str) -> None:
        """Let devices show configurations, accepted by the database and not in git yet."""
        with self.context.database.write() as connection:
            new = [new_device(name) for name in texts if name not in self.shown]
            inventory.add_devices(connection, new, BEGIN)
            for name, text in texts.items():
                device = inventory.get(connection, name)
                at = BEGIN + timedelta(seconds=len(self.all_shown()))
                origin = snapshots.Origin(device_id=device.id, job_id=1, run_id="r", attempt=1, captured_at=at)
                digest = sha256(text.encode()).hexdigest()
                assert snapshots.keep(connection, origin, Capture(text=text, digest=digest, lines=1))
                self.shown.setdefault(name, []).append(text)

    def all_shown(self) -> list[str]:
        return [text for texts in (*self.shown.values(), *self.gone.values()) for text in texts]

    def remove(self, *names: str) -> None:
        """Remove devices from the inventory; the archive does not know yet."""
        with self.context.database.write() as connection:
            found = [inventory.get(connection, name) for name in names]
            at = BEGIN + timedelta(seconds=len(self.all_shown()))
            inventory.remove(connection, found, at, who="alice")
        for name in names:
            self.gone.setdefault(name, []).extend(self.shown.pop(name))

    def archive(self) -> int:
        return archive_pending(self.context)

    def keep_in_order(self, *names: str) -> dict[str, Result]:
        """Do these chores of maintenance, or all."""
        handler = MaintenanceHandler()
        return {
            name: handler.run(self.context, Job(id=1, type="maintenance", subject=name, attempt=1, run_id="r"))
            for name in names or CHORES
        }

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@localhost")
        command = ["git", *identity, "-C", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def versions(self, name: str) -> list[str]:
        """The texts of a device on main, oldest first."""
        log = ("log", "--reverse", "--diff-filter=AM", "--format=%H", "main")
        commits = self.git(*log, "--", f"{name}.cfg").split()
        return [self.git("show", f"{commit}:{name}.cfg") for commit in commits]

    def trailers(self) -> list[int]:
        """The snapshots that commits name, oldest first."""
        found = self.git("log", "--reverse", "--format=%(trailers:key=NetRaven-Snapshot,valueonly)", "main")
        return [int(number) for number in found.split()]

    def assert_whole(self) -> None:
        """Every version is in git once and in order, the records say where, and the work tree is in step."""
        for name in {*self.shown, *self.gone}:
            assert self.versions(name) == self.gone.get(name, []) + self.shown.get(name, [])
        assert sorted(self.trailers()) == list(range(1, len(self.all_shown()) + 1))
        self.assert_in_step()

    def assert_in_step(self) -> None:
        assert Archive(self.folder).check() == []
        for name, texts in self.shown.items():
            assert (self.folder / f"{name}.cfg").read_text() == texts[-1]
        assert not any((self.folder / f"{name}.cfg").exists() for name in self.gone.keys() - self.shown.keys())
        head = self.git("rev-parse", "main")
        assert self.archive() == 0
        assert self.git("rev-parse", "main") == head


def spoil_object(folder: Path) -> None:
    """Change the last bytes of the newest text in the largest pack, as a bad sector does."""
    pack = max((folder / ".git/objects/pack").glob("*.pack"), key=lambda path: path.stat().st_size)
    content = bytearray(pack.read_bytes())
    content[20:24] = bytes(byte ^ 0xFF for byte in content[20:24])
    pack.chmod(0o600)
    pack.write_bytes(content)


@pytest.fixture(scope="session")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "archive"
    Archive.create(folder)
    return folder


@pytest.fixture
def archiving(database: Database, database_url: str, tmp_path: Path, empty_archive: Path) -> Archiving:
    """Two devices with two versions each in git."""
    shutil.copytree(empty_archive, tmp_path / "archive")
    return two_devices(database, Settings(data_dir=tmp_path, database=DatabaseSettings(url=database_url)))


def two_devices(database: Database, settings: Settings) -> Archiving:
    archiving = Archiving(Context(settings=settings, database=database, now=lambda: BEGIN, handlers={}))
    for texts in ({"r1": "one\n", "r2": "eins\n"}, {"r1": "two\n", "r2": "zwei\n"}):
        archiving.show(**texts)
        archiving.archive()
    return archiving


class AtTime(Context):
    """A context whose own clock rules in every database."""

    def clock(self, connection: Any) -> datetime:
        return self.now()


@pytest.fixture
def kept(archiving: Archiving) -> Archiving:
    """Two devices in git, and all that a run needs."""
    context, settings = archiving.context, archiving.context.settings
    create_key_file(settings.vault_key_file)
    archiving.context = AtTime(
        settings=settings, database=context.database, now=lambda: BEGIN, handlers={"maintenance": MaintenanceHandler()}
    )
    return archiving


def later(context: Context, by: timedelta) -> Context:
    return replace(context, now=lambda: BEGIN + by)
