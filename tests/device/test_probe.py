from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.probe import answering
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable

STAND_IN = Path(__file__).with_name("fping_stand_in.sh")
PING_STAND_IN = Path(__file__).with_name("ping_stand_in.sh")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an fping in it, that is in the PATH."""
    shutil.copy(STAND_IN, tmp_path / "fping")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_what_fping_calls_alive_is_found_and_its_pace_is_ours(folder: Path) -> None:
    assert answering(["192.0.2.1", "192.0.2.7", "192.0.2.17"], 200) == {"192.0.2.7", "192.0.2.17"}
    assert "-i 5" in (folder / "called").read_text()


def test_an_fping_that_may_not_send_is_told_in_a_sentence(folder: Path) -> None:
    (folder / "forbidden").touch()
    with pytest.raises(AttemptError, match=r"cannot send echo requests here: fping: can't create socket") as failed:
        answering(["192.0.2.7"], 200)
    assert failed.value.error_class is ErrorClass.SETTINGS


def test_without_fping_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AttemptError, match="there is no fping here; install it"):
        answering(["192.0.2.7"], 200)


@pytest.fixture
def ping_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ping in it, and nothing else in the PATH."""
    shutil.copy(PING_STAND_IN, tmp_path / "ping")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_where_there_is_no_fping_ping_is_asked_address_by_address(ping_alone: Path) -> None:
    asked = [f"192.0.2.{number}" for number in range(1, 41)]
    assert answering(asked, 2000) == {"192.0.2.7", "192.0.2.17", "192.0.2.27", "192.0.2.37"}
    called = (ping_alone / "called").read_text().splitlines()
    assert sorted(called) == sorted(f"-q -c 1 -W 1 {address}" for address in asked)


def test_a_ping_that_may_not_send_is_told_in_a_sentence(ping_alone: Path) -> None:
    (ping_alone / "forbidden").touch()
    with pytest.raises(
        AttemptError, match="ping cannot send echo requests here: ping: socket: Operation not permitted"
    ):
        answering(["192.0.2.1", "192.0.2.7"], 200)


def test_pings_are_ended_from_outside_at_once(ping_alone: Path) -> None:
    (ping_alone / "slow").touch()
    begun, closes, failed = threading.Event(), list["Callable[[], None]"](), list[AttemptError]()

    def hand_over(close: Callable[[], None]) -> None:
        closes.append(close)
        begun.set()

    def slowly() -> None:
        try:
            answering(["192.0.2.1"], 10, hand_over)
        except AttemptError as error:
            failed.append(error)

    thread = threading.Thread(target=slowly)
    thread.start()
    assert begun.wait(30)
    closes[0]()
    thread.join(30)
    assert [error.error_class for error in failed] == [ErrorClass.CANCELLED]
