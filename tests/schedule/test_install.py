from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, UnavailableError, UsageError
from netraven_cli.schedule.compare import compare
from netraven_cli.schedule.install import activate, apply, render, with_stopped
from netraven_cli.schedule.place import installation_of, live_folder, netraven_command
from netraven_cli.schedule.systemctl import Systemctl
from netraven_cli.schedule.verify import verify
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import MetricsSettings, ScheduleSettings
from tests.schedule.disk import SECOND_FILE, second_file_does_not_fit, state
from tests.schedule.samples import INSTALLATION, NOW, schedule

if TYPE_CHECKING:
    from netraven_cli.schedule.compare import SyncPlan

STAND_IN = Path(__file__).with_name("systemctl_stand_in.sh")


class Machine:
    """A machine on which systemd seems to run."""

    def __init__(self, folder: Path) -> None:
        self.units, self.programs = folder / "units", folder / "programs"
        self.programs.mkdir()
        (self.programs / "systemctl").symlink_to(STAND_IN)

    def plan(self, *names: str, pattern: str = "cron 30 2 * * *") -> SyncPlan:
        files = render("systemd", [schedule(name, pattern) for name in names], INSTALLATION, NOW)
        return with_stopped(compare(files, self.units), Systemctl())

    def sync(self, *names: str, pattern: str = "cron 30 2 * * *") -> list[str]:
        """Returns what systemctl was asked to do."""
        before = len(self._lines("log"))
        activate(self.plan(*names, pattern=pattern), Systemctl())
        return [line for line in self._lines("log")[before:] if not line.startswith("show")]

    def fail_at(self, verb: str) -> None:
        (self.programs / "failing").write_text(f"{verb}\n")

    @property
    def running(self) -> list[str]:
        place = self.programs / "running"
        return sorted(path.name for path in place.iterdir()) if place.exists() else []

    def _lines(self, name: str) -> list[str]:
        place = self.programs / name
        return place.read_text().splitlines() if place.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{found.programs}:/usr/bin:/bin")
    return found


LASTING = ["netraven-due.timer", "netraven-wake.path"]


def test_a_sync_reloads_once_and_starts_what_came(machine: Machine) -> None:
    assert machine.sync("nightly") == [
        "daemon-reload",
        "restart netraven-due.timer netraven-nightly.timer netraven-wake.path",
    ]
    assert machine.running == [*LASTING[:1], "netraven-nightly.timer", *LASTING[1:]]


def test_a_sync_with_nothing_to_do_asks_for_nothing(machine: Machine) -> None:
    machine.sync("nightly")
    assert machine.sync("nightly") == []


def test_only_the_timer_that_changed_is_started_anew(machine: Machine) -> None:
    machine.sync("nightly")
    assert machine.sync("nightly", pattern="cron 0 4 * * *") == ["daemon-reload", "restart netraven-nightly.timer"]


def test_the_timer_of_a_schedule_that_is_gone_is_stopped(machine: Machine) -> None:
    machine.sync("nightly", "weekly")
    assert machine.sync("weekly") == ["stop netraven-nightly.timer", "daemon-reload"]
    assert "netraven-nightly.timer" not in machine.running


def test_a_timer_that_somebody_stopped_is_drift_and_is_started_again(machine: Machine) -> None:
    machine.sync("nightly")
    (machine.programs / "running" / "netraven-nightly.timer").unlink()
    assert [(what, path.name) for what, path in machine.plan("nightly").drift] == [
        ("stopped", "netraven-nightly.timer")
    ]
    assert machine.sync("nightly") == ["daemon-reload", "restart netraven-nightly.timer"]


@pytest.mark.parametrize("verb", ["daemon-reload", "restart", "stop"])
def test_a_step_of_systemd_that_fails_leaves_all_as_it_was(machine: Machine, verb: str) -> None:
    machine.sync("nightly", "old")
    files, running = state(machine.units), machine.running
    machine.fail_at(verb)
    with pytest.raises(UnavailableError, match=f"systemctl {verb}.* does not work today; nothing was changed"):
        machine.sync("nightly", "new", pattern="cron 0 4 * * *")
    assert (state(machine.units), machine.running) == (files, running)
    machine.sync("nightly", "new", pattern="cron 0 4 * * *")
    assert "netraven-new.timer" in machine.running
    assert "netraven-old.timer" not in machine.running


