"""Answers of devices as rows of named values, by the templates of ntc-templates, which netmiko brings along."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

TEMPLATES = {  # platform: whose templates fit, where netmiko calls it by another name
    "cisco_xe": "cisco_ios",
    "cisco_wlc": "cisco_wlc_ssh",
    "huawei": "huawei_vrp",
}
Row = dict[str, Any]


def rows_of(platform: str, command: str, answer: str) -> list[Row]:
    """What an answer says; empty if there is no template for it, or it is not as the template expects."""
    from ntc_templates.parse import ParsingException, parse_output  # noqa: PLC0415 - 40 ms, and few commands need it
    from textfsm import TextFSMError  # noqa: PLC0415 - the same

    if not answer.strip():
        return []
    where = str(files("ntc_templates") / "templates")
    try:
        found: list[Row] = parse_output(TEMPLATES.get(platform, platform), command, answer, where)
    except (ParsingException, TextFSMError):  # no template; a line that it does not know
        return []
    return found


def first(rows: list[Row], *keys: str) -> str | None:
    """The first value, of the first row that has one, among these."""
    for row in rows:
        for key in keys:
            value = row.get(key)
            text = next(filter(None, value), "") if isinstance(value, list) else value
            if text and str(text).strip():
                return str(text).strip()
    return None
