"""One session on one device: log in, ask for the configuration, leave. Changes nothing on the device."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from netraven_cli.device.host_keys import check_host_key
from netraven_cli.device.line import Line
from netraven_cli.device.reader import QUIET_AT_SECOND_READ_SECONDS, QUIET_SECONDS, Reader
from netraven_cli.device.wire import LostError
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from netraven_cli.device.reader import Answer
    from netraven_cli.device.transcript import Transcript
    from netraven_cli.model import Device, Hop, Login, Options, Platform
    from netraven_cli.settings.sections import SessionSettings

FAREWELL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session may take, which host keys it trusts, and over which jump hosts it goes."""

    login_timeout_seconds: float = 15
    idle_timeout_seconds: float = 30
    host_keys: str = "accept-new"  # strict, off: see host_keys.py
    jumps: tuple[Hop, ...] = ()  # the first to be reached first


def limits_of(settings: SessionSettings, options: Options, jumps: tuple[Hop, ...]) -> Limits:
    """The limits of the sessions on a device with these options, behind these jump hosts."""
    return Limits(
        login_timeout_seconds=options.login_timeout_seconds or settings.login_timeout_seconds,
        idle_timeout_seconds=options.idle_timeout_seconds or settings.idle_timeout_seconds,
        host_keys=settings.host_keys,
        jumps=jumps,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a device answered to the commands of its platform."""

    text: str
    second_text: str | None = None  # the answers of a second read; None: there was none
    ended: str | None  # why the text may be a part only; None: the prompt came back after each command
    prompt_seen: bool
    host_key: str | None  # as the device showed it: "type base64"; None over telnet, which has none
    further: Mapping[str, Fetched] = field(default_factory=dict)  # further files; what was not come to is not there


def fetch(  # noqa: PLR0913 - they say whom, how and how far to ask, each by its name
    device: Device,
    platform: Platform,
    login: Login,
    limits: Limits,
    transcript: Transcript | None = None,
    on_abort: Callable[[Callable[[], None]], None] = lambda _close: None,
    read_again: Callable[[str], bool] = lambda _text: False,
    *,
    further: Mapping[str, Platform] | None = None,
) -> Fetched:
    """The configuration of a device, as it shows it.

    Args:
        device: address, port and the host key on record.
        platform: the commands, and how their answers are read.
        login: the opened credential.
        limits: of this session.
        transcript: takes all that the device sends.
        on_abort: is handed a function that ends the session at once, from any thread.
        read_again: looks at the text of the first read and says whether there is to be a second.
        further: other files to be read after it, each with its commands; what becomes of them does not touch it.

    Raises:
        AttemptError: no session came about, or not a single byte of an answer.
    """
    with opened(device, platform, login, limits, transcript, on_abort) as session:
        reader, line = session.reader, session.line
        first = _judge(list(_ask_all(reader, platform)), line, session.host_key)
        if not first.ended and read_again(first.text):
            first = _beside(first, list(_ask_all(reader, platform, QUIET_AT_SECOND_READ_SECONDS)))
            _refuse_aborted(first, line)
        return first if first.ended else replace(first, further=_read_further(session, further or {}))


def _read_further(session: Session, files: Mapping[str, Platform]) -> dict[str, Fetched]:
    """The files in turn; the first that has no end is the last: nothing can be asked after it."""
    found: dict[str, Fetched] = {}
    for file, platform in files.items():
        read = _fetched(list(_ask_all(session.reader, platform)), session.host_key)
        if platform.reads_twice and not read.ended:
            read = _beside(read, list(_ask_all(session.reader, platform, QUIET_AT_SECOND_READ_SECONDS)))
        found[file] = read
        if read.ended:
            break
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login: ask through the reader."""

    reader: Reader
    prompt: str
    host_key: str | None  # as the device showed it: "type base64"; None over telnet, which has none
    line: Line


@contextlib.contextmanager
def opened(
    device: Device,
    platform: Platform,
    login: Login,
    limits: Limits,
    transcript: Transcript | None = None,
    on_abort: Callable[[Callable[[], None]], None] = lambda _close: None,
    on_key: Callable[[str], None] = lambda _key: None,
) -> Iterator[Session]:
    """Log in, and leave at the end; `on_key` hears of the host key before anything secret is sent.

    Raises:
        AttemptError: no session came about.
    """
    # netmiko takes 130 ms to import, and only a session needs it.
    from netraven_cli.device.connect import connect  # noqa: PLC0415

    shown_keys: list[str] = []

    def accept_key(key: str) -> None:
        on_key(key)
        check_host_key(line.where, device.host_key, key, limits.host_keys)
        shown_keys.append(key)

    with Line(device, limits.login_timeout_seconds, limits.jumps) as line:
        on_abort(line.cut)
        with connect(device, platform, login, line, accept_key, transcript, limits) as driver:
            line.logged_in()
            reader = Reader(
                driver.wire,
                driver.shown_prompt,
                pager=platform.pager,
                idle_timeout_seconds=limits.idle_timeout_seconds,
                enter=driver.RETURN,
            )
            line.goodbye = partial(_say_goodbye, driver, platform)
            with _leaving(driver, platform, line):
                yield Session(
                    reader=reader,
                    prompt=driver.shown_prompt.line,
                    host_key=shown_keys[-1] if shown_keys else None,
                    line=line,
                )


@contextlib.contextmanager
def _leaving(driver: Any, platform: Platform, line: Line) -> Iterator[None]:
    try:
        yield
    finally:
        line.goodbye = None
        _say_goodbye(driver, platform)
        driver.wire.wait_for_end(FAREWELL_SECONDS)


def _say_goodbye(driver: Any, platform: Platform) -> None:
    with contextlib.suppress(LostError):
        driver.wire.write(platform.leave + driver.RETURN)


def _ask_all(reader: Reader, platform: Platform, quiet_seconds: float = QUIET_SECONDS) -> Iterator[Answer]:
    """The answers to the commands; the first that has no end is the last."""
    for command in platform.commands:
        answer = reader.ask(command, quiet_seconds)
        yield answer
        if answer.ended:
            return


def _refuse_aborted(read: Fetched, line: Line) -> None:
    if read.ended and line.is_aborted:
        raise line.abort_error()


def _beside(first: Fetched, answers: list[Answer]) -> Fetched:
    """The first read with what a second one brought; if it breaks off, neither is taken for whole."""
    ended = f"at the second read, {answers[-1].ended}" if answers[-1].ended else None
    return replace(first, second_text=_text(answers), ended=ended, prompt_seen=not ended)


def _text(answers: list[Answer]) -> str:
    return "".join(answer.text for answer in answers)


def _judge(answers: list[Answer], line: Line, host_key: str | None) -> Fetched:
    last, read = answers[-1], _fetched(answers, host_key)
    _refuse_aborted(read, line)
    if last.ended and not read.text.strip():
        error_class = ErrorClass.TIMEOUT if last.timed_out else ErrorClass.NETWORK
        raise AttemptError(error_class, f"{line.where}: {last.ended}")
    return read


def _fetched(answers: list[Answer], host_key: str | None) -> Fetched:
    ended = answers[-1].ended
    return Fetched(text=_text(answers), ended=ended, prompt_seen=not ended, host_key=host_key)
