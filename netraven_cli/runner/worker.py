"""The worker process: it does one call of a third-party handler or hook, answers, and ends."""

from __future__ import annotations

import faulthandler
import logging
import os
import pickle
import signal
import sys
from datetime import datetime, timezone
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, NoReturn

import netraven_cli.settings.keys  # noqa: F401 - settings come pickled: once here, and not in each fork
from netraven_cli.plugin import Concluding, Context, Handler, Hook
from netraven_cli.runner import answer
from netraven_cli.runner.call import HANDLERS, HOOKS
from netraven_cli.runner.parameters import checked
from netraven_cli.runner.process import die_with_parent, limit, unlimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.runner.call import Call

KINDS = {HANDLERS: (Handler, "plan and no run"), HOOKS: (Hook, "ended")}  # what it must be, and what it lacks else
FORMAT = "%(levelname)s %(name)s %(message)s"
DEFAULTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
STDIN, STDOUT, STDERR = 0, 1, 2


class NoDatabase:
    """Stands where a job's context would have the database: what a job needs was read beforehand."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a job has no database (it asked for {name}): only plan and conclude have one")


def work(call: bytes, answers: int, outputs: int, traces: int) -> NoReturn:
    """Do a call and answer it, in the process that was forked for it."""
    try:
        _settle_in(outputs, traces)
        with os.fdopen(answers, "wb") as file:
            file.write(_answered(pickle.loads(call)))  # noqa: S301 - from our own runner
        sys.stdout.flush()
    finally:
        os._exit(0)  # no thread that the handler left, and none of its exit functions, keeps this process


def _settle_in(outputs: int, traces: int) -> None:
    os.setpgid(0, 0)  # what the handler starts can be killed with it
    die_with_parent()
    signal.set_wakeup_fd(-1)
    for number in DEFAULTS:
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, STDIN), (outputs, STDOUT), (outputs, STDERR)):
        os.dup2(descriptor, place)
    sys.stdout = open(STDOUT, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(STDERR, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    # Also dumps on SIGABRT, by which the leader asks where this is: in C, whoever holds the interpreter lock.
    faulthandler.enable(file=traces)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=FORMAT)
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)


def _answered(call: Call) -> bytes:
    limit(call.settings.handlers.memory_bytes)
    try:
        return _done(call)
    except MemoryError:
        unlimit()
        return answer.out_of_memory()
    except BaseException as error:  # a SystemExit too: the answer says so
        return answer.of_error(error)


def _done(call: Call) -> bytes:
    try:
        loaded = EntryPoint(name=call.type, value=call.point, group=call.group).load()()
        kind, lacks = KINDS[call.group]
        if not isinstance(loaded, kind):
            raise TypeError(f"{call.point} has no {lacks}")
    except Exception as error:
        return answer.unloadable(error)
    return METHODS[call.method](loaded, call)


def _run(handler: Handler, call: Call) -> bytes:
    return answer.of_result(handler.run(_context(handler, call, NoDatabase()), *call.arguments))


def _plan(handler: Handler, call: Call) -> bytes:
    with _database(call) as database:
        return answer.of_jobs(handler.plan(_context(handler, call, database), *call.arguments))


def _conclude(handler: Handler, call: Call) -> bytes:
    if isinstance(handler, Concluding):
        with _database(call) as database:
            handler.conclude(_context(handler, call, database))
    return answer.of_nothing()


def _ended(hook: Hook, call: Call) -> bytes:
    with _database(call) as database:
        hook.ended(Context(settings=call.settings, database=database, now=_now, handlers={}), *call.arguments)
    return answer.of_nothing()


def _check(_loaded: Handler | Hook, _call: Call) -> bytes:
    return answer.of_nothing()


def _checked_parameters(handler: Handler, call: Call) -> bytes:
    return answer.of_parameters(checked(handler, call.type, *call.arguments))


METHODS: dict[str, Callable[[Any, Call], bytes]] = {
    "run": _run,
    "plan": _plan,
    "conclude": _conclude,
    "ended": _ended,
    "check": _check,
    "checked_parameters": _checked_parameters,
}


def _context(handler: Handler, call: Call, database: Any) -> Context:
    return Context(settings=call.settings, database=database, now=_now, handlers={call.type: handler})


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _database(call: Call) -> Any:
    """The database, closed at the end."""
    from contextlib import closing  # noqa: PLC0415

    from netraven_cli.store.database import Database  # noqa: PLC0415 - 160 ms that a job does not need

    return closing(Database(call.settings.database_url, call.settings.database.busy_timeout_seconds))