def test_a_first_sync_that_fails_leaves_no_folder(machine: Machine) -> None:
    machine.fail_at("restart")
    with pytest.raises(UnavailableError, match="nothing was changed"):
        machine.sync("nightly")
    assert (machine.units.exists(), machine.running) == (False, [])


def test_a_folder_that_cannot_be_written_stops_nothing(machine: Machine) -> None:
    machine.sync("nightly", "old")
    files, running = state(machine.units), machine.running
    plan = machine.plan("nightly")
    with (
        second_file_does_not_fit(plan) as full,
        pytest.raises(CreateError, match=f"{SECOND_FILE}.* nothing was changed"),
    ):
        activate(full, Systemctl())
    assert (state(machine.units), machine.running) == (files, running)


def test_without_systemctl_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = compare(render("systemd", [schedule()], INSTALLATION, NOW), tmp_path / "units")
    with pytest.raises(UnavailableError, match="there is no systemctl on this machine; use --dir"):
        activate(plan, Systemctl())
    assert list(tmp_path.iterdir()) == []


def test_units_that_systemd_would_refuse_are_not_written(systemd_analyze: str, tmp_path: Path) -> None:
    files = render("systemd", [schedule()], INSTALLATION, NOW)
    verify(compare(files, tmp_path), "systemd")
    timer = str(files["netraven-nightly.timer"])
    broken = {**files, "netraven-nightly.timer": timer.replace("AccuracySec=1s", "AccuracySec=often")}
    with pytest.raises(
        UnavailableError, match=r"nothing was changed, since what was to be written is refused: .*often"
    ):
        verify(compare(broken, tmp_path), "systemd")
    assert list(tmp_path.iterdir()) == []


def test_units_of_a_user_are_verified_as_such(systemd_analyze: str, tmp_path: Path) -> None:
    verify(compare(render("systemd-user", [schedule()], INSTALLATION, NOW), tmp_path), "systemd-user")


@pytest.fixture
def supercronic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the lab has in the place of supercronic, by its name."""
    folder = tmp_path / "programs"
    folder.mkdir()
    stand_in = Path(__file__).parents[1] / "lab" / "supercronic_stand_in.py"
    program = folder / "supercronic"
    program.write_text(stand_in.read_text().replace("/usr/local/bin/python3", sys.executable, 1))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    assert shutil.which("supercronic") == str(program)
    return tmp_path / "data"


def test_a_crontab_is_tested_before_it_takes_its_place(supercronic: Path) -> None:
    files = render("supercronic", [schedule()], INSTALLATION, NOW)
    plan = compare(files, supercronic)
    verify(plan, "supercronic")
    apply(plan)
    before = state(supercronic)
    broken = compare({"crontab": f"{files['crontab']}99 99 * * true\n"}, supercronic)
    with pytest.raises(UnavailableError, match="is refused: supercronic -test"):
        verify(broken, "supercronic")
    assert state(supercronic) == before


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
    assert Path(command[0]).is_file()


def test_units_say_what_the_settings_say(tmp_path: Path) -> None:
    outside, data_dir = tmp_path / "collector", tmp_path / "data"
    data_dir.mkdir()
    settings = Settings(
        data_dir=data_dir,
        metrics=MetricsSettings(textfile=outside / "netraven.prom"),
        schedule=ScheduleSettings(success_exit_statuses=[75], on_failure="alert@%n.service"),
    )
    installation = installation_of(settings, "systemd")
    assert list(installation.writable) == [outside]
    service = str(render("systemd", [], installation, NOW)["netraven-due.service"]).splitlines()
    assert {"OnFailure=alert@%n.service", "SuccessExitStatus=75"} <= set(service)
