from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Called


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


def test_a_schedule_is_added_shown_and_listed(berlin: Called) -> None:
    said = berlin("schedule", "add", "nightly", "--type", "backup", "--daily", "02:30", "--json")
    assert said.status == 0, said.err
    assert said.json["schema"] == "netraven.schedule/1"
    assert (said.json["pattern"], said.json["when"]) == ("cron 30 2 * * *", "daily at 02:30")
    assert (said.json["timezone"], said.json["params"]) == ("Europe/Berlin", {})
    listed = berlin("schedule", "list", "--json").json["items"]
    assert [(row["name"], row["enabled"], row["last_state"]) for row in listed] == [("nightly", True, None)]
    assert "daily at 02:30" in ok(berlin, "schedule", "show", "nightly")


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["x", "--daily", "25:00"], 65, "no time of day from 00:00 to 23:59"),
        (["x", "--cron", "0 24 * * *"], 65, "column 3, in the field hour"),
        (["x", "--cron", "0 2 31 2 *"], 65, "never due"),
        (["x", "--daily", "02:30", "--tz", "Europe/Berln"], 65, "did you mean Europe/Berlin"),
        (["x", "--at", "2020-01-01T00:00Z"], 65, "has passed"),
        (["two\nlines", "--daily", "02:30"], 65, "cannot be a schedule's name"),
        (["x"], 64, "exactly one of --daily"),
        (["x", "--daily", "02:30", "--every", "1h"], 64, "exactly one of --daily"),
        (["x", "--daily", "02:30", "--type", "backpu"], 64, "there is no job type backpu"),
        (["x", "core-9", "--daily", "02:30"], 68, "core-9"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_and_nothing_is_added(
    berlin: Called, arguments: list[str], status: int, sentence: str
) -> None:
    said = berlin("schedule", "add", *arguments)
    assert (said.status, said.out) == (status, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert berlin("schedule", "list").out == ""


def test_a_dry_run_adds_nothing(berlin: Called) -> None:
    assert "would be added" in ok(berlin, "schedule", "add", "nightly", "--daily", "02:30", "--dry-run")
    assert berlin("schedule", "list").out == ""


def test_only_what_is_given_is_edited(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30", "--priority", "70")
    ok(berlin, "schedule", "edit", "nightly", "--weekly", "Sun@03:00", "--name", "weekly")
    edited = berlin("schedule", "show", "weekly", "--json").json
    assert (edited["pattern"], edited["priority"], edited["timezone"]) == ("cron 0 3 * * 0", 70, "Europe/Berlin")
    assert berlin("schedule", "show", "nightly").status == 68


def test_a_disabled_schedule_is_not_due_until_it_is_enabled(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30")
    assert "not due" in ok(berlin, "schedule", "disable", "nightly")
    assert berlin("schedule", "next").out == ""
    assert "due next at" in ok(berlin, "schedule", "enable", "nightly")


def test_removing_asks_and_off_a_terminal_needs_yes(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30")
    assert berlin("schedule", "remove", "nightly").status == 64
    ok(berlin, "schedule", "remove", "nightly", "--yes")
    assert berlin("schedule", "remove", "nightly", "--yes").status == 68


def test_next_shows_all_schedules_in_order_on_both_clocks(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30")
    ok(berlin, "schedule", "add", "early", "--daily", "02:15", "--tz", "UTC")
    said = berlin("schedule", "next", "-n", "4", "--at", "2027-03-27T12:00:00Z")
    assert [line.split("\t")[:3] for line in said.out.splitlines()] == [
        ["nightly", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00+02:00"],
        ["early", "2027-03-28T02:15:00Z", "2027-03-28T02:15:00+00:00"],
        ["nightly", "2027-03-29T00:30:00Z", "2027-03-29T02:30:00+02:00"],
        ["early", "2027-03-29T02:15:00Z", "2027-03-29T02:15:00+00:00"],
    ]


def test_check_tells_of_jumping_clocks_and_short_months_as_notes_and_exits_with_1(berlin: Called) -> None:
    ok(berlin, "schedule", "add", "nightly", "--daily", "02:30")
    ok(berlin, "schedule", "add", "monthly", "--monthly", "31@12:00")
    said = berlin("schedule", "check")
    assert said.status == 1
    assert "problem" not in said.out
    assert "leaves out its time" in said.out
    assert "shows its time twice" in said.out
    assert "not due in months without a day 31" in said.out
