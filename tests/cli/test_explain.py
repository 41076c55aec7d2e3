from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.model import Outcome
from netraven_cli.model.host_key import fingerprint
from netraven_cli.settings.sections import TRANSIENT
from netraven_cli.store import host_keys, inventory
from tests.cli.make import ago, claim, settle, writing

if TYPE_CHECKING:
    from tests.cli.conftest import Called

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPCbxK5JXPPPJR1K9UTcVqTzzGJHlAvEJpiQeN9fpkIM"


@pytest.fixture
def core1(called: Called) -> Called:
    called.environ["P"] = "pw-that-nobody-sees"
    add = ("device", "add", "core1", "--address", "192.0.2.1", "--platform", "cisco_ios")
    called.well(*add, "--tag", "core", "--zone", "north", "--description", "in the cellar")
    for name, *more in (
        ("spare", "--priority", "200"),
        ("core", "--priority", "50", "--tag", "core"),
        ("edge", "--tag", "edge"),
    ):
        called.well("credential", "add", name, "--username", f"u-{name}", "--password-from", "env:P", *more)
    return called


def parts(called: Called, part: str) -> list[tuple[str, Any, str]]:
    found = called.well("device", "show", "core1", "--explain", "--json").json
    assert (found["schema"], found["device"]) == ("netraven.device-explanation/1", "core1")
    return [(row["name"], row["value"], row["origin"]) for row in found["items"] if row["part"] == part]


def test_credentials_are_explained_in_the_order_in_which_they_are_tried(core1: Called) -> None:
    assert parts(core1, "credential") == [
        ("1", "core: user u-core, priority 50, password", "has the tag core"),
        ("2", "spare: user u-spare, priority 200, password", "without tags: fits every device"),
    ]
    core1.well("device", "edit", "core1", "--credential", "edge")
    assert [origin for _, _, origin in parts(core1, "credential")] == ["named by the device"]


def test_settings_are_explained_with_the_place_that_gave_them(core1: Called) -> None:
    core1.environ["NETRAVEN_SESSION__LOGIN_TIMEOUT_SECONDS"] = "7"
    found = {name: (value, origin) for name, value, origin in parts(core1, "setting")}
    assert found["session.login_timeout_seconds"] == (7, "$NETRAVEN_SESSION__LOGIN_TIMEOUT_SECONDS")
    assert found["retry.attempts"] == (3, "default")
    assert "database.url" not in found


def test_the_data_of_the_platform_are_explained_with_the_file_that_changed_them(core1: Called) -> None:
    (core1.folder / "own.yml").write_text("cisco_ios: {minimum_lines: 7}\n")
    core1.environ["NETRAVEN_PLATFORMS_FILE"] = "own.yml"
    found = {name: (value, origin) for name, value, origin in parts(core1, "platform")}
    assert found["minimum_lines"] == (7, str(core1.folder / "own.yml"))
    assert found["commands"] == (["show running-config"], "shipped")
    assert found["structure"] == (None, "default")


def test_the_schedules_that_include_the_device_are_named_the_soonest_first(core1: Called) -> None:
    for name, *more in (
        ("whole", "--every", "4h"),  # when both are due at the same moment, the names decide
        ("cores", "--every", "1h", "--tag", "core"),
        ("edges", "--every", "1m", "--platform", "juniper_junos"),
        ("off", "--every", "1m"),
    ):
        if name == "edges":
            core1.well("device", "add", "e1", "--address", "192.0.2.2", "--platform", "juniper_junos")
        core1.well("schedule", "add", name, "--type", "backup", *more)
    core1.well("schedule", "disable", "off")
    assert [origin.partition(":")[0] for _, _, origin in parts(core1, "due")] == ["schedule cores", "schedule whole"]
    core1.well("device", "disable", "core1")
    assert parts(core1, "due") == []


def test_the_last_five_jobs_are_told_with_why_they_failed(core1: Called) -> None:
    for number in range(6):
        core1.well("job", "submit", "backup", "core1")
        (held,) = claim(core1, 1, runner=f"r{number}")
        settle(core1, held, Outcome.DEAD, runner=f"r{number}", error_class="network", reason=f"refused {number}")
    found = parts(core1, "job")
    assert [name for name, _, _ in found] == ["6", "5", "4", "3", "2"]
    assert found[0][1].startswith("backup dead (network) 20")
    assert found[0][1].endswith("refused 5")


