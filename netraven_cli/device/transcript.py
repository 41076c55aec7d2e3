"""Session transcripts: what was said on the wire, without the secrets of the login."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from netraven_cli.model import Secret

log = logging.getLogger("netraven.device")
MASK = b"********"
LONGEST_BYTES = 4 << 20  # of what is heard
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
    """What is heard, in memory until `keep()` writes it to a file: of most sessions nobody ever reads it.

    It is masked as a whole, so that no secret is split over two reads. `hide` reads it for a device's secrets before:
    where one of the login stands, it may leave out the whole line. A transcript that cannot be written is told in the
    log, and keeps no configuration from being fetched.
    """

    def __init__(
        self, path: Path, secrets: Iterable[Secret | None] = (), hide: Callable[[str], str] | None = None
    ) -> None:
        """`path` is where it will lie, if it is kept."""
        self.path = path
        self._secrets = texts_of(secrets)
        self._hide = hide
        self._heard = bytearray()
        self._left_out_bytes = 0

    def add(self, data: bytes) -> None:
        """Hear what was said, sent or received; what is too much is counted."""
        heard = data[: max(0, LONGEST_BYTES - len(self._heard))]
        self._heard += heard
        self._left_out_bytes += len(data) - len(heard)

    def note(self, sentence: str) -> None:
        """Add a remark of NetRaven's on a line of its own."""
        self._end()
        self._heard += f"\n[netraven: {sentence}]\n".encode()

    def keep(self) -> Path | None:
        """Write the file, of mode 0600, and return its path; None if it could not be written."""
        self._end()
        text = bytes(self._heard)
        if self._hide:
            text = self._hide(text.decode(errors="replace")).encode(errors="replace")
        unfinished = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # O_EXCL: never through a link that somebody laid there.
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(mask(text, self._secrets))
            unfinished.replace(self.path)
        except OSError as error:
            log.warning("transcript_lost path=%s reason=%s", self.path, error.strerror)
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return None
        return self.path

    def _end(self) -> None:
        """Mask the telling beginning of a secret where the words end, and say how many were left out."""
        held = self._beginning_of_a_secret(bytes(self._heard))
        if held > TELLING_BYTES:
            self._heard[-held:] = MASK
        if self._left_out_bytes:
            self._heard += f"\n[netraven: {self._left_out_bytes} more bytes came, and are left out]\n".encode()
            self._left_out_bytes = 0

    def _beginning_of_a_secret(self, text: bytes) -> int:
        """How many bytes at the end may be the beginning of a secret."""
        for length in range(min(len(text), max(map(len, self._secrets), default=1) - 1), 0, -1):
            if any(secret.startswith(text[-length:]) for secret in self._secrets):
                return length
        return 0
