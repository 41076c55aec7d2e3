"""The sessions of devices, from the log that they keep themselves: what limits and exclusion are held against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.crash.journal import Journal


@dataclass(kw_only=True)
class Session:
    """One login: by which process, for which job; times are seconds of one clock for all processes."""

    device: str
    process: int
    job: int
    attempt: int
    began: float
    began_line: int  # of the journal
    ended: float | None = None  # None: its process was killed
    ended_line: int | None = None


def sessions_of(journal: Journal) -> dict[str, list[Session]]:
    """The sessions of each device, in the order in which they began."""
    found: dict[str, list[Session]] = defaultdict(list)
    under_way: dict[tuple[int, int], Session] = {}
    for number, line in enumerate(journal.read()):
        if line["what"] == "login":
            session = Session(
                device=line["device"], process=line["process"], job=line["job"], attempt=line["attempt"],
                began=line["at"], began_line=number,
            )  # fmt: skip
            under_way[line["process"], line["job"]] = session
            found[line["device"]].append(session)
        elif line["what"] == "logout":
            session = under_way.pop((line["process"], line["job"]))
            session.ended, session.ended_line = line["at"], number
    return found


def most_at_once_within(sessions: list[Session], seconds: float) -> int:
    """The most sessions that began within any such length of time: at most what a limit in it allows."""
    began = sorted(session.began for session in sessions)
    first = most = 0
    for last, moment in enumerate(began):
        while began[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
