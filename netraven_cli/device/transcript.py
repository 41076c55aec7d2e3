"""Session transcripts: what was said on the wire, in a file of mode 0600, without the secrets of the login."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

    from netraven_cli.model import Secret

log = logging.getLogger("netraven.device")
MASK = b"********"
LONGEST_BYTES = 4 << 20  # of a transcript that waits in memory
TELLING_BYTES = 3  # more of a secret's beginning than this is masked where a transcript ends


def texts_of(secrets: Iterable[Secret | None]) -> list[bytes]:
    """The secrets as they may stand in a text, the longest first: one may begin with another."""
    return sorted({secret.reveal().encode() for secret in secrets if secret}, key=len, reverse=True)


def mask(text: bytes, secrets: Iterable[bytes]) -> bytes:
    """The text without these secrets."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


class Transcript:
    """A file that takes its name with `keep()`; without it, nothing is left.

    One that cannot be written is told in the log, and keeps no configuration from being fetched.
    Text that may be the beginning of a secret waits until more has come, so a secret split over two reads is masked.
    With `hide`, what was said stays in memory until it is kept: only as a whole can it be read for a device's secrets.
    """

    def __init__(
        self, path: Path, secrets: Iterable[Secret | None] = (), hide: Callable[[str], str] | None = None
    ) -> None:
        """Open the file under a temporary name beside `path`."""
        self._hide = hide
        self._heard = bytearray()
        self._secrets = texts_of(secrets)
        self._waiting = b""
        self._file = -1
        self._is_lost = False
        self.path = path
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # O_EXCL: never through a link that somebody laid there.
            self._file = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        log.warning("transcript_lost path=%s reason=%s", self.path, error.strerror)
        self._is_lost = True
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Transcript:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.discard()

    def add(self, data: bytes) -> None:
        """Write what was said, sent or received."""
        if self._file < 0:
            return
        if self._hide:
            self._heard += data[: max(0, LONGEST_BYTES - len(self._heard))]
            return
        text = mask(self._waiting + data, self._secrets)
        held = self._beginning_of_a_secret(text)
        self._waiting = text[len(text) - held :]
        self._write(text[: len(text) - held])

    def note(self, sentence: str) -> None:
        """Write a remark of NetRaven's on a line of its own."""
        self.add(f"\n[netraven: {sentence}]\n".encode())

    def keep(self) -> Path | None:
        """Give the file its name, and return it; None if it could not be written."""
        if self._hide and self._file >= 0:
            said = self._hide(self._heard.decode(errors="replace")).encode(errors="replace")
            self._write(mask(said, self._secrets))
        self._finish()
        if self._is_lost:
            return None
        try:
            self._unfinished.replace(self.path)
        except OSError as error:
            self._lose(error)
            return None
        return self.path

    def discard(self) -> None:
        """Remove the file, unless it was kept."""
        self._finish()
        with contextlib.suppress(OSError):
            self._unfinished.unlink(missing_ok=True)

    def _beginning_of_a_secret(self, text: bytes) -> int:
        """How many bytes at the end may be the beginning of a secret."""
        for length in range(min(len(text), max(map(len, self._secrets), default=1) - 1), 0, -1):
            if any(secret.startswith(text[-length:]) for secret in self._secrets):
                return length
        return 0

    def _write(self, text: bytes) -> None:
        try:
            while text:
                text = text[os.write(self._file, text) :]
        except OSError as error:
            self._lose(error)

    def _finish(self) -> None:
        if self._file >= 0:
            self._write(MASK if len(self._waiting) > TELLING_BYTES else self._waiting)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
