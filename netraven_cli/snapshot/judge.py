"""Is a text the whole configuration? Nothing enters the archive that is not proven complete."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass, SettingsError
from netraven_cli.model import Capture
from netraven_cli.snapshot import structure
from netraven_cli.snapshot.clean import clean, compiled, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netraven_cli.model import Known, Platform

_END_LINES = 10  # non-blank lines at the end among which the end marker must be
_EDGE_LINES = 5  # non-blank lines at the start and the end where error text counts
_SHORT_LINES = 20  # in an answer of at most so many non-blank lines error text counts everywhere


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a text; complete if nothing does."""

    reasons: tuple[str, ...] = ()
    error_class: ErrorClass | None = None


def make_capture(
    raw_text: str,
    *,
    platform: Platform,
    ended: str | None,
    prompt_seen: bool,
    raw_second: str | None = None,
    known: Known | None = None,
    minimum_ratio: float = 0.0,
) -> Capture:
    """Clean and judge a text as the device sent it; the arguments are those of `judge`."""
    text = clean(raw_text, platform)
    second = None if raw_second is None else clean(raw_second, platform)
    verdict = judge(
        text,
        platform=platform,
        ended=ended,
        prompt_seen=prompt_seen,
        second=second,
        known=known,
        minimum_ratio=minimum_ratio,
    )
    return Capture(
        text=text,
        digest=_digest(text),
        lines=text.count("\n"),
        reasons=verdict.reasons,
        error_class=verdict.error_class,
    )


def judge(
    text: str,
    *,
    platform: Platform,
    ended: str | None,
    prompt_seen: bool,
    second: str | None = None,
    known: Known | None = None,
    minimum_ratio: float = 0.0,
) -> Verdict:
    """Say what speaks against a cleaned text being the whole configuration.

    Args:
        text: the cleaned text.
        platform: how its answers are read.
        ended: why the session ended before its time (lost, stalled), if it did.
        prompt_seen: True if the device's prompt came after the last answer.
        second: the cleaned text of a second read in the same session; None: there was none.
        known: the last accepted configuration of the device.
        minimum_ratio: how many times the size of the last accepted one is the least that is not suspicious.

    Raises:
        SettingsError: the platform names a structure that there is not.
    """
    error = error_line(text, platform)
    found = (
        f"the answer was cut off: {ended}" if ended else None,
        None if prompt_seen else "the device's prompt did not come after the answer",
        *(_shortcomings(text, platform) if text.strip() else ("the answer is empty",)),
        f"the device answered with an error: {error}" if error else None,
        None if ended else _unequal(text, second, platform, known),
        _shrinkage(text, known, minimum_ratio),
    )
    reasons = tuple(reason for reason in found if reason)
    if not reasons:
        return Verdict()
    return Verdict(reasons, ErrorClass.COMMAND if error else ErrorClass.INCOMPLETE)


def wants_second_read(text: str, platform: Platform, known: Known | None) -> bool:
    """Whether a cleaned text counts only if a second read in the same session is equal to it.

    That is so for what nothing proves complete, and where the proof has a gap, for what is not as it was accepted last.
    """
    if not platform.reads_twice or not platform.is_proven:
        return platform.reads_twice
    return known is None or known.digest != _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _unequal(text: str, second: str | None, platform: Platform, known: Known | None) -> str | None:
    """The lines themselves stay out of the reason: they may hold secrets."""
    if second is None:
        missing = wants_second_read(text, platform, known)
        return "it was read once, and only a second, equal read would prove it complete" if missing else None
    if second == text:
        return None
    pairs = itertools.zip_longest(text.split("\n"), second.split("\n"))
    line = next(number for number, (one, other) in enumerate(pairs, 1) if one != other)
    return (
        f"a second read in the same session differs from line {line} on: one of them was cut, the configuration was "
        f"being changed, or such a line changes by itself and belongs among the volatile ones of {platform.name}"
    )


def error_line(text: str, platform: Platform) -> str | None:
    """The line by which the device refused a command, if there is one.

    It counts in a short answer, and at the start and the end of a long one. In the middle it counts only where
    nothing but the prompt proves the end: a banner of a configuration that is otherwise complete may say anything.
    """
    patterns = compiled(platform.error_patterns)
    lines = [line for line in text.splitlines() if line.strip()] if patterns else []
    proven = platform.end_marker is not None or platform.structure not in (None, "prompt")
    if proven and len(lines) > _SHORT_LINES:
        lines = lines[:_EDGE_LINES] + lines[-_EDGE_LINES:]
    return next((line.strip()[:200] for line in lines if matches(line, patterns)), None)


def _shortcomings(text: str, platform: Platform) -> Iterable[str | None]:
    lines = text.count("\n")
    if lines < platform.minimum_lines:
        yield f"it has {lines} lines, a configuration of {platform.name} has at least {platform.minimum_lines}"
    if platform.end_marker and not _has_end_marker(text, platform.end_marker):
        yield f"its end marker ({platform.end_marker}) is not among its last {_END_LINES} lines: its end is missing"
    if platform.structure:
        yield _structural_fault(text, platform.structure, platform.name)


def _has_end_marker(text: str, end_marker: str) -> bool:
    last = itertools.islice((line for line in reversed(text.splitlines()) if line.strip()), _END_LINES)
    return any(matches(line, compiled((end_marker,))) for line in last)


def _structural_fault(text: str, name: str, platform: str) -> str | None:
    if name not in structure.CHECKS:
        known = ", ".join(structure.CHECKS)
        raise SettingsError(f"platform {platform} names a structure {name!r} that there is not; there are: {known}")
    return structure.fault(text, name)


def _shrinkage(text: str, known: Known | None, minimum_ratio: float) -> str | None:
    size = len(text.encode())
    if known is None or size >= known.size_bytes * minimum_ratio:
        return None
    return (
        f"it has {size} bytes, less than {minimum_ratio:.0%} of the {known.size_bytes} bytes last accepted; "
        "if that is right, accept it with: netraven snapshot accept"
    )
