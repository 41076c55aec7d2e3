"""Inventory files, CSV and JSON from anywhere, read into devices; every bad row is reported, not the first alone."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from netraven_cli.device.inventory_columns import COLUMNS, DETAILS, column_of, text_of
from netraven_cli.device.inventory_csv import csv_rows
from netraven_cli.device.options import changed_options
from netraven_cli.errors import DataError, NetravenError
from netraven_cli.model import NewDevice, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Row = tuple[str, Callable[[], Mapping[str, Any]]]  # where it stands ("line 7"), and what reads it

OURS = ("id", "host_key", "refused_key", "last_credential")  # of `device list --json`: they belong to another inventory
BETWEEN_TAGS = re.compile(r"[|;,\s]+")
YES_AND_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
SHOWN = 50  # bad rows in one report


def read_inventory(content: bytes, check: Callable[[NewDevice], NewDevice], form: str | None = None) -> list[NewDevice]:
    """The devices in a file.

    Args:
        content: the file, in UTF-8, or UTF-16 with its mark (what spreadsheets call Unicode).
        check: refuses a device that cannot be in the inventory, or whose platform is not known, by a NetravenError;
            gives it back, with the platform as we call it.
        form: csv or json; without it the file is looked at.

    Raises:
        DataError: something is wrong; the sentence has a line for each bad row.
    """
    text = _decode(content)
    form = form or ("json" if text.lstrip()[:1] in ("[", "{") else "csv")
    devices, faults = _devices(_json_rows(text) if form == "json" else csv_rows(text), check)
    if faults:
        more = [f"… and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise DataError("\n".join(["nothing was imported, since there are bad rows:", *faults[:SHOWN], *more]))
    return devices


def _decode(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"line {line}: the file is not in UTF-8; save it as UTF-8 and import it again") from None


def _json_rows(text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"the file is not JSON: {error}") from None
    items = content.get("items") if isinstance(content, dict) else content
    if not isinstance(items, list):
        raise DataError('a JSON inventory is a list of objects, or an object with them under "items"')
    for number, item in enumerate(items, 1):
        yield f"item {number}", partial(_json_row, item)


def _json_row(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict) or not isinstance(item.get("details") or {}, dict):
        raise DataError(f"a device is an object with name, address and platform, not {str(item)[:40]!a}")
    own = {name: value for name, value in item.items() if name not in ("details", *OURS)}
    found: dict[str, Any] = {}
    for name, value in {**(item.get("details") or {}), **own}.items():
        column = column_of(str(name))
        if column in found:
            raise DataError(f"the {column} is given twice")
        found[column] = _options(value) if column == "options" and isinstance(value, dict) else value
    return found


def _options(given: Mapping[str, Any]) -> list[str]:
    """The options of `device list --json`, as a file has them."""
    return [f"{name}={text_of(value)}" for name, value in given.items()]


def _devices(rows: Iterable[Row], check: Callable[[NewDevice], NewDevice]) -> tuple[list[NewDevice], list[str]]:
    """The good devices, and a sentence for each bad row."""
    devices: dict[str, NewDevice] = {}
    places: dict[str, str] = {}
    faults: list[str] = []
    for place, read in rows:
        try:
            new = check(_device(read()))
            _refuse_second(new.name, places)
        except NetravenError as error:
            faults.append(f"{place}: {error}")
        else:
            devices[new.name], places[new.name] = new, place
    return list(devices.values()), faults


def _refuse_second(name: str, places: Mapping[str, str]) -> None:
    if name in places:
        raise DataError(f"the name {name} is there already, in {places[name]}")


def _device(cells: Mapping[str, Any]) -> NewDevice:
    text = {name: text_of(cells.get(name)).strip() for name in COLUMNS.values()}
    options = changed_options(Options(), filter(None, text["options"].split("|")))
    port = _port(text["port"])
    return NewDevice(
        name=text["name"],
        address=text["address"],
        platform=text["platform"],
        port=options.port if port is None else port,
        zone=text["zone"] or "default",
        enabled=_enabled(text["enabled"]),
        credential=text["credential"] or None,
        tags=tuple(sorted({tag for tag in BETWEEN_TAGS.split(text["tags"]) if tag})),
        details={name: text[name] for name in DETAILS if text[name]},
        options=options,
    )


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise DataError(f"the port must be a number from 1 to 65535, not {text!a}")
    return int(text)


def _enabled(text: str) -> bool:
    if text.lower() not in ("", *YES_AND_NO):
        raise DataError(f"enabled must be yes or no, not {text!a}")
    return YES_AND_NO.get(text.lower(), True)
