"""The leak gate: does a text that should have no secrets still have one? It trusts no platform's patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.snapshot.redact import token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.model import Redaction, Secret

LONG = 8  # characters from which a secret is found within words too
SHORTEST = 4  # a secret of fewer stands in any text by chance
SHOWN = 5  # lines in one reason
# Each with what is in every text that has it: to look for that first is many times as fast.
FORMS = {
    "a private key": (
        ("PRIVATE KEY", "PuTTY"), re.compile(r"BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File"),
    ),
    "the hash of a password": (("$",), re.compile(r"\$(?:1|2[abxy]?|5|6|7|8|9|14|y|gy)\$[!-~]{8,}")),
    "a password as IOS writes it": (
        ("password ", "secret ", "key "),
        re.compile(r"\b(?:password|secret|key) (?:5|7|8|9) (?!redacted-)[!-~]{8,}"),
    ),
    "an encrypted secret": (("ENC ", "%^%#"), re.compile(r"\bENC [A-Za-z0-9+/=]{16,}|%\^%#.{8,400}?%\^%#")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret that is still in a text."""

    what: str
    lines: tuple[int, ...]  # from 1

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.lines[:SHOWN])) + (" …" if len(self.lines) > SHOWN else "")
        return (
            f"secret: {self.what} is still in line {shown} after redaction; add a pattern for it under `secrets` of "
            "the platform (settings: platforms_file)"
        )


def leaks(text: str, known: Sequence[tuple[str, Secret]]) -> list[Leak]:
    """The secrets that a text still has.

    Args:
        text: a text in which secrets are replaced.
        known: what NetRaven logs in with: what each is, and the secret.
    """
    found = [(what, _where(text, secret.reveal())) for what, secret in known]
    for what, (signs, form) in FORMS.items():
        if any(sign in text for sign in signs):
            found.append((what, _lines(text, form)))
    return [Leak(what, lines) for what, lines in found if lines]


def without(text: str, found: Sequence[Leak], redaction: Redaction) -> str:
    """The text with each line that leaks replaced as a whole."""
    leaking = {number for leak in found for number in leak.lines}
    if not leaking:
        return text
    lines = text.split("\n")
    for number in leaking:
        lines[number - 1] = token(redaction, "line", lines[number - 1])
    return "\n".join(lines)


def _where(text: str, secret: str) -> tuple[int, ...]:
    """The lines with a secret: a long one anywhere, a short one or a plain word only as a word."""
    if len(secret) < SHORTEST or secret not in text:
        return ()
    is_word = len(secret) < LONG or secret.isalpha()
    pattern = rf"(?<![\w-]){re.escape(secret)}(?![\w-])" if is_word else re.escape(secret)
    return _lines(text, re.compile(pattern))


def _lines(text: str, pattern: re.Pattern[str]) -> tuple[int, ...]:
    """The numbers of the lines in which matches begin."""
    numbers: dict[int, None] = {}
    number, at = 1, 0
    for match in pattern.finditer(text):
        number, at = number + text.count("\n", at, match.start()), match.start()
        numbers[number] = None
    return tuple(numbers)
