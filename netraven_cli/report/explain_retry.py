"""Which failures of a device's jobs are tried again, how often and when, and which settings say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass
from netraven_cli.settings.retry import FIELDS, policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from netraven_cli.settings.retry import RetryPolicy
    from netraven_cli.settings.sections import RetrySettings


def retries(
    retry: RetrySettings, job_type: str, tags: Collection[str], origins: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """For jobs of a type, the classes of failures with what holds for them and where that comes from.

    Args:
        retry: the settings.
        job_type: the type.
        tags: those of the device.
        origins: where each setting comes from, by its name.
    """
    together: dict[tuple[str, str], list[str]] = {}
    for error_class in ErrorClass:
        found = policy(retry, job_type, error_class, tags)
        together.setdefault((_words(found), _origin(found, origins)), []).append(error_class.value)
    for (words, origin), classes in together.items():
        yield ", ".join(classes), words, origin


def _words(found: RetryPolicy) -> str:
    if not found.is_transient:
        return "not tried again"
    waits = f"waits up to {found.first_backoff_seconds:g} s, doubling to {found.backoff_cap_seconds:g} s"
    return f"{found.attempts} attempts, {waits}"


def _origin(found: RetryPolicy, origins: Mapping[str, str]) -> str:
    """The settings that differ from the defaults, with their places; `default` if none does."""
    names = [*(FIELDS if found.is_transient else ()), "is_transient"]
    said = [key for key in (found.keys[name] for name in names) if origins.get(key, "default") != "default"]
    return ", ".join(f"{key} ({origins[key]})" for key in dict.fromkeys(said)) or "default"
