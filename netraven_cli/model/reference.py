"""Where a secret is that NetRaven does not keep."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.model.device import Secret

KEPT_SECONDS = 60.0


class Reference:
    """Names a secret that is read when it is used; what was read serves all who ask for it within a minute.

    So a rotated secret is used at once, and a command is not run for each of ten thousand devices.
    """

    __slots__ = ("_found", "_lock", "_read_at", "text")

    def __init__(self, text: str) -> None:
        self.text = text  # env:VARIABLE, file:PATH, cred:NAME or cmd:COMMAND
        self._lock = threading.Lock()
        self._found: Secret | Exception | None = None
        self._read_at = 0.0

    def get(self, read: Callable[[str], Secret]) -> Secret:
        """The secret; `read` is called with the text, by one thread at a time. What it raises is kept as long."""
        with self._lock:
            if self._found is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                try:
                    self._found = read(self.text)
                except Exception as error:
                    self._found = error
                self._read_at = time.monotonic()
            if isinstance(self._found, Exception):
                raise self._found
            return self._found
