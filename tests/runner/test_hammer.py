"""Four processes hammer one queue and are killed at random: the devices' own log says whether the limits were kept."""

from __future__ import annotations

import heapq
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from netraven_cli.model import JobState, Limit, NewJob, Secret
from netraven_cli.store import credentials, inventory, jobs, limits, queue
from netraven_cli.store.tables import job, job_event
from netraven_cli.store.vault import Vault, create_key_file
from tests.store.make import new_credential, new_device

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from netraven_cli.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
ZONES = {"z1": 2, "z2": 3}  # with the sessions that they allow at once
GLOBAL, PER_DEVICE, PER_TAG = 4, 600, 1800  # at once, a minute, a minute
JOBS_OF_A_DEVICE, KILLS, PROCESSES = 6, 6, 4
NAMES = [f"{zone}-{number}" for zone in ZONES for number in range(6)]


@dataclass
class Session:
    pid: int
    device: str
    connection: socket.socket


@dataclass
class Devices:
    """All devices on one port. They note how many sessions each limit has at once, at its worst."""

    seed: int
    killed: set[int] = field(default_factory=set)
    most: Counter[str] = field(default_factory=Counter)
    begun: int = 0
    grown: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Devices:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        self._stopped = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join()
        self._listener.close()

    def wait_for(self, begun: int) -> None:
        with self.grown:
            assert self.grown.wait_for(lambda: self.begun >= begun, timeout=250)

    def _serve(self) -> None:
        chance = random.Random(self.seed)
        self._open: dict[socket.socket, Session] = {}
        answers: list[tuple[float, int, socket.socket]] = []
        with selectors.DefaultSelector() as ready:
            ready.register(self._listener, selectors.EVENT_READ)
            while not self._stopped:
                for key, _ in ready.select(timeout=0.005):
                    place = key.fileobj
                    assert isinstance(place, socket.socket)
                    if place is self._listener:
                        ready.register(place.accept()[0], selectors.EVENT_READ)
                    elif place in self._open:
                        self._end(place)
                        ready.unregister(place)
                        place.close()
                    elif self._begin(place):
                        heapq.heappush(answers, (time.monotonic() + chance.random() / 50, id(place), place))
                    else:
                        ready.unregister(place)
                        place.close()
                while answers and answers[0][0] <= time.monotonic():
                    _answer(heapq.heappop(answers)[2])
            for place in [*self._open]:
                place.close()

    def _begin(self, place: socket.socket) -> bool:
        """A session begins; whoever hung up before is gone, whatever order the kernel tells it in."""
        words = _said(place).split()
        if len(words) != 2:
            return False  # killed before it said anything
        for other, session in list(self._open.items()):
            if session.pid in self.killed or _hung_up(other):
                self._end(other)
        self._open[place] = Session(int(words[0]), words[1].decode(), place)
        counts = Counter({"global": len(self._open)})
        counts.update(key for one in self._open.values() for key in (one.device, one.device.partition("-")[0]))
        self.most |= counts
        with self.grown:
            self.begun += 1
            self.grown.notify_all()
        return True

    def _end(self, place: socket.socket) -> None:
        self._open.pop(place, None)


def _said(place: socket.socket) -> bytes:
    try:
        return place.recv(200)
    except OSError:
        return b""  # its process was killed


def _hung_up(place: socket.socket) -> bool:
    try:
        return place.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _answer(place: socket.socket) -> None:
    try:
        place.sendall(b".")
    except OSError:
        return  # it was killed, or is closed already


def prepare(database: Database, folder: Path) -> int:
    create_key_file(folder / "vault.key")
    kept = [
        *(Limit(key=f"zone:{zone}", concurrent=most) for zone, most in ZONES.items()),
        Limit(key="global", concurrent=GLOBAL),
        Limit(key="device", per_minute=PER_DEVICE),
        Limit(key="tag:odd", per_minute=PER_TAG),
    ]
    with database.write() as connection:
        lab = {"password": Secret("x")}
        credentials.add(connection, Vault(folder / "vault.key"), new_credential("lab"), lab, NOW)
        tags = {name: ("odd",) if int(name[-1]) % 2 else () for name in NAMES}
        devices = [new_device(name, zone=name.partition("-")[0], tags=tags[name]) for name in NAMES]
        inventory.add_devices(connection, devices, NOW)
        for one in kept:
            limits.add(connection, one, NOW)
        new = [NewJob(type="calls", subject=name, exclusive_key=f"device:{name}") for name in NAMES * JOBS_OF_A_DEVICE]
        return len(queue.enqueue(connection, new, now=NOW, run_id=None, who="test"))


def claims(database: Database, names: Sequence[str]) -> list[datetime]:
    query = select(job_event.c.at).join(job).where(job_event.c.after == "running", job.c.subject.in_(names))
    with database.read() as connection:
        return list(connection.execute(query.order_by(job_event.c.at)).scalars())


@pytest.mark.timeout(600)
def test_four_processes_that_are_killed_at_random_keep_every_limit_and_do_every_job(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    seed = int(os.environ.get("NETRAVEN_SEED") or random.randrange(10**9))
    print("seed", seed)
    chance = random.Random(seed)
    count = prepare(database, tmp_path)
    with Devices(seed) as devices, nursery() as processes:
        wanted = json.dumps({"url": database_url, "folder": str(tmp_path), "port": devices.port})
        alive = [start(processes, wanted) for _ in range(PROCESSES)]
        for _ in range(KILLS):
            devices.wait_for(devices.begun + chance.randint(1, count // KILLS // 2))
            victim = alive.pop(chance.randrange(len(alive)))
            devices.killed.add(victim)
            os.kill(victim, signal.SIGKILL)
            alive.append(start(processes, wanted))
        processes.communicate(timeout=250)  # all of them have ended
    with database.read() as connection:
        ended = Counter(one.state for one in jobs.list_jobs(connection, limit=None))
    assert ended == {JobState.SUCCEEDED: count}
    assert devices.begun >= count
    assert max(devices.most[name] for name in NAMES) == 1
    for zone, most in ZONES.items():
        assert devices.most[zone] <= most
    assert devices.most["global"] <= GLOBAL
    for name in NAMES:
        assert closest(claims(database, [name])) >= timedelta(minutes=1) / PER_DEVICE
    odd = [name for name in NAMES if int(name[-1]) % 2]
    assert closest(claims(database, odd)) >= timedelta(minutes=1) / PER_TAG


def closest(times: Sequence[datetime]) -> timedelta:
    return min(later - before for before, later in pairwise(times))


def nursery() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.runner.hammer"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def start(processes: subprocess.Popen[str], wanted: str) -> int:
    assert processes.stdin
    assert processes.stdout
    processes.stdin.write(wanted + "\n")
    processes.stdin.flush()
    return int(processes.stdout.readline())
