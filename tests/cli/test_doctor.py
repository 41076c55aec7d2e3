"""`netraven doctor`: puts right what is safe, and tells others enough without telling them secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

from netraven_cli.model import NewJob, Outcome
from netraven_cli.store import queue
from tests.cli.make import add_proven, ago, claim, settle, writing
from tests.handlers.conftest import spoil_object

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Called

ON_POSTGRES = "postgresql://netraven:canary-of-the-url@127.0.0.1:1/none?password=canary-of-the-query"


def test_fix_makes_what_lacks_closes_what_is_open_and_removes_what_was_left(called: Called) -> None:
    called.folder.chmod(0o755)
    shutil.rmtree(called.folder / "runners")
    (called.folder / "netraven.db").chmod(0o644)
    (called.folder / "vault.key").chmod(0o640)
    half = called.folder / "netmiko_logs" / ".r1.log.7.part"
    half.touch()
    os.utime(half, (0, 0))
    broken = called("doctor", "--json")
    assert (broken.status, broken.json["failed"] > 0) == (1, True)
    said = called.well("doctor", "--fix", "--json").json
    assert said["failed"] == 0
    assert {one["check"] for one in said["items"] if one["health"] == "WARN"} <= {"synchronisation"}
    assert len(said["fixed"]) == 5
    assert not half.exists()
    assert called.well("doctor", "--fix", "--json").json["fixed"] == []


def test_fix_makes_a_damaged_archive_again(called: Called) -> None:
    add_proven(called, ["r1", "r2"], hours_ago=1)
    called.well("doctor", "--fix")  # what is pending goes to git
    spoil_object(called.folder / "archive")
    assert called("doctor").status == 1
    said = called.well("doctor", "--fix", "--json").json
    (sentence,) = said["fixed"]
    assert "2 configurations were written again" in sentence
    assert (called.folder / "archive" / "r1.cfg").read_text() == "r1"


def test_fix_puts_the_jobs_of_a_dead_runner_back(called: Called) -> None:
    with writing(called) as connection:
        queue.submit(connection, [NewJob(type="backup", subject="r1")], now=ago(5), run_id="r", who="me")
    claim(called, 1)
    (called.folder / "runners" / "r1.lock").touch()  # and nobody holds it
    assert called.well("doctor", "--fix", "--json").json["fixed"] == ["put 1 jobs of dead runners back"]
    assert called.well("job", "list", "--json").json["items"][0]["state"] == "ready"


def test_fix_without_settings_mends_nothing_and_says_why(called: Called) -> None:
    (called.folder / "config.yml").write_text("runner: {workers: many}\n")
    said = called("doctor", "--fix", "--json")
    assert (said.status, said.json["fixed"][0].startswith("not mended: ")) == (1, True)


def test_who_has_a_backup_is_told_of_it_before_an_empty_database(called: Called) -> None:
    called.well("device", "add", "core1", "--address", "192.0.2.1", "--platform", "cisco_ios")
    called.well("database", "backup")
    for file in called.folder.glob("netraven.db*"):
        file.unlink()
    said = called("doctor", "--json")
    (fix,) = [one["fix"] for one in said.json["items"] if one["health"] == "FAIL"]
    assert (said.status, "netraven doctor --fix" in said.err) == (1, True)
    with_backup, without = fix.removeprefix("with the last backup: ").split("; or without your devices: ")
    assert without == "netraven init"
    subprocess.run(["sh", "-c", with_backup], check=True)
    assert called.well("device", "list", "--json").json["items"][0]["name"] == "core1"


def bundle_of(called: Called, file: Path, **environ: str) -> dict[str, bytes]:
    called("doctor", "--bundle", str(file), **environ)
    with tarfile.open(file) as bundle:
        return {name: bundle.extractfile(name).read() for name in bundle.getnames()}  # type: ignore[union-attr]


def test_a_support_bundle_has_no_secret_whatever_failed_to_keep_it_out(called: Called, tmp_path: Path) -> None:
    called.well(
        "credential", "add", "lab", "-u", "backup", "--password-from", "stdin", stdin='canary-"quoted" password\n'
    )
    called.well("credential", "edit", "lab", "--enable-from", "env:ENABLE", ENABLE="canary-enable")
    add_proven(called, ["canary-configuration"], hours_ago=1)
    key = (called.folder / "vault.key").read_text().split()[0]
    with writing(called) as connection:
        queue.submit(connection, [NewJob(type="backup", subject="r1")], now=ago(5), run_id="r", who="me")
    (held,) = claim(called, 1)
    settle(called, held, Outcome.DEAD, reason='refused: canary-"quoted" password, canary-enable')
    with (called.folder / "logs" / "netraven.log").open("a") as log:
        log.write(f'login with canary-"quoted" password and {key}\n')
    (called.folder / "netmiko_logs" / "r1.log").write_text("canary-transcript")
    environ = {"API_URL": "https://me:canary-of-the-url@example.net/?token=canary-of-the-query"}
    parts = bundle_of(called, tmp_path / "support.tgz", **environ)
    everything = b"\n".join(parts.values())
    assert b"canary" not in everything
    assert key.encode() not in everything
    assert b"refused: ********" in parts["netraven-support/dead-jobs.json"]
    assert {name.partition("/")[2] for name in parts} == {
        "doctor.json", "versions.json", "settings.json", "netraven.log", "database.json", "dead-jobs.json",
        "chores.json",
    }  # fmt: skip
    assert (tmp_path / "support.tgz").stat().st_mode & 0o077 == 0


def test_without_a_database_the_bundle_says_what_it_left_out_and_no_secret(called: Called, tmp_path: Path) -> None:
    parts = bundle_of(called, tmp_path / "support.tgz", NETRAVEN_DATABASE__URL=ON_POSTGRES)
    assert b"canary" not in b"".join(parts.values())
    assert b"cannot be reached" in parts["netraven-support/left-out.txt"]


def test_a_support_bundle_is_not_written_over_a_file(called: Called, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    said = called("doctor", "--bundle", str(tmp_path / "mine"))
    assert (said.status, "name a new file" in said.err) == (73, True)
    assert (tmp_path / "mine").read_text() == "mine"


def test_chores_are_listed_done_and_scheduled_from_the_command_line(called: Called) -> None:
    before = called.well("maintenance", "list", "--json").json["items"]
    assert {one["last_at"] for one in before} == {None}
    summary = called.well("run", "maintenance", "--param", "chore=prune", "--json").summary
    assert summary["succeeded"] == 1
    done = {one["chore"]: one["last_at"] for one in called.well("maintenance", "list", "--json").json["items"]}
    assert [name for name, last in done.items() if last] == ["prune"]
    assert called.well("run", "maintenance", "--json").summary["succeeded"] == len(done) - 1
    assert "no chore is due" in called.well("run", "maintenance").err
    called.well("schedule", "add", "upkeep", "--type", "maintenance", "--daily", "03:30")
    wrong = called("run", "maintenance", "--param", "chore=dust")
    assert (wrong.status, "'database-backup'" in wrong.err) == (65, True)
    assert called("run", "maintenance", "--tag", "core").status == 65


def test_what_maintenance_found_broken_is_a_problem_of_the_status_until_it_looks_again(called: Called) -> None:
    key = called.folder / "vault.key"
    key.rename(called.folder / "hidden")
    called.well("run", "maintenance", "--param", "chore=health")
    found = called("status", "--check", "--json")
    assert found.status == 1
    assert [text for text in found.json["problems"] if f"age of the key: {key}" in text]
    (called.folder / "hidden").rename(key)
    called.well("run", "maintenance", "--param", "chore=health")
    assert called.well("status", "--check", "--json").json["problems"] == []
