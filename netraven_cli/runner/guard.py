"""The resource guard: a runner that is short of memory, descriptors or processor claims less, and says so."""

from __future__ import annotations

import logging
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netraven_cli.settings.sections import RunnerSettings

log = logging.getLogger("netraven.runner")
MEGABYTE = 1_000_000
ATTEMPT_MEGABYTES = 4  # what one more session may take, its configuration included
ATTEMPT_DESCRIPTORS = 6  # socket, transcript, log, and what a worker process needs
MOST_WORKERS = 1000  # what a pool may have
LOOK_SECONDS = 1.0  # a look costs about 0.1 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What this process may still take."""

    free_memory_mb: float
    free_descriptors: int
    load_per_core: float


def resources(root: Path = Path("/")) -> Resources:
    """Ask the kernel; `root` stands for the root of the file system."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Resources(
        free_memory_mb=min([_available(root), *_left_of_cgroups(root)]) / MEGABYTE,
        free_descriptors=limit - descriptors(),
        load_per_core=_load() / len(os.sched_getaffinity(0)),
    )


def descriptors() -> int:
    """How many are open in this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names alone; it is asked every second


def resident_bytes() -> int:
    """How much memory this process has: the second field of man 5 proc_pid_statm, in pages."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _load() -> float:
    """Of the last minute; 0 where it is hidden, as by ProcSubset=pid of man 5 systemd.exec or in some containers."""
    try:
        return os.getloadavg()[0]
    except OSError:
        return 0.0


def _available(root: Path) -> float:
    """In bytes; without end where it is hidden: the limits of control groups count all the same."""
    try:
        lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("inf")
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), float("inf"))


def _left_of_cgroups(root: Path) -> Iterator[float]:
    """What the limits of this process's control group, and of those above it, leave.

    Files that were read and can be dropped do not count: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory.
    """
    mount = root / "sys/fs/cgroup"
    try:
        own = (root / "proc/self/cgroup").read_text(encoding="utf-8").strip().rpartition("0::/")[2]
    except OSError:
        return
    for group in (mount / own, *(mount / own).parents):
        if group == mount.parent:
            return
        try:
            limit = (group / "memory.max").read_text(encoding="ascii").strip()
            used = int((group / "memory.current").read_text(encoding="ascii"))
            details = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        except OSError:
            continue
        if limit != "max":
            yield int(limit) - (used - int(details.get("inactive_file", 0)))


class Guard:
    """Says how many more attempts may begin; one at a time always may, so that a run never stands still."""

    def __init__(self, limits: RunnerSettings, look: Callable[[], Resources] = resources) -> None:
        self.short_of: str | None = None  # for the log and the status
        self._limits, self._look = limits, look
        self._most, self._looked_at = 0, float("-inf")  # attempts at once; seconds, monotonic

    def room(self, free: int, busy: int) -> int:
        """How many of the free places may be taken, with so many attempts under way."""
        if not free:
            return 0
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._judge(self._look(), busy)
        return max(min(free, self._most - busy), 0) or (0 if busy else 1)

    def _judge(self, found: Resources, busy: int) -> None:
        limits = self._limits
        memory = (found.free_memory_mb - limits.reserve_memory_mb) / ATTEMPT_MEGABYTES
        files = (found.free_descriptors - limits.reserve_descriptors) / ATTEMPT_DESCRIPTORS
        load = 0 if limits.max_load_per_core and found.load_per_core > limits.max_load_per_core else float("inf")
        room, what = min(
            (memory, f"memory: {found.free_memory_mb:.0f} MB free, runner.reserve_memory_mb is "
                     f"{limits.reserve_memory_mb}"),
            (files, f"descriptors: {found.free_descriptors} free, runner.reserve_descriptors is "
                    f"{limits.reserve_descriptors}"),
            (load, f"processor: load {found.load_per_core:.1f} per core, runner.max_load_per_core is "
                   f"{limits.max_load_per_core}"),
        )  # fmt: skip
        self._looked_at = time.monotonic()
        self._most = busy + max(int(min(room, MOST_WORKERS)), 0)
        self._tell(what if room < 1 else None)

    def _tell(self, short_of: str | None) -> None:
        """Log when it begins and when it is over, not every second."""
        before, self.short_of = self.short_of, short_of
        if short_of and not before:
            log.warning("claims_less short_of=%s", short_of)
        elif before and not short_of:
            log.warning("claims_as_before")
