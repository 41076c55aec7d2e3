"""Which retry policy holds for a failure, and which setting says so.

The order of precedence, the last word first: `by_tag` (of several tags of a device, the one that stands last in the
settings), `by_class`, `by_type`, and what `retry` says for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from netraven_cli.errors import ErrorClass
    from netraven_cli.settings.sections import RetrySettings

FIELDS = ("attempts", "first_backoff_seconds", "backoff_cap_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """What holds for jobs of a type that failed with a class on a device."""

    attempts: int
    first_backoff_seconds: float
    backoff_cap_seconds: float
    is_transient: bool
    keys: dict[str, str]  # the setting that each of these comes from


def policy(retry: RetrySettings, job_type: str, error_class: ErrorClass, tags: Collection[str]) -> RetryPolicy:
    """The policy of a failure; `tags`: those of the device."""
    values: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for place, given in _layers(retry, job_type, error_class, tags):
        said = {name: getattr(given, name, None) for name in FIELDS}
        said["is_transient"] = getattr(given, "transient", {}).get(error_class)
        for name in [name for name, value in said.items() if value is not None]:
            values[name] = said[name]
            keys[name] = f"{place}.transient.{error_class.value}" if name == "is_transient" else f"{place}.{name}"
    return RetryPolicy(**values, keys=keys)


def _layers(
    retry: RetrySettings, job_type: str, error_class: ErrorClass, tags: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """What has a say, the last word last, each with its place in the settings."""
    yield "retry", retry
    if job_type in retry.by_type:
        yield f"retry.by_type.{job_type}", retry.by_type[job_type]
    if error_class in retry.by_class:
        yield f"retry.by_class.{error_class.value}", retry.by_class[error_class]
    for tag, given in retry.by_tag.items():
        if tag in tags:
            yield f"retry.by_tag.{tag}", given
