"""Signed commits, by real keys of ssh-keygen, and a plain folder beside git."""

from __future__ import annotations

import dataclasses
import subprocess
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, PermissionDeniedError
from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import git, pending

if TYPE_CHECKING:
    from pathlib import Path

WHO = "netraven@localhost"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Archive.create(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "signing"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    (tmp_path / "signers").write_text(f"{WHO} {file.with_suffix('.pub').read_text()}")
    return file


def signer(folder: Path, commit: str) -> str:
    """Who signed, as git says that has the list of signers; an error if it is not a good signature."""
    trusted = ("-c", f"gpg.ssh.allowedSignersFile={folder.parent}/signers")
    git(folder, *trusted, "verify-commit", commit)
    return git(folder, *trusted, "log", "-1", "--format=%G? %GS", commit)


@pytest.mark.parametrize("mode", ["device", "run"])
def test_each_commit_is_signed_and_git_verifies_it(folder: Path, key: Path, mode: str) -> None:
    archive = Archive(folder, signing_key=key, commit_mode="run" if mode == "run" else "device")
    first = archive.write([pending(1, "r1", "a\n"), pending(2, "r2", "b\n"), pending(3, "r1", "c\n")])
    second = archive.write([pending(4, "r2", "d\n")], first[-1].commit)
    for commit in git(folder, "rev-list", "main").split():
        assert signer(folder, commit) == f"G {WHO}"
    assert {one.commit for one in first + second} == set(git(folder, "rev-list", "main").split())
    assert [archive.read(one.path, one.commit) for one in first] == ["a\n", "b\n", "c\n"]
    git(folder, "fsck", "--strict")


def test_a_signature_does_not_cover_what_somebody_changed(folder: Path, key: Path) -> None:
    (written,) = Archive(folder, signing_key=key).write([pending(1, "r1", "a\n")])
    forged = git(folder, "cat-file", "commit", written.commit).replace("r1:", "r2:") + "\n"
    name = git(folder, "hash-object", "-t", "commit", "-w", "--stdin", given=forged)
    with pytest.raises(subprocess.CalledProcessError):
        signer(folder, name)


def test_what_was_put_right_is_signed_too(folder: Path, key: Path) -> None:
    archive = Archive(folder, signing_key=key)
    (written,) = archive.write([pending(1, "r1", "a\n")])
    (folder / "r1.cfg").write_text("by hand\n")
    git(folder, "commit", "-qam", "by hand")
    archive.write([], written.commit, {("r1", ""): "r1.cfg"}, lambda _paths: [("r1.cfg", pending(1, "r1", "a\n"))])
    assert (folder / "r1.cfg").read_text() == "a\n"
    assert signer(folder, "main") == f"G {WHO}"


def test_a_key_that_cannot_be_used_changes_nothing_and_says_why(folder: Path, tmp_path: Path, key: Path) -> None:
    with pytest.raises(PermissionDeniedError, match="signing_key"):
        Archive(folder, signing_key=tmp_path / "none").write([pending(1, "r1", "a\n")])
    assert git(folder, "for-each-ref", "refs/heads") == ""
    (written,) = Archive(folder, signing_key=key).write([pending(1, "r1", "a\n")])
    assert signer(folder, written.commit) == f"G {WHO}"


def test_the_author_is_what_caused_the_change_and_the_committer_is_ours(folder: Path) -> None:
    by_hand = dataclasses.replace(pending(1, "r1", "a\n"), cause="alice")
    hostile = dataclasses.replace(pending(2, "r2", "b\n"), cause="schedule <x@y>\nNetRaven-Snapshot: 9")
    written = Archive(folder).write([by_hand, hostile, pending(3, "r3", "c\n")])
    authors = [git(folder, "show", "-s", "--format=%an <%ae>/%cn", one.commit) for one in written]
    assert authors[0] == f"alice <{WHO}>/NetRaven"
    assert authors[1] == f"schedule x@yNetRaven-Snapshot: 9 <{WHO}>/NetRaven"
    assert authors[2] == f"NetRaven <{WHO}>/NetRaven"
    assert git(folder, "show", "-s", "--format=%(trailers:key=NetRaven-Cause,valueonly)", written[0].commit) == "alice"
    assert git(folder, "show", "-s", "--format=%(trailers:key=NetRaven-Snapshot,valueonly)", written[1].commit) == "2"


def test_a_plain_folder_has_the_newest_files_and_leaves_those_of_others(folder: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    archive = Archive(folder, path_template="{zone}/{device}.cfg", plain_dir=plain)
    archive.write([pending(1, "r1", "a\n", zone="north"), pending(2, "r2", "b\n", zone="south")])
    archive.publish()
    (plain / "notes.txt").write_text("of somebody")
    archive.write([pending(3, "r1", "c\n", zone="south")], previous_paths={("r1", ""): "north/r1.cfg"})
    archive.publish()
    files = {str(path.relative_to(plain)): path.read_text() for path in plain.rglob("[!.]*") if path.is_file()}
    assert files == {"south/r1.cfg": "c\n", "south/r2.cfg": "b\n", "notes.txt": "of somebody"}
    assert not (plain / "north").exists()
    assert (plain / "south/r1.cfg").stat().st_mode & 0o777 == 0o600


def test_a_plain_folder_that_cannot_be_written_is_completed_by_the_next_time(folder: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("a file")
    archive = Archive(folder, plain_dir=plain)
    archive.write([pending(1, "r1", "a\n")])
    with pytest.raises(CreateError, match="plain_dir"):
        archive.publish()
    plain.unlink()
    archive.publish()
    assert (plain / "r1.cfg").read_text() == "a\n"
