from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, TryLaterError
from netraven_cli.schedule.compare import SyncPlan, compare
from netraven_cli.schedule.install import apply, render
from netraven_cli.schedule.replace import SCRAP, replaced
from netraven_cli.schedule.template import Link
from tests.schedule.disk import SECOND_FILE, second_file_does_not_fit, state
from tests.schedule.samples import INSTALLATION, NOW, schedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534


def planned(folder: Path, *names: str) -> SyncPlan:
    return compare(render("systemd", [schedule(name) for name in names], INSTALLATION, NOW), folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Units of two schedules, one of which the plans of the tests do not have."""
    apply(planned(tmp_path / "units", "nightly", "old"))
    return tmp_path / "units"


def test_a_new_folder_is_made_and_filled(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    plan = planned(folder, "nightly")
    apply(plan)
    assert {folder / name for name in state(folder)} == {*plan.write}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("netraven-*")} == {0o644}
    assert (folder / "timers.target.wants" / "netraven-nightly.timer").resolve() == folder / "netraven-nightly.timer"


def test_a_disk_that_is_full_at_a_later_file_changes_nothing(folder: Path) -> None:
    before = state(folder)
    planned_so_far = planned(folder, "nightly", "new")
    refused = pytest.raises(CreateError, match=f"{SECOND_FILE}; nothing was changed")
    with second_file_does_not_fit(planned_so_far) as plan, refused:
        apply(plan)
    assert state(folder) == before


@pytest.mark.parametrize("kth", ["a", "nightly.t", "old.t", "z"])
def test_a_file_that_cannot_take_its_place_puts_back_those_before_it(folder: Path, kth: str) -> None:
    """Its name is too long for a file: that shows when it takes its place, after those that come before it."""
    before = state(folder)
    changed = ["netraven-b.timer", "netraven-nightly.service", "netraven-nightly.timer", "netraven-y.timer"]
    plan = SyncPlan(
        folder=folder,
        write={folder / name: "new" for name in [*changed, f"netraven-{kth}{'x' * 300}"]},
        remove=[folder / "netraven-old.service", folder / "timers.target.wants" / "netraven-old.timer"],
    )
    with pytest.raises(CreateError, match="File name too long; nothing was changed"):
        apply(plan)
    assert state(folder) == before


@pytest.mark.parametrize("made", [False, True])
def test_what_fails_afterwards_puts_back_all_of_it(folder: Path, *, made: bool) -> None:
    place = folder / "deeper" if made else folder
    before = state(folder)
    with pytest.raises(ZeroDivisionError), replaced(planned(place, "nightly", "new")):
        assert (place / "netraven-new.timer").is_file()
        assert not (place / "netraven-old.timer").exists()
        raise ZeroDivisionError
    assert state(folder) == before
    assert not (folder / "deeper").exists()


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may write anywhere: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("closed", ["", "timers.target.wants"])
def test_a_folder_that_cannot_be_written_stays_as_it_is(folder: Path, closed: str) -> None:
    before = state(folder)
    for place in (folder, *folder.parents[:4]):
        place.chmod(0o755)
    for path in (folder, *folder.glob("*.wants")):
        path.chmod(0o777)
    (folder / closed).chmod(0o555)
    plan = planned(folder, "nightly", "weekly")
    with without_privileges(), pytest.raises(CreateError, match=r"cannot be written: .*Permission denied"):
        apply(plan)
    assert state(folder) == before


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CreateError, match="cannot be"):
        apply(planned(tmp_path / "file" / "units", "nightly"))


def test_two_syncs_at_once_do_not_mix(folder: Path) -> None:
    with replaced(planned(folder, "nightly", "one")):
        between = state(folder)
        with pytest.raises(TryLaterError, match="another schedule sync is at work"):
            apply(planned(folder, "nightly", "two"))
        assert state(folder) == between
    apply(planned(folder, "nightly", "two"))
    assert (folder / "netraven-two.timer").is_file()


def test_what_a_killed_sync_left_is_swept_away(folder: Path) -> None:
    for number, suffix in enumerate(("new", "old")):
        (folder / f"{SCRAP}{number}.{suffix}").write_text("half")
    (folder / "timers.target.wants" / f"{SCRAP}7.new").symlink_to("../netraven-x.timer")
    apply(planned(folder, "nightly"))
    assert not [name for name in state(folder) if SCRAP in name]


def test_a_link_takes_the_place_of_a_link_and_is_not_followed(folder: Path) -> None:
    link = folder / "timers.target.wants" / "netraven-nightly.timer"
    unit = (folder / "netraven-nightly.timer").read_text()
    apply(SyncPlan(folder=folder, write={link: Link("../netraven-old.timer")}))
    assert str(link.readlink()) == "../netraven-old.timer"
    assert (folder / "netraven-nightly.timer").read_text() == unit
