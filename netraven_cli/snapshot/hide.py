"""A text as it may be kept where secrets are not: redacted, and held against the leak gate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass
from netraven_cli.snapshot.clean import compared, plain
from netraven_cli.snapshot.leak import Leak, leaks, without
from netraven_cli.snapshot.redact import redact

if TYPE_CHECKING:
    from netraven_cli.model import Capture, Platform, Redaction


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text without secrets; where redaction left one, its whole line is gone, and that is told."""

    text: str
    leaks: tuple[Leak, ...] = ()


def hide(text: str, platform: Platform | None, redaction: Redaction) -> Hidden:
    """Hide the secrets of a cleaned text."""
    patterns = platform.secrets if platform else ()
    redacted = redact(text, patterns, redaction)
    found = leaks(redacted, redaction.known)
    if found:  # a line that is gone may have ended a section
        redacted = redact(without(redacted, found, redaction), patterns, redaction)
    return Hidden(redacted, tuple(found))


def hide_all(text: str, platform: Platform | None, redaction: Redaction) -> str:
    """The same for any text, as a device sent it or a sentence that quotes one."""
    return hide(plain(text), platform, redaction).text


def hide_capture(capture: Capture, platform: Platform | None, redaction: Redaction) -> Capture:
    """A capture of which nothing is hidden yet: its text, and what speaks against it."""
    hidden = hide(capture.text, platform, redaction)
    reasons = (*(hide_all(one, platform, redaction) for one in capture.reasons), *map(str, hidden.leaks))
    return replace(
        capture,
        text=hidden.text,
        digest=digest(hidden.text),
        lines=hidden.text.count("\n"),
        compared=digest(compared(hidden.text, platform)) if platform and platform.ignores else None,
        reasons=reasons,
        error_class=capture.error_class or (ErrorClass.SECRET if hidden.leaks else None),
        redacted=True,
        sealed=redaction.seal(capture.text) if redaction.seal else None,
    )


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
