"""Answers of devices as rows of named values, by the templates of ntc-templates, which netmiko brings along."""

from __future__ import annotations

from typing import Any

TEMPLATES = {  # platform: whose templates fit, where netmiko calls it by another name
    "cisco_xe": "cisco_ios",
    "cisco_wlc": "cisco_wlc_ssh",
    "huawei": "huawei_vrp",
}
Row = dict[str, Any]


def rows_of(platform: str, command: str, answer: str) -> list[Row]:
    """What an answer says; empty if there is no template for it, or it is not as the template expects."""
    # netmiko takes 130 ms to import, and its parser 40 ms more.
    from netmiko.utilities import get_structured_data_textfsm  # noqa: PLC0415
    from textfsm import TextFSMError  # noqa: PLC0415

    try:
        found = get_structured_data_textfsm(answer, TEMPLATES.get(platform, platform), command)
    except TextFSMError:  # a line that the template does not know
        return []
    return found if isinstance(found, list) else []


def first(rows: list[Row], *keys: str) -> str | None:
    """The first value, of the first row that has one, among these."""
    for row in rows:
        for key in keys:
            value = row.get(key)
            text = next(filter(None, value), "") if isinstance(value, list) else value
            if text and str(text).strip():
                return str(text).strip()
    return None
