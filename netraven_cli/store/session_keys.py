"""Exclusive keys of jobs that have a session: on a device of the inventory, or a login on an address of a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

DEVICE = "device:"
LOGIN = "login:"
HAS_SESSION: ColumnElement[bool] = sa.or_(job.c.exclusive_key.startswith(DEVICE), job.c.exclusive_key.startswith(LOGIN))


def device_key(name: str) -> str:
    """The key of a device; its breaker and its pace have it too."""
    return f"{DEVICE}{name}"


def login_key(range_name: str, number: int) -> str:
    """The key of one of the logins that may be under way at once on addresses of a range."""
    return f"{LOGIN}{range_name}:{number}"


def device_of(key: str | None) -> str | None:
    """The device of which a job has the session."""
    return key.removeprefix(DEVICE) if key and key.startswith(DEVICE) else None


def range_of(key: str | None) -> str | None:
    """The range of the address on which a job logs in."""
    return key.removeprefix(LOGIN).rpartition(":")[0] if key and key.startswith(LOGIN) else None


def has_session(key: str | None) -> bool:
    """Whether a job with this key has a session."""
    return bool(key) and str(key).startswith((DEVICE, LOGIN))


def is_login_of(range_name: str) -> ColumnElement[bool]:
    """Whether a job logs in on an address of a range."""
    return job.c.exclusive_key.startswith(f"{LOGIN}{range_name}:", autoescape=True)
