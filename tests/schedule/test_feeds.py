"""iCalendar files and public holidays become rules."""

from __future__ import annotations

from datetime import date

import pytest

from netraven_cli.errors import DataError
from netraven_cli.schedule.feeds import from_icalendar, holidays_of

BEGIN, END = date(2026, 11, 1), date(2027, 6, 30)


def ics(*events: str) -> bytes:
    blocks = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{blocks}END:VCALENDAR\r\n".encode()


@pytest.mark.parametrize(
    ("event", "rules"),
    [
        ("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227", ["2026-12-24/2026-12-26"]),
        ("DTSTART;VALUE=DATE:20261224", ["2026-12-24"]),
        ("DTSTART:20261224T170000Z\r\nDTEND:20261224T230000Z", ["2026-12-24T17:00:00Z/2026-12-24T23:00:00Z"]),
        (
            "DTSTART;TZID=Europe/Berlin:20261224T180000\r\nDTEND;TZID=Europe/Berlin:20261225T060000",
            ["2026-12-24T17:00:00Z/2026-12-25T05:00:00Z"],
        ),
        ("DTSTART:20261224T180000\r\nDTEND:20261224T200000", ["2026-12-24T18:00/2026-12-24T20:00"]),
        ("DTSTART:20261224T170000Z\r\nDURATION:PT2H", ["2026-12-24T17:00:00Z/2026-12-24T19:00:00Z"]),
        (
            "DTSTART;TZID=Europe/Berlin:20270327T020000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\n"
            "EXDATE;TZID=Europe/Berlin:20270328T020000",
            ["2027-03-27T01:00:00Z/2027-03-27T02:00:00Z", "2027-03-29T00:00:00Z/2027-03-29T01:00:00Z"],
        ),
        ("DTSTART:20261224T170000Z\r\nDTEND:20261224T180000Z\r\nSTATUS:CANCELLED", []),
        ("DTSTART:20261224T170000Z\r\nDTEND:20261224T180000Z\r\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20261224T170000Z", []),
        ("DTSTART;VALUE=DATE:20251224", []),
    ],
)
def test_an_event_becomes_the_stretch_of_time_that_it_is(event: str, rules: list[str]) -> None:
    assert [one.rule for one in from_icalendar(ics(event), BEGIN, END)] == rules


def test_events_keep_what_they_are_about_on_one_line() -> None:
    [one] = from_icalendar(ics("DTSTART;VALUE=DATE:20261224\r\nSUMMARY:core\\nfreeze \u2603"), BEGIN, END)
    assert (one.summary, one.origin) == ("corefreeze \u2603", "file")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"BEGIN:VEVENT\r\nEND:VCALENDAR\r\n"])
def test_what_is_no_calendar_file_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="no iCalendar file"):
        from_icalendar(content, BEGIN, END)


def test_a_file_that_recurs_without_end_is_refused_rather_than_written_out() -> None:
    minutely = ics("DTSTART:20261224T170000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=HOURLY")
    with pytest.raises(DataError, match="more than 50 events"):
        from_icalendar(minutely, BEGIN, END, limit=50)


def test_holidays_of_a_country_and_of_a_part_of_it() -> None:
    germany = {one.rule: one.summary for one in holidays_of("DE", BEGIN, END)}
    bavaria = {one.rule: one.summary for one in holidays_of("de-by", BEGIN, END)}
    assert "2026-12-25" in germany
    assert "2027-01-06" in bavaria.keys() - germany.keys()  # Epiphany is one in Bavaria alone
    assert all(BEGIN.isoformat() <= rule <= END.isoformat() for rule in bavaria)


@pytest.mark.parametrize(("place", "why"), [("XX", "no holidays of 'XX'"), ("DE-XX", "no holidays of 'XX' in DE")])
def test_a_place_without_holidays_is_refused(place: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        holidays_of(place, BEGIN, END)
