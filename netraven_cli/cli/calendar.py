"""`netraven calendar`: named stretches of time in which schedules are held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, Force, Noun, Yes, confirm, opened
from netraven_cli.cli.schedule_entry import transaction
from netraven_cli.errors import DataError, NoInputError, UsageError

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.model import Calendar, CalendarRule
    from netraven_cli.plugin import Context

app = Noun("Times in which schedules are held back: freezes, holidays, office hours.")
AHEAD = timedelta(days=2 * 366)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a calendar.")]
Rules = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RULE]...",
        help="2026-12-24, 2026-12-24/2027-01-02, 2026-12-24T18:00/2026-12-27T06:00, or weekly: Mon-Fri 08:00-18:00.",
    ),
]
Holidays = Annotated[
    str | None, typer.Option("--holidays", metavar="PLACE", help="Public holidays of a country or a part: DE, DE-BY.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DAY", help="How far to write them out; two years ahead.")
]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What to know of it.")]


@app.verb("list")
def list_calendars(ctx: typer.Context) -> None:
    """List calendars, and how many schedules each holds back."""
    from netraven_cli.store import calendars, schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        every = schedules.list_all(connection)
        rows = [
            {
                "name": one.name,
                "rules": len(one.rules),
                "schedules": sum(one.name in each.blackouts for each in every),
                "covers_until": one.covers_until,
                "note": one.note,
            }
            for one in calendars.list_all(connection)
        ]
        terminal.items("calendar", rows, ["name", "rules", "schedules", "covers_until", "note"])


@app.verb("show")
def show(ctx: typer.Context, name: Name) -> None:
    """Show a calendar's rules, and which schedules it holds back."""
    from netraven_cli.store import calendars, schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = calendars.get(connection, name)
        users = [one.name for one in schedules.held_back_by(connection, name)]
        shown = {"name": found.name, "note": found.note, "covers_until": found.covers_until, "schedules": users}
        terminal.record("calendar", {**shown, "rules": list(found.rules)})


@app.verb("add")
def add(
    ctx: typer.Context,
    name: Name,
    rules: Rules = None,
    holidays: Holidays = None,
    until: Until = None,
    note: Note = None,
    dry_run: DryRun = False,
) -> None:
    """Add a calendar: `calendar add freeze 2026-12-20/2027-01-06`; then `schedule edit NAME --blackout freeze`."""
    from netraven_cli.model import Calendar
    from netraven_cli.schedule.rules import check_name
    from netraven_cli.store import calendars

    with opened(ctx) as (context, terminal):
        new = Calendar(name=check_name(name, "calendar"), note=note, rules=tuple(_own(rules)))
        if holidays:
            new = _with_holidays(context, new, holidays, until)
        if not new.rules:
            raise UsageError("say when: at least one RULE, or --holidays PLACE; see: netraven calendar add --help")
        with transaction(context, dry_run=dry_run) as connection:
            calendars.add(connection, new)
        _tell(terminal, new, "added", dry_run=dry_run)


@app.verb("edit")
def edit(
    ctx: typer.Context,
    name: Name,
    rules: Rules = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", metavar="RULE", help="Take this rule away.")] = None,
    holidays: Holidays = None,
    until: Until = None,
    note: Note = None,
    dry_run: DryRun = False,
) -> None:
    """Add rules to a calendar, or take some away; --holidays takes the place of the holidays before."""
    from netraven_cli.schedule import blackout
    from netraven_cli.store import calendars

    with opened(ctx) as (context, terminal), transaction(context, dry_run=dry_run) as connection:
        old = calendars.get(connection, name)
        gone = {blackout.canonical(rule) for rule in drop or ()}
        missing = sorted(gone - {one.rule for one in old.rules})
        if missing:
            raise DataError(f"the calendar {name!r} has no rule {missing[0]!r}; see: netraven calendar show {name}")
        kept = [one for one in old.rules if one.rule not in gone]
        new = replace(old, rules=_distinct([*kept, *_own(rules)]), note=old.note if note is None else note)
        if holidays:
            new = _with_holidays(context, new, holidays, until)
        _replace(context, connection, new)
        _tell(terminal, new, "changed", dry_run=dry_run)


@app.verb("remove")
def remove(ctx: typer.Context, name: Name, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Remove a calendar that holds back no schedule."""
    from netraven_cli.store import calendars

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = calendars.get(connection, name)
        if not dry_run:
            confirm(context, f"Remove the calendar {name} with {len(found.rules)} rules?", yes=yes, force=force)
        with transaction(context, dry_run=dry_run) as connection:
            calendars.remove(connection, name)
        terminal.changed("calendar", [], f"the calendar {name} is removed", dry_run=dry_run)


@app.verb("import")
def import_(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="An iCalendar file (.ics).")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the calendar; that of the file.")
    ] = None,
    until: Until = None,
    dry_run: DryRun = False,
) -> None:
    """Bring the events of an iCalendar file into a calendar; they take the place of those of the file before."""
    from netraven_cli.model import Calendar
    from netraven_cli.schedule.feeds import from_icalendar
    from netraven_cli.schedule.rules import check_name
    from netraven_cli.store import calendars

    with opened(ctx) as (context, terminal):
        begin, end = _reach(context, until)
        found = from_icalendar(_bytes(source), begin, end)
        called = check_name(name or source.stem, "calendar")
        with transaction(context, dry_run=dry_run) as connection:
            known = {one.name: one for one in calendars.list_all(connection)}
            old = known.get(called, Calendar(name=called))
            kept = [one for one in old.rules if one.origin != "file"]
            new = replace(old, rules=_distinct([*kept, *found]), covers_until=_midnight(end))
            if called in known:
                _replace(context, connection, new)
            else:
                calendars.add(connection, new)
        _tell(terminal, new, "imported", dry_run=dry_run)


def _own(rules: list[str] | None) -> list[CalendarRule]:
    from netraven_cli.model import CalendarRule
    from netraven_cli.schedule import blackout

    return [CalendarRule(rule=rule) for rule in dict.fromkeys(blackout.canonical(text) for text in rules or ())]


def _with_holidays(context: Context, old: Calendar, place: str, until: str | None) -> Calendar:
    from netraven_cli.schedule.feeds import holidays_of

    begin, end = _reach(context, until)
    kept = [one for one in old.rules if one.origin != "holidays"]
    found = holidays_of(place, begin, end)
    return replace(old, rules=_distinct([*kept, *found]), covers_until=_midnight(end))


def _replace(context: Context, connection: Any, new: Calendar) -> None:
    """What waits for the end of a blackout of the calendar is judged again."""
    from netraven_cli.schedule import record
    from netraven_cli.store import calendars

    calendars.replace(connection, new.name, new)
    record.calendar_changed(connection, new.name, context.clock(connection))


def _distinct(rules: list[CalendarRule]) -> tuple[CalendarRule, ...]:
    return tuple({one.rule: one for one in reversed(rules)}.values())[::-1]


def _reach(context: Context, until: str | None) -> tuple[date, date]:
    """From today on, and how far."""
    today = context.now().date()
    try:
        end = today + AHEAD if until is None else date.fromisoformat(until)
    except ValueError:
        raise DataError(f"--until {until!r} is no day; write it like 2028-12-31") from None
    if end <= today:
        raise DataError(f"--until {until} has passed; write a day that is to come")
    return today, end


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise NoInputError(f"{source} cannot be read: {error}") from None


def _tell(terminal: Terminal, new: Calendar, done: str, *, dry_run: bool) -> None:
    terminal.changed("calendar", [new], f"the calendar {new.name} is {done}: {len(new.rules)} rules", dry_run=dry_run)
