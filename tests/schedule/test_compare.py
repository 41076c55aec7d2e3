from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError
from netraven_cli.schedule.compare import SyncPlan, compare, difference
from netraven_cli.schedule.install import apply, render
from tests.schedule.disk import state
from tests.schedule.samples import INSTALLATION, NOW, schedule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LASTING = [
    "netraven-due.service", "netraven-due.timer", "netraven-wake.path", "netraven-wake.service",
    "paths.target.wants/netraven-wake.path", "timers.target.wants/netraven-due.timer",
]  # fmt: skip
NIGHTLY = ["netraven-nightly.service", "netraven-nightly.timer", "timers.target.wants/netraven-nightly.timer"]


def sync(folder: Path, *names: str, target: str = "systemd") -> SyncPlan:
    plan = compare(render(target, [schedule(name) for name in names], INSTALLATION, NOW), folder)
    apply(plan)
    return plan


def names(paths: Iterable[Path], folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in paths)


def test_a_second_sync_writes_nothing(tmp_path: Path) -> None:
    sync(tmp_path, "nightly")
    before = state(tmp_path)
    plan = sync(tmp_path, "nightly")
    assert (plan.write, plan.remove, plan.drift) == ({}, [], [])
    assert names(plan.unchanged, tmp_path) == sorted([*LASTING, *NIGHTLY])
    assert state(tmp_path) == before


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    sync(tmp_path, "weekly")
    before = state(tmp_path)
    plan = sync(tmp_path, "nightly", "weekly")
    assert names(plan.write, tmp_path) == NIGHTLY
    after = state(tmp_path)
    assert {name: after[name] for name in before} == before


def test_the_units_of_a_schedule_that_is_gone_are_removed(tmp_path: Path) -> None:
    sync(tmp_path, "nightly", "weekly")
    plan = sync(tmp_path, "weekly")
    assert names(plan.remove, tmp_path) == NIGHTLY
    assert not {*NIGHTLY} & {*state(tmp_path)}


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    wants = tmp_path / "timers.target.wants"
    wants.mkdir()
    own = {
        "netraven-own.service": "[Unit]\n", "netraven-own.timer": "[Timer]\n", "sshd.service": "x", "netraven.conf": "",
        "netraven-nightly.service.d/memory.conf": "[Service]\nMemoryMax=1G\n",
    }  # fmt: skip
    for name, content in own.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    (wants / "netraven-own.timer").symlink_to("../netraven-own.timer")
    (wants / "netraven-elsewhere.timer").symlink_to("/usr/lib/systemd/system/netraven-elsewhere.timer")
    before = state(tmp_path)
    sync(tmp_path, "nightly")
    sync(tmp_path)
    after = state(tmp_path)
    assert {name: after[name] for name in before} == before
    assert sorted({*after} - {*before}) == LASTING


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_a_foreign_file_in_the_way_is_refused_and_nothing_is_changed(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "netraven-nightly.timer"
    if kind == "file":
        place.write_text("[Timer]\nOnCalendar=daily\n")
    elif kind == "link":
        place.symlink_to("/dev/null")  # a masked unit
    else:
        place.mkdir()
    with pytest.raises(CreateError, match=r"not made by NetRaven, and in the way: .*netraven-nightly\.timer"):
        sync(tmp_path, "nightly")
    assert names(tmp_path.iterdir(), tmp_path) == ["netraven-nightly.timer"]


def test_a_link_that_leads_elsewhere_is_foreign(tmp_path: Path) -> None:
    wants = tmp_path / "timers.target.wants"
    wants.mkdir()
    (wants / "netraven-nightly.timer").symlink_to("/dev/null")
    with pytest.raises(CreateError, match="in the way"):
        sync(tmp_path, "nightly")


def test_a_link_that_systemctl_enable_made_is_taken_over(tmp_path: Path) -> None:
    sync(tmp_path, "nightly")
    link = tmp_path / "timers.target.wants" / "netraven-nightly.timer"
    link.unlink()
    link.symlink_to(tmp_path / "netraven-nightly.timer")
    assert names(sync(tmp_path, "nightly").write, tmp_path) == NIGHTLY[2:]
    assert str(link.readlink()) == "../netraven-nightly.timer"


def test_drift_names_what_is_wrong_with_each_file(tmp_path: Path) -> None:
    sync(tmp_path, "nightly", "weekly", "old")
    timer = tmp_path / "netraven-nightly.timer"
    timer.write_text(timer.read_text().replace("02:30", "03:30"))
    (tmp_path / "netraven-nightly.service").unlink()
    (tmp_path / "netraven-due.timer").write_text("[Timer]\n")
    (tmp_path / "timers.target.wants" / "netraven-weekly.timer").unlink()  # as `systemctl disable` does
    files = render("systemd", [schedule("nightly"), schedule("weekly", "cron 0 4 * * 0")], INSTALLATION, NOW)
    before = state(tmp_path)
    assert [(what, str(path.relative_to(tmp_path))) for what, path in compare(files, tmp_path).drift] == [
        ("foreign", "netraven-due.timer"),
        ("missing", "netraven-nightly.service"),
        ("edited", "netraven-nightly.timer"),
        ("orphan", "netraven-old.service"),
        ("orphan", "netraven-old.timer"),
        ("outdated", "netraven-weekly.timer"),
        ("orphan", "timers.target.wants/netraven-old.timer"),
        ("missing", "timers.target.wants/netraven-weekly.timer"),
    ]
    assert state(tmp_path) == before


def test_a_diff_shows_each_file_that_comes_changes_and_goes(tmp_path: Path) -> None:
    sync(tmp_path, "old", "weekly")
    files = render("systemd", [schedule("new"), schedule("weekly", "cron 0 4 * * *")], INSTALLATION, NOW)
    lines = list(difference(compare(files, tmp_path)))
    assert {"-OnCalendar=*-*-* 02:30:00 Europe/Berlin\n", "+OnCalendar=*-*-* 04:00:00 Europe/Berlin\n"} <= {*lines}
    assert f"--- {tmp_path}/netraven-weekly.timer\n+++ {tmp_path}/netraven-weekly.timer\n" in "".join(lines)
    assert f"--- /dev/null\n+++ {tmp_path}/netraven-new.timer\n" in "".join(lines)
    assert f"--- {tmp_path}/netraven-old.timer\n+++ /dev/null\n" in "".join(lines)
    assert {"--> ../netraven-old.timer\n", "+-> ../netraven-new.timer\n"} <= {*lines}
    assert not any("netraven-due" in line for line in lines)
    sync(tmp_path, "weekly")


@pytest.mark.parametrize(("target", "name"), [("supercronic", "crontab"), ("crond", "netraven")])
def test_a_crontab_is_one_file(tmp_path: Path, target: str, name: str) -> None:
    sync(tmp_path, "nightly", target=target)
    assert list(state(tmp_path)) == [name]
    assert "--schedule nightly" in state(tmp_path)[name][0]
    assert sync(tmp_path, "nightly", target=target).drift == []
    sync(tmp_path, target=target)
    assert "--schedule nightly" not in state(tmp_path)[name][0]


def test_a_crontab_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("0 5 * * * make coffee\n")
    with pytest.raises(CreateError, match="in the way"):
        sync(tmp_path, target="supercronic")
