from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tests.cli.make import writing
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Called
    from tests.installed import Said

LINE = "Mar  1 00:18:48 {host} 82: %SYS-5-CONFIG_I: Configured from console by vty2\n"
LONG = {"NETRAVEN_BACKUP__HOLD_OFF_SECONDS": "1000000000"}  # until 2033: one span holds every test


@pytest.fixture
def fleet(called: Called) -> Called:
    from netraven_cli.store import inventory  # noqa: PLC0415

    with writing(called) as connection:
        places = [(f"core-{number}", f"192.0.2.{number}", f"t{number}") for number in range(1, 4)]
        new = [new_device(name, address=address, tags=(tag,)) for name, address, tag in places]
        inventory.add_devices(connection, new, NOW)
    return called


def heard(netraven: Called, text: str, *more: str) -> Said:
    return netraven.well("job", "submit", "backup", *more, "--from-syslog", "-", "--json", stdin=text, **LONG)


def jobs(netraven: Called) -> list[dict[str, object]]:
    found: list[dict[str, object]] = netraven.well("job", "list", "--json").json["items"]
    return found


def test_a_flood_of_lines_is_one_backup_a_device_when_the_hold_off_is_over(fleet: Called) -> None:
    lines = [LINE.format(host=host) for host in ("192.0.2.1", "core-2", "unknown-9")]
    noise = "Mar  1 00:18:48 core-3 %LINK-3-UPDOWN: Interface changed state to up\n"
    before = datetime.now(timezone.utc)
    found = heard(fleet, "".join(lines * 2000) + noise).json
    assert {name: found[name] for name in ("lines", "changes", "queued")} == {
        "lines": 6001, "changes": 4000, "queued": 2,
    }  # fmt: skip
    rows = jobs(fleet)
    assert sorted((row["subject"], row["type"], row["state"]) for row in rows) == [
        ("core-1", "backup", "scheduled"), ("core-2", "backup", "scheduled"),
    ]  # fmt: skip
    for row in rows:
        ready = datetime.fromisoformat(str(row["ready_at"]).replace("Z", "+00:00"))
        assert ready > before
        assert ready.timestamp() % 1_000_000_000 == 0


def test_another_process_that_hears_the_same_adds_nothing_and_the_next_span_does(fleet: Called) -> None:
    for _ in range(2):
        heard(fleet, LINE.format(host="core-1"))
    assert len(jobs(fleet)) == 1
    fleet.well("job", "submit", "backup", "--from-syslog", "-", stdin=LINE.format(host="core-1"))  # spans of a minute
    assert [row["subject"] for row in jobs(fleet)] == ["core-1", "core-1"]


def test_only_chosen_devices_are_listened_to(fleet: Called) -> None:
    text = "".join(LINE.format(host=f"core-{number}") for number in range(1, 4))
    assert heard(fleet, text, "--tag", "t2").json["queued"] == 1
    assert [row["subject"] for row in jobs(fleet)] == ["core-2"]


def test_a_dry_run_tells_and_queues_nothing(fleet: Called) -> None:
    assert heard(fleet, LINE.format(host="core-1"), "--dry-run").json["queued"] == 1
    assert jobs(fleet) == []


def test_a_full_queue_is_told_and_the_reading_goes_on(fleet: Called) -> None:
    text = "".join(LINE.format(host=f"core-{number}") for number in range(1, 4))
    said = fleet(
        "job", "submit", "backup", "--from-syslog", "-", "--json", stdin=text, NETRAVEN_QUEUE__LIMIT="1", **LONG
    )
    assert (said.status, said.json["queued"], said.err.count("not queued")) == (0, 1, 2)


def test_a_line_without_end_is_cut_and_bytes_that_are_no_text_are_taken(fleet: Called, tmp_path: Path) -> None:
    endless = b"Mar  1 00:18:48 core-1 " + b"x" * 100_000 + b"%SYS-5-CONFIG_I: \n"
    file = tmp_path / "messages"
    file.write_bytes(endless + b"\xff\xfe\0\n" + LINE.format(host="core-2").encode().rstrip(b"\n"))
    found = fleet.well("job", "submit", "backup", "--from-syslog", str(file), "--json", **LONG).json
    assert {name: found[name] for name in ("lines", "changes", "queued")} == {"lines": 3, "changes": 1, "queued": 1}


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--from-syslog", "-"), 64, "write: netraven job submit TYPE"),
        (("backup", "--from-syslog", "/nowhere/messages"), 66, "cannot be read"),
        (("backup", "core-9", "--from-syslog", "-"), 68, "there is no device core-9"),
        (("backup", "--from-syslog", "-", "--at", "2030-01-01"), 64, "--from-syslog goes with"),
        (("bakcup", "--from-syslog", "-"), 64, "there is no job type"),
    ],
)
def test_a_mistake_gets_one_sentence_and_queues_nothing(
    fleet: Called, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    said = fleet("job", "submit", *arguments, stdin=LINE.format(host="core-1"))
    assert (said.status, sentence in said.err) == (status, True), said
    assert jobs(fleet) == []
