"""Calendars: named stretches of time in which schedules are held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import Calendar, CalendarRule
from netraven_cli.store.schedules import held_back_by, insert
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import calendar, calendar_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def list_all(connection: Connection) -> list[Calendar]:
    """All calendars by name, with their rules."""
    return _read(connection, None)


def named(connection: Connection, names: Iterable[str]) -> list[Calendar]:
    """The calendars of these names, with their rules.

    Raises:
        NotFoundError: there is none of one of them.
    """
    wanted = list(dict.fromkeys(names))
    found = {one.name: one for one in _read(connection, wanted)} if wanted else {}
    for name in wanted:
        if name not in found:
            known = connection.scalars(select(calendar.c.name))
            advice = did_you_mean(name, known, "see: netraven calendar list")
            raise NotFoundError(f"there is no calendar {name!r}; {advice}")
    return [found[name] for name in wanted]


def get(connection: Connection, name: str) -> Calendar:
    """One calendar.

    Raises:
        NotFoundError: there is none of that name.
    """
    return named(connection, [name])[0]


def add(connection: Connection, new: Calendar) -> None:
    """Enter a calendar.

    Raises:
        DataError: there is one of that name.
    """
    statement = insert(connection, calendar).values(_values(new)).on_conflict_do_nothing()
    id_ = connection.execute(statement.returning(calendar.c.id)).scalar()
    if id_ is None:
        raise DataError(f"there is already a calendar {new.name!r}; change it with: netraven calendar edit")
    _insert_rules(connection, id_, new)


def replace(connection: Connection, name: str, new: Calendar) -> None:
    """Give a calendar other rules, another note.

    Raises:
        NotFoundError: there is none of that name.
    """
    id_ = _id(connection, name)
    connection.execute(update(calendar).where(calendar.c.id == id_).values(_values(new)))
    connection.execute(delete(calendar_rule).where(calendar_rule.c.calendar_id == id_))
    _insert_rules(connection, id_, new)


def remove(connection: Connection, name: str) -> None:
    """Delete a calendar.

    Raises:
        NotFoundError: there is none of that name.
        DataError: a schedule names it.
    """
    id_ = _id(connection, name)
    users = [one.name for one in held_back_by(connection, name)]
    if users:
        shown = ", ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")
        raise DataError(
            f"the calendar {name!r} holds back {shown}; first: netraven schedule edit {users[0]} --blackout none"
        )
    connection.execute(delete(calendar).where(calendar.c.id == id_))


def _id(connection: Connection, name: str) -> int:
    get(connection, name)
    return int(connection.execute(select(calendar.c.id).where(calendar.c.name == name)).scalar_one())


def _read(connection: Connection, names: list[str] | None) -> list[Calendar]:
    wanted = select(calendar) if names is None else select(calendar).where(calendar.c.name.in_(names))
    rows = connection.execute(wanted.order_by(calendar.c.name)).all()
    rules: dict[int, list[CalendarRule]] = {row.id: [] for row in rows}
    query = select(calendar_rule).where(calendar_rule.c.calendar_id.in_(list(rules)))
    for row in connection.execute(query.order_by(calendar_rule.c.id)):
        rules[row.calendar_id].append(CalendarRule(rule=row.rule, summary=row.summary, origin=row.origin))
    return [
        Calendar(name=row.name, note=row.note, covers_until=row.covers_until, rules=tuple(rules[row.id]))
        for row in rows
    ]


def _values(new: Calendar) -> dict[str, Any]:
    return {"name": new.name, "note": new.note, "covers_until": new.covers_until}


def _insert_rules(connection: Connection, calendar_id: int, new: Calendar) -> None:
    rows = [
        {"calendar_id": calendar_id, "rule": one.rule, "summary": one.summary, "origin": one.origin}
        for one in new.rules
    ]
    if rows:
        connection.execute(insert(connection, calendar_rule).on_conflict_do_nothing(), rows)
