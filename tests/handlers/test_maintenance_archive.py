"""The archive is kept in order: damage is found and repaired, packs are made small, a copy lies in a second place."""

from __future__ import annotations

import random
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.settings.upkeep import Keep, MaintenanceSettings
from tests.handlers.conftest import spoil_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.handlers.conftest import Archiving

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def with_settings(archiving: Archiving, **more: Any) -> Archiving:
    settings = archiving.context.settings.model_copy(update={"maintenance": MaintenanceSettings(**more)})
    archiving.context = replace(archiving.context, settings=settings)
    return archiving


def done(archiving: Archiving, name: str) -> Mapping[str, Any]:
    findings: Mapping[str, Any] = archiving.keep_in_order(name)[name].findings
    return findings


def test_an_object_that_is_damaged_is_found_and_nothing_is_lost(archiving: Archiving) -> None:
    head = archiving.git("rev-parse", "main")
    spoil_object(archiving.folder)
    found = done(archiving, "archive")
    assert found["did"]["repaired"] is True
    assert [one["health"] for one in found["found"]] == ["WARN", "WARN"]  # repaired; and something was put aside
    archiving.assert_whole()
    assert archiving.git("rev-parse", "main") == head, "commits that say the same are the same"
    (aside,) = archiving.folder.glob(".git-damaged-*")
    assert list((aside / "objects/pack").glob("*.pack"))


def test_what_the_database_let_go_comes_back_from_the_bundle(archiving: Archiving, tmp_path: Path) -> None:
    with_settings(archiving, bundle_dir=tmp_path / "second", snapshots=Keep(count=1))
    assert done(archiving, "archive-bundle")["found"] == []
    assert done(archiving, "prune")["did"]["snapshots"] == 2
    archiving.show(r1="three\n")
    archiving.archive()
    spoil_object(archiving.folder)
    head = archiving.git("rev-parse", "main")
    assert done(archiving, "archive")["did"]["repaired"] is True
    for name, texts in archiving.shown.items():
        assert archiving.versions(name) == texts
    archiving.assert_in_step()
    assert archiving.git("rev-parse", "main") == head


@ON_SQLITE
def test_a_bundle_that_is_damaged_is_passed_over_for_an_older_one(archiving: Archiving, tmp_path: Path) -> None:
    with_settings(archiving, bundle_dir=tmp_path, snapshots=Keep(count=1))
    done(archiving, "archive-bundle")
    (whole,) = tmp_path.glob("*.bundle")
    (tmp_path / "netraven-archive-20990101T000000Z.bundle").write_bytes(whole.read_bytes()[:-40])
    done(archiving, "prune")
    spoil_object(archiving.folder)
    done(archiving, "archive")
    for name, texts in archiving.shown.items():
        assert archiving.versions(name) == texts


@ON_SQLITE
def test_a_bundle_can_be_cloned_and_the_newest_ones_are_kept(archiving: Archiving, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    with_settings(archiving, bundle_dir=folder, bundles=Keep(count=2))
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"netraven-archive-2026010{number}T000000Z.bundle").touch()
    found = done(archiving, "archive-bundle")
    assert (found["did"]["removed"], found["found"]) == (2, [])
    assert (folder / found["did"]["file"]).stat().st_mode & 0o077 == 0
    subprocess.run(["git", "clone", "-q", "-b", "main", found["did"]["file"], tmp_path / "clone"], check=True)
    assert (tmp_path / "clone" / "r1.cfg").read_text() == "two\n"


@ON_SQLITE
def test_a_bundle_that_cannot_be_written_is_a_finding_and_older_ones_stay(archiving: Archiving, tmp_path: Path) -> None:
    (tmp_path / "second").write_text("no folder")
    with_settings(archiving, bundle_dir=tmp_path / "second")
    (finding,) = done(archiving, "archive-bundle")["found"]
    assert (finding["health"], "cannot be written" in finding["detail"]) == ("FAIL", True)


@ON_SQLITE
def test_packing_makes_the_archive_smaller_and_changes_no_commit(archiving: Archiving) -> None:
    noise = random.Random(7)  # a configuration that does not compress, and changes by a line
    lines = [f"{noise.getrandbits(400):x}" for _ in range(100)]
    for number in range(12):
        lines[number] = f"{noise.getrandbits(400):x}"
        archiving.show(r1="\n".join(lines) + "\n", r2="\n".join(reversed(lines)) + "\n")
        archiving.archive()
    head = archiving.git("rev-parse", "main")
    found = done(archiving, "archive")["did"]
    assert found["bytes"] < 0.6 * found["bytes_before"]
    assert len(list((archiving.folder / ".git/objects/pack").glob("*.pack"))) == 1
    assert archiving.git("rev-parse", "main") == head
    archiving.assert_whole()
    again = done(archiving, "archive")["did"]
    assert again["packed_all_at"] == found["packed_all_at"], "not all of it is packed each time"


@ON_SQLITE
def test_an_archive_beyond_its_budget_is_a_finding(archiving: Archiving) -> None:
    with_settings(archiving, archive_budget_mb=1)
    assert done(archiving, "archive")["found"] == []
    (archiving.folder / ".git" / "large").write_bytes(bytes(2_000_000))
    (finding,) = done(archiving, "archive")["found"]
    assert (finding["health"], "archive_budget_mb is 1" in finding["detail"]) == ("WARN", True)
