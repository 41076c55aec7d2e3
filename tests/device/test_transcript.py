from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.transcript import LONGEST_BYTES, Transcript
from netraven_cli.model import Secret
from tests.device.conftest import fetch_from

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator import SimulatedNetwork

SECRET = "s3cret-Pa55"


def written(place: Path, *parts: bytes, secrets: tuple[str, ...] = (SECRET,)) -> bytes:
    transcript = Transcript(place, map(Secret, secrets))
    for part in parts:
        transcript.add(part)
    kept = transcript.keep()
    assert kept
    return kept.read_bytes()


def test_a_secret_is_masked(tmp_path: Path) -> None:
    assert written(tmp_path / "t", b"password s3cret-Pa55 set\n") == b"password ******** set\n"


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a_secret_split_over_two_reads_is_masked(cut: int, tmp_path: Path) -> None:
    secret = SECRET.encode()
    assert written(tmp_path / "t", b"x " + secret[:cut], secret[cut:] + b" y") == b"x ******** y"


def test_a_secret_that_comes_byte_by_byte_is_masked(tmp_path: Path) -> None:
    parts = [bytes([byte]) for byte in b"x s3s3cret-Pa55 y"]
    assert written(tmp_path / "t", *parts) == b"x s3******** y"


def test_of_two_secrets_the_longer_is_masked_whole(tmp_path: Path) -> None:
    text = written(tmp_path / "t", b"s3cret-Pa55-enable", secrets=(SECRET, SECRET + "-enable"))
    assert text == b"********"


def test_the_telling_beginning_of_a_secret_at_the_end_is_masked(tmp_path: Path) -> None:
    assert written(tmp_path / "t", b"x s3cret") == b"x ********"
    assert written(tmp_path / "u", b"configs") == b"configs"


def test_a_transcript_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    written(tmp_path / "new" / "t", b"text")
    assert stat.S_IMODE((tmp_path / "new" / "t").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_transcript_that_is_not_kept_was_on_no_disk(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "new" / "t")
    transcript.add(b"text" * 100_000)
    assert not list(tmp_path.iterdir())


def test_a_transcript_that_was_kept_is_there_alone(tmp_path: Path) -> None:
    written(tmp_path / "t", b"text")
    assert [place.name for place in tmp_path.iterdir()] == ["t"]


def test_what_is_too_much_is_counted_and_a_note_is_kept_all_the_same(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "t", [Secret(SECRET)])
    transcript.add(b"x" * (LONGEST_BYTES - 4))
    transcript.add(SECRET.encode() + b" and more")
    transcript.note("the end")
    kept = transcript.keep()
    assert kept
    end = b"x********\n[netraven: 16 more bytes came, and are left out]\n\n[netraven: the end]\n"
    assert kept.read_bytes().endswith(end)


def test_a_transcript_that_cannot_be_made_is_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    transcript = Transcript(tmp_path / "file" / "t")
    transcript.add(b"text")
    assert transcript.keep() is None
    assert [record.getMessage().split()[0] for record in caplog.records] == ["transcript_lost"]
    assert [place.name for place in tmp_path.iterdir()] == ["file"]


def test_the_transcript_of_a_session_has_all_but_the_secrets(network: SimulatedNetwork, tmp_path: Path) -> None:
    simulated = network.add(name="talker", platform="cisco_ios", config=f"username admin password {SECRET}\nend\n")
    secrets = [Secret(simulated.password), Secret(simulated.enable)]
    transcript = Transcript(tmp_path / "t", secrets)
    fetched = fetch_from(simulated, transcript=transcript)
    kept = transcript.keep()
    assert kept
    text = kept.read_text()
    assert SECRET in fetched.text
    assert "show running-config" in text
    assert "username admin password ********" in text
    assert SECRET not in text
    assert simulated.enable not in text
    network.remove(simulated)


def test_a_transcript_whose_secrets_are_to_be_hidden_is_read_as_a_whole(tmp_path: Path) -> None:
    def hide(text: str) -> str:
        return text.replace("of many\nlines", "hidden")

    transcript = Transcript(tmp_path / "t", [Secret(SECRET)], hide)
    for part in ("a key of ma", f"ny\nlines, {SECRET[:3]}", f"{SECRET[3:]}\n"):
        transcript.add(part.encode())
    kept = transcript.keep()
    assert kept
    assert kept.read_text() == "a key hidden, ********\n"
