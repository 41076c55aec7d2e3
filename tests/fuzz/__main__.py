"""Search by coverage for bytes that break what holds for any text: python -m tests.fuzz SECONDS [FILE].

With a file it is tried alone, so that what was found once can be looked at again. Its first byte chooses the platform.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["netraven_cli", "tests.fuzz"]):
    from tests.fuzz.texts import NAMES, PASSWORD, check

from tests.snapshot.canaries import FAMILIES, configuration

LONGEST = 6000  # characters; more than the longest line that expressions are let loose on


def try_one(data: bytes) -> None:
    """One input of the search."""
    if data:
        check(data[1:], NAMES[data[0] % len(NAMES)])


def write_seeds(folder: Path) -> None:
    """The recordings of every family and its secrets, each as one of its platform."""
    for number, name in enumerate(NAMES[:-1]):
        (folder / f"{name}.secrets").write_bytes(bytes([number]) + configuration(name).encode()[:LONGEST])
        for recording in FAMILIES[name].glob("*.txt"):
            (folder / f"{name}.{recording.name}").write_bytes(bytes([number]) + recording.read_bytes()[:LONGEST])


def main() -> None:
    """Search for so many seconds; what breaks is written into the environment's folder as found-…."""
    seconds, given = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words")
        words.write_text(
            "".join(f'"{word}"\n' for word in ("BEGIN RSA PRIVATE KEY", "$6$", PASSWORD, "\\x1b[", "\\x08"))
        )
        seeds = Path(folder, "seeds")
        seeds.mkdir()
        write_seeds(seeds)
        limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=20", "-rss_limit_mb=2048"]
        limits.append(f"-artifact_prefix={sys.prefix}/found-")
        atheris.Setup([sys.argv[0], *limits, f"-dict={words}", *(given or [str(seeds)])], try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
