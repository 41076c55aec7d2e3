from __future__ import annotations

import os
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, UnavailableError, UsageError
from netraven_cli.schedule.install import SyncPlan, activate, apply, plan_sync, render
from netraven_cli.schedule.place import installation_of, live_folder, netraven_command
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import MetricsSettings
from tests.schedule.samples import INSTALLATION, NOW, schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOBODY = 65534


def sync(folder: Path, *names: str, target: str = "systemd") -> SyncPlan:
    plan = plan_sync(render(target, [schedule(name) for name in names], INSTALLATION, NOW), folder)
    apply(plan)
    return plan


def state(folder: Path) -> dict[str, tuple[str, int]]:
    return {path.name: (path.read_text(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}


def names(paths: Iterable[Path]) -> list[str]:
    return sorted(path.name for path in paths)


def test_a_new_folder_is_made_and_filled(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    plan = sync(folder, "nightly")
    expected = ["netraven-due.service", "netraven-due.timer", "netraven-nightly.service", "netraven-nightly.timer"]
    assert names(folder.iterdir()) == names(plan.write) == expected
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


def test_a_second_sync_writes_nothing(tmp_path: Path) -> None:
    sync(tmp_path, "nightly")
    before = state(tmp_path)
    plan = sync(tmp_path, "nightly")
    assert (plan.write, plan.remove, plan.drift, len(plan.unchanged)) == ({}, [], [], 4)
    assert state(tmp_path) == before


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    sync(tmp_path, "nightly", "weekly")
    before = state(tmp_path)
    plan = sync(tmp_path, "nightly", "weekly", "monthly")
    assert names(plan.write) == ["netraven-monthly.service", "netraven-monthly.timer"]
    after = state(tmp_path)
    assert {name: after[name] for name in before} == before


def test_the_units_of_a_schedule_that_is_gone_are_removed(tmp_path: Path) -> None:
    sync(tmp_path, "nightly", "weekly")
    plan = sync(tmp_path, "weekly")
    assert names(plan.remove) == ["netraven-nightly.service", "netraven-nightly.timer"]
    assert "netraven-nightly.timer" not in state(tmp_path)


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    own = {"netraven-backup.service": "[Unit]\nDescription=my own\n", "sshd.service": "x", "netraven.conf": "x"}
    for name, content in own.items():
        (tmp_path / name).write_text(content)
    drop_in = tmp_path / "netraven-nightly.service.d" / "memory.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nMemoryMax=1G\n")
    sync(tmp_path, "nightly")
    sync(tmp_path)
    assert {name: (tmp_path / name).read_text() for name in own} == own
    assert drop_in.read_text() == "[Service]\nMemoryMax=1G\n"


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
    assert names(tmp_path.iterdir()) == ["netraven-nightly.timer"]


def test_drift_names_what_is_wrong_with_each_file(tmp_path: Path) -> None:
    sync(tmp_path, "nightly", "weekly", "old")
    (tmp_path / "netraven-nightly.timer").write_text(
        (tmp_path / "netraven-nightly.timer").read_text().replace("02:30", "03:30")
    )
    (tmp_path / "netraven-nightly.service").unlink()
    (tmp_path / "netraven-due.timer").write_text("[Timer]\n")
    files = render("systemd", [schedule("nightly"), schedule("weekly", "cron 0 4 * * 0")], INSTALLATION, NOW)
    before = state(tmp_path)
    assert [(what, path.name) for what, path in plan_sync(files, tmp_path).drift] == [
        ("foreign", "netraven-due.timer"),
        ("missing", "netraven-nightly.service"),
        ("edited", "netraven-nightly.timer"),
        ("orphan", "netraven-old.service"),
        ("orphan", "netraven-old.timer"),
        ("outdated", "netraven-weekly.timer"),
    ]
    assert state(tmp_path) == before


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


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CreateError, match="cannot be"):
        sync(tmp_path / "file" / "units", "nightly")


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


def test_a_folder_that_cannot_be_written_stays_as_it_is(tmp_path: Path) -> None:
    sync(tmp_path, "nightly")
    before = state(tmp_path)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    tmp_path.chmod(0o555)
    with without_privileges(), pytest.raises(CreateError, match="cannot be written: Permission denied"):
        sync(tmp_path, "nightly", "weekly")
    tmp_path.chmod(0o755)
    assert state(tmp_path) == before


def test_a_write_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    sync(tmp_path, "nightly")
    before = state(tmp_path)
    broken = {tmp_path / "netraven-new.timer": "whole", tmp_path / "missing" / "netraven-new.service": "x"}
    with pytest.raises(CreateError, match="cannot be written"):
        apply(SyncPlan(folder=tmp_path, write=broken))
    assert state(tmp_path) == before


def test_without_a_running_systemd_nothing_is_changed(tmp_path: Path) -> None:
    if subprocess.run(["systemctl", "show", "--property=Version"], capture_output=True, check=False).returncode == 0:
        pytest.skip("systemd runs on this machine, and is left alone")
    files = render("systemd", [schedule()], INSTALLATION, NOW)
    with pytest.raises(UnavailableError, match="systemctl"):
        activate(plan_sync(files, tmp_path), for_user=False)
    assert state(tmp_path) == {}


def test_each_target_has_its_folder(tmp_path: Path) -> None:
    assert live_folder("systemd", tmp_path) == Path("/etc/systemd/system")
    assert live_folder("systemd-user", tmp_path) == Path.home() / ".config/systemd/user"
    assert live_folder("supercronic", tmp_path) == tmp_path
    assert live_folder("crond", tmp_path) == Path("/etc/cron.d")
    with pytest.raises(UsageError, match="write one of systemd, systemd-user, supercronic, crond"):
        live_folder("launchd", tmp_path)


def test_the_command_is_this_installation_by_its_absolute_path() -> None:
    command = netraven_command()
    assert Path(command[0]).is_absolute()
    assert os.access(command[0], os.X_OK)


def test_services_may_write_the_file_of_metrics(tmp_path: Path) -> None:
    outside = tmp_path / "collector"
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    settings = Settings(data_dir=data_dir, metrics=MetricsSettings(textfile=outside / "netraven.prom"))
    assert list(installation_of(settings, "systemd").writable) == [outside]
