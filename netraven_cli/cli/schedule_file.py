"""`netraven schedule export` and `import`: schedules as YAML, for files that are kept under version control."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, opened, whoami
from netraven_cli.cli.schedule_entry import checked, transaction
from netraven_cli.errors import NetravenError, NoInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from netraven_cli.model import Calendar, NewSchedule
    from netraven_cli.plugin import Context


def export(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Schedules; all of them.")] = None,
) -> None:
    """Print schedules, and the calendars that hold them back, as YAML that `schedule import` reads back as it was."""
    from netraven_cli.schedule.document import Document, dump
    from netraven_cli.store import calendars, schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        chosen = [schedules.get(connection, name) for name in names] if names else schedules.list_all(connection)
        used = sorted({name for one in chosen for name in one.blackouts})
        text = dump(Document(chosen, calendars.named(connection, used)))
        if terminal.json:
            terminal.record("schedule-export", {"yaml": text})
        else:
            terminal.data(text)


def import_(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE", help="A file, or - for standard input.")],
    dry_run: DryRun = False,
) -> None:
    """Add the schedules and calendars of a YAML file, or give those of the same name its values; all or none."""
    from netraven_cli.schedule.document import load
    from netraven_cli.settings import system_timezone

    text = _read(source)
    with opened(ctx) as (context, terminal):
        document = load(text, context.settings.schedule.timezone or system_timezone())
        with transaction(context, dry_run=dry_run) as connection:
            changed = _enter_calendars(context, connection, document.calendars)
            changed += _enter(context, connection, document.schedules)
        done = ", ".join(f"{what} {name}" for what, name in changed) or "nothing differs"
        rows = [{"change": what, "name": name} for what, name in changed]
        terminal.changed("schedule-import", rows, done, dry_run=dry_run)


def _read(source: str) -> str:
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoInputError(f"{source} cannot be read: {error}") from None


def _enter_calendars(context: Context, connection: Connection, given: Sequence[Calendar]) -> list[tuple[str, str]]:
    from netraven_cli.schedule import record
    from netraven_cli.store import calendars

    known = {one.name: one for one in calendars.list_all(connection)}
    changed = []
    for one in given:
        if one.name not in known:
            calendars.add(connection, one)
        elif one != known[one.name]:
            calendars.replace(connection, one.name, one)
            record.calendar_changed(connection, one.name, context.clock(connection))
        if one != known.get(one.name):
            changed.append(("changed calendar" if one.name in known else "added calendar", one.name))
    return changed


def _enter(context: Context, connection: Connection, given: Sequence[NewSchedule]) -> list[tuple[str, str]]:
    from netraven_cli.schedule import record
    from netraven_cli.store import schedules

    changed = []
    for each in given:
        try:
            one = checked(context, connection, each)
            found = schedules.find(connection, one.name)
            if found is None:
                record.add(connection, one, context.clock(connection), whoami())
                changed.append(("added", one.name))
            elif _values(found) != _values(one):
                record.edit(connection, one.name, one, context.clock(connection), whoami())
                changed.append(("changed", one.name))
        except NetravenError as error:
            raise type(error)(f"nothing was imported: the schedule {each.name!r}: {error}") from None
    return changed


def _values(schedule: NewSchedule) -> dict[str, Any]:
    from netraven_cli.model import NewSchedule

    return {name: getattr(schedule, name) for name in NewSchedule.__dataclass_fields__}
