from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.installed import Installed

if TYPE_CHECKING:
    from tests.cli.conftest import Called

STAND_IN = Path(__file__).parents[1] / "schedule" / "systemctl_stand_in.sh"


@pytest.fixture
def folder(called: Called) -> Path:
    return called.folder


@pytest.fixture
def berlin(called: Called) -> Called:
    called.environ["NETRAVEN_SCHEDULE__TIMEZONE"] = "Europe/Berlin"
    return called


def ok(berlin: Called, *arguments: str) -> str:
    said = berlin(*arguments)
    assert said.status == 0, said.err
    return said.out + said.err


def test_sync_writes_units_and_check_finds_drift(berlin: Called, folder: Path) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30")
    assert berlin("schedule", "sync", "--dir", "units", "--check").status == 1
    assert not (folder / "units").exists()
    ok(berlin, "schedule", "sync", "--dir", "units")
    timer = folder / "units" / "netraven-nightly.timer"
    assert "OnCalendar=*-*-* 02:30:00 Europe/Berlin" in timer.read_text()
    service = timer.with_suffix(".service").read_text()
    assert f"NETRAVEN_CONFIG={folder / 'config.yml'}" in service
    assert f"ReadWritePaths={folder}" in service
    assert berlin("schedule", "sync", "--dir", "units", "--check").status == 0
    timer.write_text(timer.read_text().replace("02:30", "04:30"))
    said = berlin("schedule", "sync", "--dir", "units", "--check", "--json")
    assert said.status == 1
    assert {"state": "edited", "file": "netraven-nightly.timer"} in said.json["items"]
    ok(berlin, "schedule", "remove", "nightly", "--yes")
    ok(berlin, "schedule", "sync", "--dir", "units")
    assert sorted(path.name for path in timer.parent.glob("*/*")) == ["netraven-due.timer", "netraven-wake.path"]


@pytest.mark.parametrize(("target", "name"), [("supercronic", "crontab"), ("crond", "netraven")])
def test_sync_writes_crontabs(berlin: Called, folder: Path, target: str, name: str) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30")
    ok(berlin, "schedule", "sync", "--target", target, "--dir", "out")
    assert "run backup --schedule nightly" in (folder / "out" / name).read_text()


def test_a_foreign_unit_in_the_way_is_refused(berlin: Called, folder: Path) -> None:
    place = folder / "units" / "netraven-due.timer"
    place.parent.mkdir()
    place.write_text("[Timer]\n")
    said = berlin("schedule", "sync", "--dir", "units")
    assert said.status == 73
    assert "not made by NetRaven" in said.err
    assert list(place.parent.iterdir()) == [place]


def test_the_installed_command_syncs_from_any_place_with_its_settings_named(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = str(folder / "config.yml")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    said = Installed(elsewhere)("schedule", "sync", "--config", config, "--dir", str(folder / "units"))
    assert said.status == 0, said.err
    assert f"NETRAVEN_CONFIG={config}" in (folder / "units" / "netraven-due.service").read_text()


def test_a_dry_run_shows_a_diff_and_writes_nothing(berlin: Called, folder: Path) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "12:30")
    ok(berlin, "schedule", "sync", "--dir", "units")
    ok(berlin, "schedule", "edit", "nightly", "--daily", "13:30")
    before = (folder / "units" / "netraven-nightly.timer").read_text()
    said = berlin("schedule", "sync", "--dir", "units", "--dry-run")
    assert (said.status, said.err) == (0, f"{folder}/units: 1 to write, 0 to remove, 8 unchanged\n")
    assert "\n-OnCalendar=*-*-* 12:30:00 Europe/Berlin\n+OnCalendar=*-*-* 13:30:00 Europe/Berlin\n" in said.out
    shown = berlin("schedule", "sync", "--dir", "units", "--dry-run", "--json").json
    assert (shown["schema"], shown["diff"]) == ("netraven.sync/1", said.out)
    assert (folder / "units" / "netraven-nightly.timer").read_text() == before


def test_another_folder_needs_no_program_of_systemd(berlin: Called, folder: Path, tmp_path: Path) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "12:30")
    berlin.environ["PATH"] = str(tmp_path)
    ok(berlin, "schedule", "sync", "--dir", "units")
    assert (folder / "units" / "timers.target.wants" / "netraven-nightly.timer").is_file()


def test_without_systemctl_a_sync_says_what_to_do_and_writes_nothing(berlin: Called, folder: Path) -> None:
    berlin.environ["PATH"] = str(folder / "nothing")
    said = berlin("schedule", "sync", "--target", "systemd-user")
    assert said.status == 69
    assert "there is no systemctl on this machine; use --dir" in said.err
    assert not (folder / ".config").exists()
    assert berlin("schedule", "sync", "--target", "systemd-user", "--check").status == 1


