from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netraven_cli.device.probe import answering
from netraven_cli.errors import AttemptError, ErrorClass

STAND_IN = Path(__file__).with_name("fping_stand_in.sh")


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
