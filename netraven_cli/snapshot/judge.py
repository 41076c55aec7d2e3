"""Is a text the whole configuration? Nothing enters the archive that is not proven complete."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass, SettingsError
from netraven_cli.model import Capture
from netraven_cli.snapshot import structure
from netraven_cli.snapshot.clean import clean, compared, compiled, fit, matching
from netraven_cli.snapshot.hide import Hidden, digest, hide, hide_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netraven_cli.model import Known, Platform, Redaction

_END_LINES = 10  # non-blank lines at the end among which the end marker must be
_EDGE_LINES = 5  # non-blank lines at the start and the end where error text counts
_NO_TEXT_SHARE = 0.01  # more of a text that is no text is too much
NO_TEXT = "\ufffd"  # what stands for bytes that are no UTF-8
# C0 and C1 but NUL, with which lines are padded, and what moves a cursor; Latin-1 makes characters of any bytes.
_CONTROL = re.compile("[\x01-\x06\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_SHORT_LINES = 20  # in an answer of at most so many non-blank lines error text counts everywhere


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a text; complete if nothing does."""

    reasons: tuple[str, ...] = ()
    error_class: ErrorClass | None = None


def make_capture(  # noqa: PLR0913 - they say how one text came and what it is held against, each by its name
    raw_text: str,
    *,
    platform: Platform,
    ended: str | None,
    prompt_seen: bool,
    raw_second: str | None = None,
    known: Known | None = None,
    minimum_ratio: float = 0.0,
    redaction: Redaction | None = None,
) -> Capture:
    """Clean, redact and judge a text as the device sent it; the other arguments are those of `judge`.

    With a redaction the text without secrets is judged, compared and kept. What it hides may hide a fault, as where a
    key without an end takes the rest of the text with it: so what the text alone shows must hold with its secrets, too.
    """
    full = clean(raw_text, platform)
    hidden = hide(full, platform, redaction) if redaction else Hidden(full)
    second = None if raw_second is None else clean(raw_second, platform)
    if second is not None and redaction:
        second = hide(second, platform, redaction).text
    verdict = judge(
        hidden.text,
        platform=platform,
        ended=ended,
        prompt_seen=prompt_seen,
        second=second,
        known=known,
        minimum_ratio=minimum_ratio,
    )
    if redaction and not verdict.reasons:
        verdict = _hidden(_verdict_alone(full, platform, known), platform, redaction)
    if not verdict.reasons:
        verdict = _verdict_on_bytes(raw_text)
    return Capture(
        text=hidden.text,
        digest=digest(hidden.text),
        lines=hidden.text.count("\n"),
        reasons=(*verdict.reasons, *map(str, hidden.leaks)),
        error_class=verdict.error_class or (ErrorClass.SECRET if hidden.leaks else None),
        compared=digest(compared(hidden.text, platform)) if platform.ignores else None,
        redacted=redaction is not None,
        sealed=redaction.seal(full) if redaction and redaction.seal else None,
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
    alone = _verdict_alone(text, platform, known)
    found = (
        f"the answer was cut off: {ended}" if ended else None,
        None if prompt_seen else "the device's prompt did not come after the answer",
        *alone.reasons,
        None if ended else _unequal(text, second, platform, known),
        _shrinkage(text, known, minimum_ratio),
    )
    reasons = tuple(reason for reason in found if reason)
    if not reasons:
        return Verdict()
    return Verdict(reasons, alone.error_class or ErrorClass.INCOMPLETE)


def _verdict_alone(text: str, platform: Platform, known: Known | None) -> Verdict:
    """What speaks against a text by itself, however it came."""
    if not text.strip():
        return Verdict(("the answer is empty",), ErrorClass.INCOMPLETE)
    error = error_line(text, platform)
    found = (*_shortcomings(text, platform, known), f"the device answered with an error: {error}" if error else None)
    reasons = tuple(reason for reason in found if reason)
    if not reasons:
        return Verdict()
    return Verdict(reasons, ErrorClass.COMMAND if error else ErrorClass.INCOMPLETE)


def _verdict_on_bytes(raw_text: str) -> Verdict:
    """What speaks against a text as it came: of what cleaning takes away there may not be much."""
    found = len(_CONTROL.findall(raw_text))
    if found <= len(raw_text) * _NO_TEXT_SHARE:
        return Verdict()
    return Verdict((_no_text(found),), ErrorClass.INCOMPLETE)


def _hidden(verdict: Verdict, platform: Platform, redaction: Redaction) -> Verdict:
    return replace(verdict, reasons=tuple(hide_all(one, platform, redaction) for one in verdict.reasons))


def wants_second_read(text: str, platform: Platform, known: Known | None) -> bool:
    """Whether a cleaned text counts only if a second read in the same session is equal to it.

    That is so for what nothing proves complete, and where the proof has a gap, for what is not as it was accepted last.
    """
    if not platform.reads_twice or not platform.is_proven:
        return platform.reads_twice
    return known is None or known.digest != digest(text)


def _unequal(text: str, second: str | None, platform: Platform, known: Known | None) -> str | None:
    """The lines themselves stay out of the reason: they may hold secrets."""
    if second is None:
        missing = wants_second_read(text, platform, known)
        return "it was read once, and only a second, equal read would prove it complete" if missing else None
    if compared(second, platform) == compared(text, platform):
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
    lines = list(filter(str.strip, text.splitlines())) if patterns else []
    proven = platform.end_marker is not None or platform.structure not in (None, "prompt")
    if proven and len(lines) > _SHORT_LINES:
        lines = lines[:_EDGE_LINES] + lines[-_EDGE_LINES:]
    found = matching(lines, patterns)
    return next((line.strip()[:200] for line in lines if line in found), None)


def _shortcomings(text: str, platform: Platform, known: Known | None) -> Iterable[str | None]:
    lines = text.count("\n")
    least = min(platform.minimum_lines, (known and known.accepted_lines) or platform.minimum_lines)
    if lines < least:
        yield f"it has {lines} lines, a configuration of {platform.name} has at least {least}"
    for pattern in platform.required:
        if not compiled((pattern,))[0].search(text):
            yield f"no line of it matches {pattern}, which every configuration of {platform.name} has"
    yield _residue(text, platform)
    if platform.end_marker and not _has_end_marker(text, platform.end_marker):
        yield f"its end marker ({platform.end_marker}) is not among its last {_END_LINES} lines: its end is missing"
    if platform.structure:
        yield _structural_fault(text, platform.structure, platform.name)


def _residue(text: str, platform: Platform) -> str | None:
    """What a terminal or a broken line left in the text."""
    if text.count(NO_TEXT) > len(text) * _NO_TEXT_SHARE:
        return _no_text(text.count(NO_TEXT))
    if not platform.pager:
        return None
    lines = list(map(str.strip, text.split("\n")))
    prompt = next(filter(compiled((platform.pager,))[0].fullmatch, fit(lines)), None)
    if prompt is None:
        return None
    number = lines.index(prompt) + 1
    return f"its line {number} is the prompt of the pager: the text between two pages may be missing"


def _no_text(characters: int) -> str:
    return f"{characters} of its characters are no text: this is binary, or damaged on the way"


def _has_end_marker(text: str, end_marker: str) -> bool:
    last = itertools.islice((line for line in reversed(text.splitlines()) if line.strip()), _END_LINES)
    return bool(matching(last, compiled((end_marker,))))


def _structural_fault(text: str, name: str, platform: str) -> str | None:
    if name not in structure.CHECKS:
        known = ", ".join(structure.CHECKS)
        raise SettingsError(f"platform {platform} names a structure {name!r} that there is not; there are: {known}")
    return structure.fault(text, name)


def _shrinkage(text: str, known: Known | None, minimum_ratio: float) -> str | None:
    size = len(text.encode())
    if known is None or size >= known.size_bytes * minimum_ratio or size >= (known.accepted_bytes or size + 1):
        return None
    return (
        f"it has {size} bytes, less than {minimum_ratio:.0%} of the {known.size_bytes} bytes last accepted; "
        "if that is right, accept it with: netraven snapshot accept"
    )
