from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

from tests.cli.conftest import Called
from tests.installed import Installed

if TYPE_CHECKING:
    from pathlib import Path


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_init_makes_everything_closed_to_others_and_a_second_time_keeps_it(tmp_path: Path) -> None:
    netraven = Installed(tmp_path)
    first = netraven.well("init", "--dir", "lab", "--json").json
    assert {item["done"] for item in first["items"]} == {"made"}
    assert modes(tmp_path / "lab") == {
        "archive": 0o700, "config.yml": 0o600, "logs": 0o700, "netmiko_logs": 0o700, "netraven.db": 0o600,
        "runners": 0o700, "vault.key": 0o600,
    }  # fmt: skip
    key = (tmp_path / "lab" / "vault.key").read_bytes()
    again = netraven.well("init", "--dir", "lab", "--json").json
    assert {item["done"] for item in again["items"]} == {"kept"}
    assert (tmp_path / "lab" / "vault.key").read_bytes() == key


def test_init_mends_what_is_missing(called: Called) -> None:
    shutil.rmtree(called.folder / "logs")
    said = called.well("init", "--json").json
    assert [item["what"] for item in said["items"] if item["done"] == "made"] == ["logs"]


def test_a_folder_of_init_may_be_moved(netraven: Installed, tmp_path: Path) -> None:
    netraven.folder.rename(tmp_path / "moved")
    moved = Installed(tmp_path / "moved")
    moved.well("device", "add", "sw1", "-a", "a", "-p", "cisco_ios")
    assert "FAIL" not in moved.well("doctor").out


def test_without_dir_the_settings_lie_in_their_usual_place(tmp_path: Path) -> None:
    netraven = Called(tmp_path, {"NETRAVEN_CONFIG": str(tmp_path / "etc" / "netraven.yml"),
                                    "NETRAVEN_DATA_DIR": str(tmp_path / "data")})  # fmt: skip
    netraven.well("init")
    assert (tmp_path / "etc" / "netraven.yml").exists()
    assert (tmp_path / "data" / "vault.key").exists()
    assert netraven.well("settings", "show", "data_dir").out.split("\t")[1:] == [
        str(tmp_path / "data"), "$NETRAVEN_DATA_DIR\n",
    ]  # fmt: skip


def test_before_init_every_command_says_that_init_is_missing(tmp_path: Path) -> None:
    netraven = Called(tmp_path, {"NETRAVEN_DATA_DIR": str(tmp_path / "data")})
    for arguments in (["device", "list"], ["credential", "list"], ["database", "check"], ["database", "migrate"]):
        said = netraven(*arguments)
        assert (said.status, "netraven init" in said.err) == (78, True), arguments
    assert not (tmp_path / "data").exists()
    assert netraven("doctor").status == 1


def test_init_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = Called(tmp_path)("init", "--dir", "file/lab")
    assert (said.status, said.out) == (73, "")
    assert "cannot be made" in said.err


def test_two_at_once_make_one_of_everything(tmp_path: Path) -> None:
    netraven = Installed(tmp_path)
    for process in [netraven.start("init", "--dir", "lab") for _ in range(3)]:
        _out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert "FAIL" not in Installed(tmp_path / "lab").well("doctor").out


def warned(items: list[dict[str, str]]) -> list[dict[str, str]]:
    """What is worth a warning, whether or not this machine's clock is synchronised."""
    return [item for item in items if item["health"] == "WARN" and item["check"] != "synchronisation"]


def test_doctor_says_how_to_close_what_is_open_and_what_is_damaged(called: Called) -> None:
    (called.folder / "logs").chmod(0o755)
    said = called.well("doctor", "--json").json
    warnings = warned(said["items"])
    assert [item["fix"] for item in warnings] == [f"chmod 700 {called.folder / 'logs'}"]
    (called.folder / "config.yml").write_text("data_dir: .\nrunner:\n  wokers: 3\n")
    said = called("doctor", "--json").json
    assert "line 3" in said["items"][-1]["detail"]


def test_doctor_finds_devices_that_cannot_be_backed_up(called: Called) -> None:
    called.well("device", "add", "sw1", "-a", "a", "-p", "cisco_ios")
    said = called.well("doctor", "--json").json
    assert [item["check"] for item in warned(said["items"])] == ["logins"]


def test_a_damaged_database_is_found(called: Called) -> None:
    called.well("device", "add", "sw1", "-a", "a", "-p", "cisco_ios")
    file = called.folder / "netraven.db"
    content = bytearray(file.read_bytes())
    half = len(content) // 2
    content[half : half + 20_000] = bytes(20_000)
    file.write_bytes(content)
    assert called("database", "check").status in (1, 74)
    assert called("doctor").status == 1


def test_a_database_of_another_schema_is_refused_and_migrated(called: Called) -> None:
    said = called.well("database", "migrate", "--json").json
    assert said["items"][0]["before"] == said["items"][0]["after"]


def timers(called: Called) -> dict[str, str]:
    return next(item for item in called("doctor", "--json").json["items"] if item["check"] == "timers")


def test_doctor_finds_missing_and_edited_timers(called: Called) -> None:
    assert timers(called)["health"] == "OK"
    called.well("schedule", "add", "nightly", "--type", "backup", "--daily", "02:30")
    assert timers(called)["fix"] == "netraven schedule sync"
    called.well("schedule", "sync", "--target", "supercronic")
    assert timers(called)["health"] == "OK"
    crontab = called.folder / "crontab"
    crontab.write_text(crontab.read_text() + "# by hand\n")
    found = timers(called)
    assert (found["health"], found["detail"]) == ("WARN", "supercronic: crontab is edited")
