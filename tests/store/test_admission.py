"""Admission as a law: never more than a limit allows, and nothing is held that may start; random claims and settles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from netraven_cli.model import Limit, Outcome
from netraven_cli.store.tables import breaker, device, job, job_event, session_limit, session_pace
from tests.store.sessions import Sessions

if TYPE_CHECKING:
    from netraven_cli.store.claiming import Claimed
    from netraven_cli.store.database import Database

DEVICES = {"a": ("z1", ("t1",)), "b": ("z1", ()), "c": ("z2", ("t1", "t2")), "d": ("z2", ("t2",)), "e": ("z3", ())}
KEYS = ("global", "zone:z1", "zone:z2", "tag:t1", "tag:t2")
MINUTE = timedelta(minutes=1)
numbers = st.one_of(st.none(), st.integers(1, 3))
limit_sets = st.dictionaries(st.sampled_from(KEYS), st.tuples(numbers, numbers).filter(any), max_size=4)
paces = st.one_of(st.none(), st.integers(1, 3))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(sorted(DEVICES))),
        st.tuples(st.just("put"), st.sampled_from(sorted(DEVICES))),
        st.tuples(st.just("take"), st.integers(1, 6)),
        st.tuples(st.just("end"), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.sampled_from((0.001, 5, 20, 30, 60))),
    ),
    min_size=10,
    max_size=60,
)


def keys_of(name: str) -> set[str]:
    zone, tags = DEVICES[name]
    return {"global", f"zone:{zone}", *(f"tag:{tag}" for tag in tags)}


class Model:
    """What happened, and from it alone what may happen."""

    def __init__(self, limits: dict[str, Limit], device_pace: int | None) -> None:
        self.limits, self.device_pace = limits, device_pace
        self.running: list[Claimed] = []
        self.begun: list[tuple[datetime, str]] = []

    def may_start(self, name: str, now: datetime) -> bool:
        if any(held.subject == name for held in self.running):
            return False
        return all(self._has_room(self.limits[key], now) for key in keys_of(name) & self.limits.keys()) and (
            self.device_pace is None or self._is_its_turn(self.device_pace, lambda other: other == name, now)
        )

    def _has_room(self, limit: Limit, now: datetime) -> bool:
        busy = sum(limit.key in keys_of(held.subject) for held in self.running)
        free = limit.concurrent is None or busy < limit.concurrent
        return free and (
            limit.per_minute is None
            or self._is_its_turn(limit.per_minute, lambda other: limit.key in keys_of(other), now)
        )

    def _is_its_turn(self, per_minute: int, counts: object, now: datetime) -> bool:
        last = max((at for at, name in self.begun if counts(name)), default=None)  # type: ignore[operator]
        return last is None or (now - last) * per_minute >= MINUTE

    def check(self) -> None:
        for key, limit in self.limits.items():
            if limit.concurrent is not None:
                assert sum(key in keys_of(held.subject) for held in self.running) <= limit.concurrent
            if limit.per_minute is not None:
                check_window([at for at, name in self.begun if key in keys_of(name)], limit.per_minute)
        if self.device_pace is not None:
            for one in DEVICES:
                check_window([at for at, name in self.begun if name == one], self.device_pace)


def check_window(times: list[datetime], per_minute: int) -> None:
    """No minute, wherever it begins, has more than so many."""
    for first in times:
        assert sum(first <= at < first + MINUTE for at in times) <= per_minute, times


def prepare(database: Database, limits: dict[str, tuple[int | None, int | None]], device_pace: int | None) -> Sessions:
    with database.write() as connection:
        for table in (job_event, job, session_limit, session_pace, breaker):
            connection.execute(delete(table))
        known = connection.execute(select(device.c.id)).scalars().all()
    sessions = Sessions(database)
    if not known:
        for name, (zone, tags) in DEVICES.items():
            sessions.devices(name, zone=zone, tags=tags)
    for key, (concurrent, per_minute) in limits.items():
        with_numbers = {"concurrent": concurrent, "per_minute": per_minute}
        sessions.limit(key, **{name: number for name, number in with_numbers.items() if number is not None})
    if device_pace:
        sessions.limit("device", per_minute=device_pace)
    return sessions


def ready(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(job.c.subject).where(job.c.state == "ready")).scalars())


def test_a_limit_is_never_exceeded_and_nothing_is_held_that_may_start(database: Database) -> None:
    if not database.is_postgres:
        event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))  # for speed

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(limits=limit_sets, device_pace=paces, steps=steps)
    def holds_for_any_history(
        limits: dict[str, tuple[int | None, int | None]], device_pace: int | None, steps: list[tuple[str, object]]
    ) -> None:
        sessions = prepare(database, limits, device_pace)
        model = Model(
            {key: Limit(key=key, concurrent=most, per_minute=rate) for key, (most, rate) in limits.items()}, device_pace
        )
        for what, value in steps:
            act(sessions, model, what, value)
            model.check()

    holds_for_any_history()


def act(sessions: Sessions, model: Model, what: str, value: object) -> None:
    if what == "put":
        sessions.put(str(value))
    elif what == "wait":
        sessions.later(float(str(value)))
    elif what == "end" and model.running:
        held = model.running.pop(int(str(value)) % len(model.running))
        sessions.end(held, Outcome.SUCCEEDED)
    elif what == "take":
        most = int(str(value))
        taken = sessions.take(most)
        for held in taken:
            assert model.may_start(held.subject, sessions.now), held
            model.running.append(held)
            model.begun.append((sessions.now, held.subject))
        if len(taken) < most:
            held_back = {name for name in ready(sessions.database) if model.may_start(name, sessions.now)}
            assert held_back == set()
            check_explained(sessions, model)


def check_explained(sessions: Sessions, model: Model) -> None:
    """Each job that is held says why, and when it says until when, nothing but another session keeps it longer."""
    for name in ready(sessions.database):
        if any(held.subject == name for held in model.running):
            continue
        holds = sessions.holds(name)
        assert holds, name
        untils = [hold.until for hold in holds]
        if all(untils):
            moment = max(until for until in untils if until)
            assert model.may_start(name, moment)
            assert not model.may_start(name, moment - timedelta(microseconds=1))
