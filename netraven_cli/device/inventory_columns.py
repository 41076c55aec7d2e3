"""The columns of inventory files, as they may be called and what they are."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from netraven_cli.device.options import options_in_words
from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from netraven_cli.model import NewDevice

COLUMNS = {  # as they may be called: what they are
    "name": "name",
    "hostname": "name",
    "address": "address",
    "ip_address": "address",
    "ip": "address",
    "platform": "platform",
    "device_type": "platform",
    "port": "port",
    "tags": "tags",
    "zone": "zone",
    "credential": "credential",
    "enabled": "enabled",
    "options": "options",
    "description": "description",
    "serial_number": "serial_number",
    "model": "model",
    "source": "source",
    "notes": "notes",
}
DETAILS = ("description", "serial_number", "model", "source", "notes")
NEEDED = ("name", "address", "platform")
EXPORTED = ("name", "address", "port", "platform", "tags", "zone", "credential", "enabled", "options", *DETAILS)


def column_of(given: str) -> str:
    """What a column of a file is.

    Raises:
        DataError: there is none of this name.
    """
    name = plain(given)
    if name not in COLUMNS:
        near = difflib.get_close_matches(name, COLUMNS, n=1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(COLUMNS)}"
        raise DataError(f"there is no column {given!a}; {advice}")
    return COLUMNS[name]


def plain(cell: str) -> str:
    """The name in a cell of a header."""
    return cell.strip().strip('"').lower().replace(" ", "_")


def text_of(value: Any) -> str:
    """A value of a JSON object or of a device as the text of a cell."""
    if isinstance(value, (list, tuple)):
        return "|".join(text_of(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        raise DataError(f"a cell cannot be an object: {str(value)[:40]!a}")
    return "" if value is None else str(value)


def export_row(one: NewDevice) -> dict[str, Any]:
    """A device by the columns of a file."""
    details = {name: one.details.get(name) for name in DETAILS}
    plain = {name: getattr(one, name) for name in EXPORTED if name not in DETAILS}
    return {**plain, "tags": list(one.tags), "options": options_in_words(one.options), **details}
