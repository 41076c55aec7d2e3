"""All that can be said of a schedule, and all that is refused, through the command line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import yaml

from netraven_cli.store import schedules
from tests.cli.make import writing
from tests.schedule.samples import HOSTILE

if TYPE_CHECKING:
    from tests.cli.conftest import Called

NIGHTLY = ("schedule", "add", "nightly", "--daily", "02:30")
EVERYTHING = {  # option: (what is given, the field, what it becomes)
    "--type": ("backup", "type", "backup"),
    "--weekly": ("Tue@03:00", "pattern", "cron 0 3 * * 2"),
    "--tz": ("Europe/Berlin", "timezone", "Europe/Berlin"),
    "--tag": ("core", "selector", {"names": [], "tags": ["core"], "platform": None, "zone": None, "all": False}),
    "--priority": ("high", "priority", 80),
    "--window": ("Mon-Wed 22:00-06:00", "window", ["Mon,Tue,Wed 22:00-06:00"]),
    "--blackout": ("freeze", "blackouts", ["freeze"]),
    "--on-blackout": ("defer", "on_blackout", "defer"),
    "--valid-from": ("2027-01-01T00:00", "valid_from", "2026-12-31T23:00:00Z"),
    "--valid-until": ("2028-01-01T00:00Z", "valid_until", "2028-01-01T00:00:00Z"),
    "--misfire": ("5", "misfire", "5"),
    "--grace": ("6h", "grace_seconds", 21600),
    "--overlap": ("queue", "overlap", "queue"),
    "--spread": ("30m", "spread_seconds", 1800),
    "--attempts": ("2", "attempts", 2),
    "--timeout": ("5m", "timeout_seconds", 300),
    "--max-runtime": ("2h", "max_runtime_seconds", 7200),
    "--pause-until": ("2027-02-01T00:00Z", "paused_until", "2027-02-01T00:00:00Z"),
    "--pause-reason": ("move to\tthe new site", "pause_reason", "move to\tthe new site"),
    "--note": ("Ünï ☃ %n", "note", "Ünï ☃ %n"),
}
CLEARED: dict[str, object] = {
    "--window": [], "--blackout": [], "--on-blackout": "skip", "--valid-from": None,
    "--valid-until": None, "--misfire": "once", "--grace": None, "--overlap": "allow", "--spread": 0,
    "--attempts": None, "--timeout": None, "--max-runtime": None, "--pause-until": None, "--note": None,
}  # fmt: skip


@pytest.fixture
def berlin(called: Called) -> Called:
    called.environ["NETRAVEN_SCHEDULE__TIMEZONE"] = "Europe/Berlin"
    called.well("calendar", "add", "freeze", "2027-12-24/2027-12-26")
    called.well("device", "add", "sw1", "--address", "192.0.2.1", "--platform", "cisco_ios", "--tag", "core")
    return called


def options(*names: str) -> list[str]:
    return [text for name in names or EVERYTHING for text in (name, EVERYTHING[name][0])]


@pytest.mark.parametrize("verb", ["add", "edit"])
def test_all_that_is_given_is_kept(berlin: Called, verb: str) -> None:
    if verb == "edit":
        berlin.well(*NIGHTLY)
    berlin.well("schedule", verb, "nightly", *options())
    shown = berlin.well("schedule", "show", "nightly", "--json").json
    for _, field, expected in EVERYTHING.values():
        assert shown[field] == expected, field


def test_a_value_is_taken_away_by_none_and_nothing_else_is_changed(berlin: Called) -> None:
    berlin.well("schedule", "add", "nightly", *options())
    before = berlin.well("schedule", "show", "nightly", "--json").json
    for option, cleared in CLEARED.items():
        after = berlin.well("schedule", "edit", "nightly", option, "none", "--json").json
        changed = {name for name in after if before[name] != after[name]} - {"seen_until", "next_due_at"}
        field = EVERYTHING[option][1]
        assert after[field] == cleared
        assert changed == {field} | ({"pause_reason"} if option == "--pause-until" else set())
        before = after


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--window", "22:00-22:00"], 65, "have no length"),
        (["--window", "Mo 22:00-06:00"], 65, "'Mo' in 'Mo 22:00-06:00' is no day of the week"),
        (["--window", "12:00-13:00"], 65, "no due time lies within its window 12:00-13:00"),
        (["--blackout", "freez"], 68, "there is no calendar 'freez'; did you mean freeze?"),
        (["--on-blackout", "postpone"], 65, "on_blackout cannot be 'postpone'; it is skip or defer"),
        (["--valid-from", "tomorrow"], 65, "write valid_from 2026-12-24T18:00"),
        (["--valid-until", "2020-01-01T00:00Z"], 65, "valid until 2020-01-01T00:00:00Z, which has passed"),
        (["--valid-from", "2028-01-02T00:00Z", "--valid-until", "2028-01-01T00:00Z"], 65, "which is not after"),
        (["--valid-from", "2028-01-02T03:00Z", "--valid-until", "2028-01-02T04:00Z"], 65, "lies within its validity"),
        (["--misfire", "often"], 65, "misfire cannot be 'often'; it is skip, once, or how many"),
        (["--misfire", "101"], 65, "2 to 100"),
        (["--grace", "long"], 65, "grace: 'long' is no length of time"),
        (["--overlap", "never"], 65, "it is allow, queue or skip"),
        (["--spread", "-1h"], 65, "is no length of time"),
        (["--spread", "2h", "--max-runtime", "1h"], 65, "make the spread shorter than the maximum run time"),
        (["--attempts", "0"], 65, "a number from 1 to 1000"),
        (["--timeout", "0s"], 65, "is no length of time"),
        (["--pause-reason", "because"], 65, "write --pause-until TIME too"),
        (["--tz", "Europe/Berln"], 65, "did you mean Europe/Berlin"),
        (["--tz", ""], 65, "there is no time zone ''"),
        (["--cron", "0 2 31 2 *"], 65, "never due: no month that it names has the day of month at column 5"),
        (["--cron", "*/5 2 1 13 *"], 65, "wrong at column 9, in the field month"),
        (["--monthly", "32@02:30"], 65, "no day of a month"),
        (["--at", "2026-02-31T00:00"], 65, "'2026-02-31T00:00' is not understood"),
        (["--every", "59s"], 65, "whole minutes"),
        (["--priority", "101"], 64, "the priority '101' is not known"),
        (["--param", "x"], 64, "--param KEY=VALUE"),
        (["--param", "depth=1"], 65, "backup has no parameter 'depth'"),
        (["--tag", "cor"], 68, "no device has the tag cor"),
        (["--type", "backpu"], 64, "there is no job type backpu"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    berlin: Called, arguments: list[str], status: int, sentence: str
) -> None:
    berlin.well(*NIGHTLY)
    before = berlin.well("schedule", "show", "nightly", "--json").out
    patterned = {"--cron", "--monthly", "--at", "--every"} & set(arguments)
    pattern = [] if patterned else ["--daily", "02:30"]
    for verb in (["add", "other", *pattern], ["edit", "nightly"]):
        said = berlin("schedule", *verb, *arguments)
        assert (said.status, said.out, said.err.count("\n")) == (status, "", 1), said.err
        assert sentence in said.err
    assert berlin.well("schedule", "show", "nightly", "--json").out == before
    assert len(berlin.well("schedule", "list", "--json").json["items"]) == 1


@pytest.mark.parametrize("name", [name for name in HOSTILE if not name.startswith("-")])
def test_a_name_is_taken_as_it_is_or_refused_and_spoils_nothing(berlin: Called, name: str) -> None:
    said = berlin("schedule", "add", name, "--every", "1h")
    if not name.isprintable() or not name.strip():
        assert (said.status, said.err.count("\n")) == (65, 1)
        assert "cannot be a schedule's name: write 1 to 255 printable characters" in said.err
        assert berlin.well("schedule", "list").out == ""
        return
    assert said.status == 0, said.err
    assert berlin.well("schedule", "show", name, "--json").json["name"] == name
    assert berlin.well("schedule", "next", name, "-n", "1", "--json").json["items"][0]["schedule"] == name
    assert yaml.safe_load(berlin.well("schedule", "export").out)["schedules"][0]["name"] == name
    assert berlin.well("schedule", "export").out.count("\n") < 20
    berlin.well("schedule", "remove", name, "--yes")
    assert berlin.well("schedule", "list").out == ""


def test_next_tells_what_is_skipped_or_deferred_and_why(berlin: Called) -> None:
    berlin.well(*NIGHTLY, "--blackout", "freeze", "--on-blackout", "defer", "--spread", "30m")
    said = berlin.well("schedule", "next", "nightly", "-n", "2", "--at", "2027-12-23T12:00Z", "--json").json["items"]
    [held, _] = said
    assert (held["due_at"], held["local"], held["offset"]) == (
        "2027-12-24T01:30:00Z",
        "2027-12-24T02:30:00+01:00",
        "+0100",
    )
    assert (held["starts_at"], held["starts_until"]) == ("2027-12-26T23:00:00Z", "2027-12-26T23:30:00Z")
    assert held["why"] == "blackout freeze until 2027-12-26T23:00:00Z"
    berlin.well("schedule", "edit", "nightly", "--on-blackout", "skip")
    row = berlin.well("schedule", "next", "-n", "1", "--at", "2027-12-23T12:00Z", "--json").json["items"][0]
    assert (row["starts_at"], row["why"]) == (None, "blackout freeze until 2027-12-26T23:00:00Z")


def test_next_tells_when_each_device_starts(berlin: Called) -> None:
    berlin.well("device", "add", "sw2", "--address", "192.0.2.2", "--platform", "cisco_ios")
    berlin.well(*NIGHTLY, "--spread", "2h")
    rows = berlin.well("schedule", "next", "--devices", "-n", "1", "--json").json["items"]
    assert {row["device"] for row in rows} == {"sw1", "sw2"}
    assert rows[0]["due_at"] <= rows[0]["starts_at"] < rows[1]["starts_at"]


def test_history_of_a_schedule_that_was_due(berlin: Called) -> None:
    berlin.well(*NIGHTLY)
    long_ago = datetime.now(timezone.utc) - timedelta(days=3)
    with writing(berlin) as connection:
        schedule = schedules.get(connection, "nightly")
        schedules.seen(connection, schedule.id, long_ago, long_ago)
    berlin.well("queue", "pause", "backup")
    berlin.well("run", "--due")
    rows = berlin.well("schedule", "history", "nightly", "--json").json["items"]
    assert [row["state"] for row in rows] == ["enqueued", *["missed"] * (len(rows) - 1)]
    assert len(rows) in (2, 3, 4)
    assert (rows[0]["jobs"], rows[0]["coalesced"], rows[0]["live"], rows[0]["seconds"]) == (1, 0, 1, None)


def test_a_last_due_time_that_was_missed_is_in_the_status_and_the_list(berlin: Called) -> None:
    berlin.well(*NIGHTLY, "--misfire", "skip")
    long_ago = datetime.now(timezone.utc) - timedelta(days=2)
    with writing(berlin) as connection:
        schedule = schedules.get(connection, "nightly")
        connection.exec_driver_sql("UPDATE schedule SET pattern = 'every 86400', timezone = 'UTC'")
        schedules.seen(connection, schedule.id, long_ago, long_ago)
    berlin.well("run", "--due")
    [row] = berlin.well("schedule", "list", "--json").json["items"]
    midnight_was_just_now = row["last_state"] == "enqueued"
    if not midnight_was_just_now:
        assert row["last_state"] == "missed"
        assert "after its grace of 5 min" in row["last_reason"]
        assert "the last due time of nightly was missed" in berlin("status").out


def test_edits_are_told_with_who_and_what(berlin: Called) -> None:
    berlin.well(*NIGHTLY)
    berlin.well("schedule", "edit", "nightly", "--note", "core")
    berlin.well("schedule", "disable", "nightly")
    rows = berlin.well("schedule", "show", "nightly", "--edits", "--json").json["items"]
    assert [(row["kind"], row["changes"]) for row in rows] == [
        ("edited", {"enabled": [True, False]}),
        ("edited", {"note": [None, "core"]}),
        ("added", None),
    ]
    assert all(row["who"] for row in rows)


def test_export_and_import_bring_schedules_and_their_calendars_to_another_place(berlin: Called) -> None:
    berlin.well("schedule", "add", "nightly", *options())
    berlin.well("schedule", "add", "often", "--every", "15m", "--disabled")
    exported = berlin.well("schedule", "export").out
    for name in ("nightly", "often"):
        berlin.well("schedule", "remove", name, "--yes")
    berlin.well("calendar", "remove", "freeze", "--yes")
    assert (
        "added calendar freeze, added nightly, added often"
        in berlin.well("schedule", "import", "-", stdin=exported).err
    )
    assert berlin.well("schedule", "export").out == exported
    assert "nothing differs" in berlin.well("schedule", "import", "-", stdin=exported).err
    changed = exported.replace("priority: 80", "priority: 30")
    assert "dry run" in berlin.well("schedule", "import", "-", "--dry-run", stdin=changed).err
    assert berlin.well("schedule", "export").out == exported
    assert "changed nightly" in berlin.well("schedule", "import", "-", stdin=changed).err


def test_an_import_is_all_or_nothing(berlin: Called) -> None:
    content = "schedules: [{name: a, every: 1h}, {name: b, every: 1h, tags: [nowhere]}]"
    said = berlin("schedule", "import", "-", stdin=content)
    assert said.status == 68
    assert "nothing was imported: the schedule 'b': no device has the tag nowhere" in said.err
    assert berlin.well("schedule", "list").out == ""
    assert berlin("schedule", "import", "nowhere.yaml").status == 66


def test_check_exits_with_1_when_something_is_found_and_names_the_cure(berlin: Called) -> None:
    berlin.well("schedule", "add", "noon", "--daily", "12:00", "--tz", "UTC")
    assert berlin("schedule", "check").status == 0
    for number in range(4):
        berlin.well("device", "add", f"r{number}", "--address", "192.0.2.9", "--platform", "cisco_ios")
    said = berlin("schedule", "check", NETRAVEN_RUNNER__WORKERS="2")
    assert said.status == 1
    assert "starts 5 devices in the minute of" in said.out
    cure = said.out.partition("netraven ")[2].split()
    berlin.well(*cure)
    assert berlin("schedule", "check", NETRAVEN_RUNNER__WORKERS="2").status == 0
    berlin.well("schedule", "add", "other", "--daily", "12:00", "--tz", "UTC", "sw1")
    assert berlin("schedule", "check", "noon").status == 0  # its spread keeps them apart


def test_calendars_are_made_changed_shown_and_removed(berlin: Called) -> None:
    berlin.well("calendar", "edit", "freeze", "Sun 08:00-18:00", "--drop", "2027-12-24/2027-12-26", "--note", "n")
    shown = berlin.well("calendar", "show", "freeze", "--json").json
    assert ([rule["rule"] for rule in shown["rules"]], shown["note"]) == (["Sun 08:00-18:00"], "n")
    berlin.well("calendar", "add", "de", "--holidays", "DE-BY", "--until", "2030-12-31")
    rows = {row["name"]: row for row in berlin.well("calendar", "list", "--json").json["items"]}
    assert rows["de"]["covers_until"] == "2030-12-31T00:00:00Z"
    assert rows["de"]["rules"] > 40
    berlin.well(*NIGHTLY, "--blackout", "de")
    assert berlin("calendar", "remove", "de", "--yes").status == 65
    berlin.well("schedule", "edit", "nightly", "--blackout", "none")
    berlin.well("calendar", "remove", "de", "--yes")
    assert len(berlin.well("calendar", "list", "--json").json["items"]) == 1


def test_an_icalendar_file_takes_the_place_of_the_one_before_and_leaves_own_rules(berlin: Called) -> None:
    def events(*days: str) -> str:
        blocks = "".join(
            f"BEGIN:VEVENT\nUID:{day}\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:{day}\nSUMMARY:works\nEND:VEVENT\n"
            for day in days
        )
        return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//EN\n{blocks}END:VCALENDAR\n"

    file = berlin.folder / "site.ics"
    file.write_text(events("20270301", "20270302"))
    berlin.well("calendar", "import", "site.ics", "--until", "2027-12-31", "--name", "freeze")
    file.write_text(events("20270302", "20270303"))
    berlin.well("calendar", "import", "site.ics", "--until", "2027-12-31", "--name", "freeze")
    rules = berlin.well("calendar", "show", "freeze", "--json").json["rules"]
    assert [(rule["rule"], rule["origin"]) for rule in rules] == [
        ("2027-12-24/2027-12-26", "operator"), ("2027-03-02", "file"), ("2027-03-03", "file"),
    ]  # fmt: skip
    berlin.well("calendar", "import", "site.ics", "--until", "2027-12-31")
    assert "works" in berlin.well("calendar", "show", "site").out


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["add", "x"], 64, "at least one RULE"),
        (["add", "x", "2026-02-31"], 65, "'2026-02-31' in the rule '2026-02-31' is no day"),
        (["add", "two\nlines", "2026-12-24"], 65, "cannot be a calendar's name"),
        (["add", "freeze", "2026-12-24"], 65, "already a calendar 'freeze'"),
        (["add", "x", "--holidays", "XX"], 65, "there are no holidays of 'XX'"),
        (["add", "x", "--holidays", "DE", "--until", "2020-01-01"], 65, "has passed"),
        (["add", "x", "--holidays", "DE", "--until", "soon"], 65, "is no day"),
        (["edit", "freeze", "--drop", "2026-12-24"], 65, "has no rule '2026-12-24'"),
        (["edit", "freez", "2026-12-24"], 68, "did you mean freeze?"),
        (["import", "nowhere.ics"], 66, "cannot be read"),
        (["import", "config.yml"], 65, "no iCalendar file"),
        (["remove", "freeze"], 64, "add --yes"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_and_nothing_is_changed(
    berlin: Called, arguments: list[str], status: int, sentence: str
) -> None:
    before = berlin.well("calendar", "list").out
    said = berlin("calendar", *arguments)
    assert (said.status, said.out, said.err.count("\n")) == (status, "", 1), said.err
    assert sentence in said.err
    assert berlin.well("calendar", "list").out == before


def test_json_of_export_holds_the_text(berlin: Called) -> None:
    berlin.well(*NIGHTLY)
    assert json.loads(berlin.well("schedule", "export", "--json").out)["yaml"] == berlin.well("schedule", "export").out