@pytest.fixture
def timers(berlin: Called, folder: Path) -> Path:
    """Timers of a user on whose machine systemd seems to run; returns the folder of what it says."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "systemctl").symlink_to(STAND_IN)
    fires = [{"unit": "netraven-nightly.timer", "last": 1798788600000000, "next": 1798875000000000}]
    (programs / "fires").write_text(json.dumps(fires))
    (programs / "results").write_text("Id=netraven-nightly.service\nResult=success\n")
    berlin.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    ok(berlin, "schedule", "add", "nightly", "--daily", "12:30")
    ok(berlin, "schedule", "add", "off", "--daily", "12:30", "--disabled")
    assert "enable-linger" in ok(berlin, "schedule", "sync", "--target", "systemd-user")
    return programs


def row(berlin: Called, name: str) -> dict[str, object]:
    rows = berlin("schedule", "list", "--json").json["items"]
    return next(row for row in rows if row["name"] == name)


def test_the_list_tells_how_each_timer_fares(berlin: Called, timers: Path) -> None:
    found = row(berlin, "nightly")
    assert {key: found[key] for key in ("timer", "fired_at", "fires_at", "result", "late")} == {
        "timer": "waits",
        "fired_at": "2027-01-01T07:30:00Z",
        "fires_at": "2027-01-02T07:30:00Z",
        "result": "success",
        "late": False,
    }
    assert row(berlin, "off")["timer"] is None


def test_the_list_tells_of_a_timer_that_is_not_what_it_should_be(berlin: Called, timers: Path, folder: Path) -> None:
    ok(berlin, "schedule", "edit", "nightly", "--daily", "13:30")
    ok(berlin, "schedule", "add", "new", "--daily", "12:30")
    ok(berlin, "schedule", "enable", "off")
    ok(berlin, "schedule", "sync", "--target", "systemd-user")
    ok(berlin, "schedule", "edit", "nightly", "--daily", "14:30")
    ok(berlin, "schedule", "disable", "off")
    (timers / "running" / "netraven-new.timer").unlink()
    assert [row(berlin, name)["timer"] for name in ("nightly", "new", "off")] == ["outdated", "stopped", "orphan"]
    (folder / ".config/systemd/user/netraven-new.timer").unlink()
    assert row(berlin, "new")["timer"] == "missing"


def test_the_status_tells_what_wakes_us_and_what_is_wrong_with_it(berlin: Called, timers: Path) -> None:
    told = "woken by\tsystemd-user, last at 2027-01-01 07:30:00 UTC, next at 2027-01-02 07:30:00 UTC\n"
    assert told in ok(berlin, "status")
    assert berlin("status", "--check").status == 0
    ok(berlin, "schedule", "edit", "nightly", "--daily", "14:30")
    (timers / "results").write_text("Id=netraven-nightly.service\nResult=signal\n")
    said = berlin("status", "--check", "--json")
    assert said.status == 1
    assert said.json["wake"]["drift"] == ["netraven-nightly.timer is outdated"]
    assert said.json["wake"]["failed"] == ["netraven-nightly.service (signal)"]
    assert [problem for problem in said.json["problems"] if "netraven-nightly" in problem] == [
        "netraven-nightly.timer is outdated; see: netraven schedule sync --target systemd-user --dry-run",
        "failed when last woken: netraven-nightly.service (signal); see: journalctl -u UNIT",
    ]


def test_timers_of_another_installation_are_none_of_ours(berlin: Called, timers: Path, folder: Path) -> None:
    for unit in (folder / ".config/systemd/user").glob("*.service"):
        unit.write_text(unit.read_text().replace(str(folder / "config.yml"), "/etc/another.yml"))
    assert row(berlin, "nightly")["timer"] is None
    assert berlin("status", "--json").json["wake"] is None


def test_what_a_systemd_that_cannot_be_asked_would_say_is_left_open(berlin: Called, timers: Path) -> None:
    (timers / "failing").write_text("show\n")
    assert row(berlin, "nightly")["timer"] == "installed"


def test_a_crontab_is_what_wakes_us_too(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "12:30")
    ok(berlin, "schedule", "sync", "--target", "supercronic")
    assert (row(berlin, "nightly")["timer"], row(berlin, "nightly")["fires_at"]) == ("waits", None)
    ok(berlin, "schedule", "edit", "nightly", "--daily", "13:30")
    assert row(berlin, "nightly")["timer"] == "outdated"
    assert "crontab is outdated" in berlin("status").out


def test_where_nothing_is_installed_the_list_says_nothing_of_timers(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "12:30")
    assert row(berlin, "nightly")["timer"] is None


def test_a_submitted_job_leaves_the_file_that_systemd_waits_for(berlin: Called, folder: Path) -> None:
    ok(berlin, "device", "add", "core-1", "--address", "127.0.0.1", "--platform", "cisco_ios")
    assert not (folder / "wake").exists()
    ok(berlin, "job", "submit", "backup", "core-1", "--dry-run")
    assert not (folder / "wake").exists()
    ok(berlin, "job", "submit", "backup", "core-1")
    assert (folder / "wake").is_file()
    ok(berlin, "schedule", "sync", "--dir", "units")
    assert f"PathExists={folder}/wake\n" in (folder / "units" / "netraven-wake.path").read_text()


def test_a_wake_up_without_a_due_time_does_nothing(berlin: Called, folder: Path) -> None:
    ok(berlin, "device", "add", "core-1", "--address", "127.0.0.1", "--platform", "cisco_ios")
    for name in ("nightly", "other"):
        ok(berlin, "schedule", "add", name, "--every", "366d")
    with sqlite3.connect(folder / "netraven.db") as database:
        database.execute("UPDATE schedule SET seen_until = 0, next_due_at = 0 WHERE name = 'other'")
    database.close()
    assert "nothing to do" in ok(berlin, "run", "backup", "--schedule", "nightly")
    assert berlin("job", "list", "--json").json["items"] == []
    assert berlin("schedule", "show", "nightly", "--json").json["occurrences"] == []
