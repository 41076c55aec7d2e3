"""What happened in a world, written so that it survives SIGKILL: one line each, in the order in which it happened."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Journal:
    """A file that processes append whole lines to; it is opened before anything can be killed."""

    path: Path
    descriptor: int = -1

    @staticmethod
    def open(path: Path) -> Journal:
        return Journal(path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))

    def note(self, what: str, **more: Any) -> None:
        os.write(self.descriptor, json.dumps({"what": what, "process": os.getpid(), **more}).encode() + b"\n")

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def all(self, what: str) -> list[dict[str, Any]]:
        return [line for line in self.read() if line["what"] == what]