def test_what_was_entered_and_the_host_key_are_shown_and_no_secret_is(core1: Called) -> None:
    found = {name: value for name, value, _ in parts(core1, "device")}
    assert (found["zone"], found["tags"], found["description"]) == ("north", ["core"], "in the cellar")
    assert found["host_key"] is None
    with writing(core1) as connection:
        host_keys.remember(connection, {inventory.get(connection, "core1").id: KEY})
    shown = {name: value for name, value, _ in parts(core1, "device")}["host_key"]
    assert shown == fingerprint(KEY) != KEY
    text = core1.well("device", "show", "core1", "--explain").out
    assert "device\tzone\tnorth\tinventory\n" in text
    assert "pw-that-nobody-sees" not in text


def test_a_device_that_is_not_there_cannot_be_explained(called: Called) -> None:
    assert called("device", "show", "nobody", "--explain").status == 68


def test_all_of_a_job_is_told_in_the_order_of_time(core1: Called) -> None:
    core1.well("job", "submit", "backup", "core1")
    (held,) = claim(core1, 1)
    settle(core1, held, Outcome.RETRY, error_class="network", reason="refused", transcript="/t/1.log", retry_at=ago(-1))
    logs = core1.folder / "logs"
    stamp = ago(-1).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    old, new = f"{stamp} INFO pid=1 first job={held.id} x\n", f"{stamp} INFO pid=1 second job={held.id}\n"
    (logs / "netraven.log.1").write_text(old)
    with (logs / "netraven.log").open("a") as file:
        file.write(new + f"{stamp} INFO pid=1 job={held.id}7 of another\n")
    lines = [line.split("\t") for line in core1.well("job", "log", str(held.id)).out.splitlines()]
    assert [line[1] for line in lines] == ["event", "event", "event", "attempt", "log", "log"]
    assert lines[3][2].startswith("attempt 1: retry (network) after ")
    assert lines[3][2].endswith("s; refused; transcript /t/1.log")
    assert [line[2] for line in lines[4:]] == [f"INFO pid=1 first job={held.id} x", f"INFO pid=1 second job={held.id}"]
    found = core1.well("job", "log", str(held.id), "--json").json
    assert [one["after"] for one in found["items"]] == ["ready", "running", "scheduled"]
    assert (found["attempts"][0]["transcript"], len(found["log"])) == ("/t/1.log", 2)


def test_logs_that_were_compressed_are_read_too_the_oldest_first(core1: Called) -> None:
    core1.well("job", "submit", "backup", "core1")
    logs, stamp = core1.folder / "logs", ago(-1).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for name, text in (("20260302T000000Z.gz", "second"), ("20260301T000000Z.gz", "first")):
        with gzip.open(logs / f"netraven.log.{name}", "wt") as file:
            file.write(f"{stamp} INFO pid=1 {text} job=1\n")
    (logs / "netraven.log.2").write_text(f"{stamp} INFO pid=1 third job=1\n")
    (logs / "netraven.log.20260303T000000Z.gz").write_bytes(b"\x1f\x8b cut short")
    found = core1.well("job", "log", "1", "--json").json["log"]
    assert [line.split()[3] for line in found] == ["first", "second", "third"]


def test_a_job_that_is_not_there_has_no_log(called: Called) -> None:
    assert called("job", "log", "7").status == 68


def test_retries_are_explained_with_the_settings_that_have_the_last_word(core1: Called) -> None:
    plain = {name: (value, origin) for name, value, origin in parts(core1, "retry")}
    assert all(origin == "default" for _, origin in plain.values())
    assert ("3 attempts, waits up to 2 s, doubling to 60 s", "default") in plain.values()
    settings = core1.folder / "config.yml"
    settings.write_text(
        "data_dir: .\n"
        "retry:\n  by_type:\n    backup: {attempts: 5}\n  by_class:\n    network: {backoff_cap_seconds: 600}\n"
        "  by_tag:\n    core: {transient: {protocol: true}}\n    edge: {attempts: 9}\n"
    )
    found = {name: (value, origin) for name, value, origin in parts(core1, "retry")}
    assert found["backup: network"] == (
        "5 attempts, waits up to 2 s, doubling to 600 s",
        f"retry.by_type.backup.attempts ({settings}:4), retry.by_class.network.backoff_cap_seconds ({settings}:6)",
    )
    assert found["backup: protocol"] == (
        "5 attempts, waits up to 2 s, doubling to 60 s",
        f"retry.by_type.backup.attempts ({settings}:4), retry.by_tag.core.transient.protocol ({settings}:8)",
    )
    never = {"authentication", "authorization", "secret", "settings", "internal", "cancelled"}
    assert found[f"backup: {', '.join(one for one in TRANSIENT if one in never)}"] == ("not tried again", "default")
