"""Schedules and the calendars that hold them back as YAML, for files that are kept under version control."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import yaml

from netraven_cli.errors import DataError, UsageError
from netraven_cli.model import NORMAL, Calendar, CalendarRule, NewSchedule, Priority, Selector
from netraven_cli.schedule import blackout, pattern, values
from netraven_cli.schedule.rules import check_name
from netraven_cli.schedule.wallclock import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

PATTERNS = ("daily", "weekly", "monthly", "every", "cron", "at")
SELECTOR = {"devices": "names", "tags": "tags", "platform": "platform", "zone": "zone", "all": "all"}
SCHEDULE_KEYS = (
    "name", "type", *PATTERNS, "timezone", *SELECTOR, "params", "priority", "enabled", *values.READERS,
)  # fmt: skip
CALENDAR_KEYS = ("name", "note", "covers_until", "rules")
RULE_KEYS = ("rule", "summary", "origin")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file has."""

    schedules: Sequence[NewSchedule]
    calendars: Sequence[Calendar]


class _Loader(yaml.SafeLoader):
    """YAML in which 02:30 is no number in base 60, a date is no object, and no, on and y are words."""


class _Dumper(yaml.SafeDumper):
    """Writes no anchors and aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Text in quotes with escapes if a line break or another character in it would not be read back as it is."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _write_text)
_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?[0-9]+\.[0-9]*([eE][-+][0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), _first)


def dump(document: Document) -> str:
    """A document as text; `load` gives it back as it was."""
    content = {"schedules": [_schedule_out(one) for one in document.schedules]}
    if document.calendars:
        content["calendars"] = [_calendar_out(one) for one in document.calendars]
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def load(text: str, timezone: str) -> Document:
    """The schedules and calendars of a text; `timezone` is that of schedules which name none.

    Raises:
        DataError: something is not valid; all that is wrong is named, with its place.
    """
    content = _parse(text)
    faults: list[str] = []
    schedules = _each(content.get("schedules"), "schedule", lambda one: _schedule_in(one, timezone), faults)
    calendars = _each(content.get("calendars"), "calendar", _calendar_in, faults)
    if faults:
        raise DataError("nothing was imported:\n" + "\n".join(faults))
    return Document(schedules, calendars)


def _parse(text: str) -> Mapping[str, Any]:
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise DataError(f"this is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict) or not set(content) <= {"schedules", "calendars"}:
        raise DataError("the file must have the keys `schedules` and `calendars`, and no others")
    return content


def _each(given: Any, thing: str, read: Callable[[Mapping[str, Any]], Any], faults: list[str]) -> list[Any]:
    found: list[Any] = []
    if not isinstance(given or [], list):
        faults.append(f"`{thing}s` must be a list")
        return found
    names: set[str] = set()
    for number, one in enumerate(given or [], 1):
        try:
            found.append(read(_mapping(one, thing)))
            if found[-1].name in names:
                raise DataError("its name is given twice")
            names.add(found[-1].name)
        except DataError as error:
            name = one.get("name") if isinstance(one, dict) else None
            faults.append(f"{thing} {number}{f' ({name})' if name else ''}: {error}")
    return found


def _mapping(given: Any, thing: str) -> Mapping[str, Any]:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise DataError(f"a {thing} must have a name, and keys with values")
    check_name(given["name"], thing)
    return given


def _refuse_unknown(given: Mapping[str, Any], keys: Iterable[str]) -> None:
    unknown = [str(key) for key in given if key not in set(keys)]
    if unknown:
        raise DataError(f"there is no key {unknown[0]!r}; there are {', '.join(keys)}")


def _schedule_out(one: NewSchedule) -> dict[str, Any]:
    kind, text = pattern.given(one.pattern)
    selector = asdict(one.selector)
    chosen = {key: selector[field] for key, field in SELECTOR.items() if selector[field]}
    found: dict[str, Any] = {"name": one.name, "type": one.type, kind: text, "timezone": one.timezone}
    found |= {key: list(value) if isinstance(value, tuple) else value for key, value in chosen.items()}
    if one.params:
        found["params"] = dict(one.params)
    if one.priority != NORMAL:
        found["priority"] = int(one.priority)
    if not one.enabled:
        found["enabled"] = False
    return found | values.write(one)


def _schedule_in(given: Mapping[str, Any], timezone: str) -> NewSchedule:
    _refuse_unknown(given, SCHEDULE_KEYS)
    where = _typed(given, "timezone", str, timezone)
    times = {kind: None if given.get(kind) is None else str(given[kind]) for kind in PATTERNS}
    try:
        when = pattern.parse(timezone=where, **times)
    except UsageError:
        raise DataError(f"say when: exactly one of {', '.join(PATTERNS)}") from None
    return NewSchedule(
        name=given["name"],
        type=_typed(given, "type", str, "backup"),
        pattern=when,
        timezone=where,
        selector=_selector(given),
        params=_typed(given, "params", dict, {}),
        priority=_priority(given.get("priority", int(NORMAL))),
        enabled=_typed(given, "enabled", bool, default=True),
        **values.read({key: given.get(key) for key in values.READERS}, where),
    )


def _selector(given: Mapping[str, Any]) -> Selector:
    names = [_typed(given, key, list, []) for key in ("devices", "tags")]
    if not all(isinstance(name, str) for several in names for name in several):
        raise DataError("devices and tags must be lists of names")
    return Selector(
        names=tuple(names[0]),
        tags=tuple(names[1]),
        platform=_typed(given, "platform", str, None),
        zone=_typed(given, "zone", str, None),
        all=_typed(given, "all", bool, default=False),
    )


def _priority(given: Any) -> Priority:
    try:
        return Priority.of(given)
    except ValueError as error:
        raise DataError(str(error)) from None


def _typed(given: Mapping[str, Any], key: str, wanted: type, default: Any) -> Any:
    value = given.get(key)
    if value is None:
        return default
    if not isinstance(value, wanted):
        names = {str: "a text", dict: "keys with values", list: "a list", bool: "true or false"}
        raise DataError(f"{key} must be {names[wanted]}, not {value!r}")
    return value


def _calendar_out(one: Calendar) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name}
    if one.note is not None:
        found["note"] = one.note
    if one.covers_until:
        found["covers_until"] = one.covers_until.strftime("%Y-%m-%dT%H:%M:%SZ")
    rules = [
        {
            key: getattr(rule, key)
            for key in RULE_KEYS
            if getattr(rule, key) != CalendarRule.__dataclass_fields__[key].default
        }
        for rule in one.rules
    ]
    return {**found, "rules": [rule["rule"] if set(rule) == {"rule"} else rule for rule in rules]}


def _calendar_in(given: Mapping[str, Any]) -> Calendar:
    _refuse_unknown(given, CALENDAR_KEYS)
    until = given.get("covers_until")
    return Calendar(
        name=given["name"],
        note=_typed(given, "note", str, None),
        covers_until=pattern.instant(str(until), zone_of("UTC"), "covers_until") if until is not None else None,
        rules=tuple(_rule_in(one) for one in _typed(given, "rules", list, [])),
    )


def _rule_in(given: Any) -> CalendarRule:
    one = {"rule": given} if isinstance(given, str) else given
    if not isinstance(one, dict) or not isinstance(one.get("rule"), str):
        raise DataError(f"a rule must be a text, or have a key rule, not {given!r}")
    _refuse_unknown(one, RULE_KEYS)
    origin = _typed(one, "origin", str, "operator")
    return CalendarRule(rule=blackout.canonical(one["rule"]), summary=_typed(one, "summary", str, None), origin=origin)
