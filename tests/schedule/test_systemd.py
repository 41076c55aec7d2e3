from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.schedule.compare import compare
from netraven_cli.schedule.systemd import quote, render, unit_name
from netraven_cli.schedule.template import Link, is_edited, is_ours
from netraven_cli.schedule.verify import verify
from tests.schedule.samples import HOSTILE, INSTALLATION, NAMES, NOW, schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = re.compile(r"[A-Za-z-]+=.*|\[[A-Za-z]+\]|#.*|")


def words_of(line: str) -> list[str]:
    """The words that systemd makes of a command line, after man 7 systemd.syntax and man 5 systemd.service."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)
    return [_unescaped(quoted or plain) for quoted, plain in found]


def _unescaped(word: str) -> str:
    text = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)).encode("latin-1").decode("latin-1"), word)
    assert not re.search(r"%(?!%)", text.replace("%%", "")), f"a specifier: {word}"
    assert not re.search(r"\$", text.replace("$$", "")), f"a variable: {word}"
    text = text.replace("%%", "%").replace("$$", "$")
    return re.sub(r"\\(.)", r"\1", text)


def value_of(content: str, key: str) -> str:
    [found] = [line.removeprefix(f"{key}=") for line in content.split("\n") if line.startswith(f"{key}=")]
    return found


def texts(files: Mapping[str, str | Link]) -> dict[str, str]:
    """The units, without the links that start them."""
    return {name: content for name, content in files.items() if not isinstance(content, Link)}


@pytest.mark.parametrize("for_user", [False, True])
def test_units_of_any_name_verify(systemd_analyze: str, tmp_path: Path, *, for_user: bool) -> None:
    names = [*HOSTILE, "nightly", "core-nightly"]
    installation = replace(INSTALLATION, for_user=for_user, on_failure="alert@%n.service")
    units = texts(render([schedule(name) for name in names], installation, NOW))
    assert len(units) == 2 * len(names) + 4
    for name, content in units.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    command = [systemd_analyze, "verify", "--recursive-errors=no", *(f"./{name}" for name in sorted(units))]
    command += ["--user"] if for_user else []
    environment = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.lists(NAMES, min_size=10, max_size=40, unique=True))
def test_units_of_many_names_verify(systemd_analyze: str, names: list[str]) -> None:
    with TemporaryDirectory() as folder:
        plan = compare(render([schedule(name) for name in names], INSTALLATION, NOW), Path(folder))
        verify(plan, "systemd")


def test_verifying_would_find_an_unknown_key(systemd_analyze: str, tmp_path: Path) -> None:
    content = texts(render([], INSTALLATION, NOW))["netraven-due.service"].replace("UMask=", "UMsk=")
    (tmp_path / "netraven-due.service").write_text(content)
    command = [systemd_analyze, "verify", "--recursive-errors=no", "./netraven-due.service"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("user", ["root", "netraven"])
@pytest.mark.parametrize("unit", ["due", "wake", "nightly"])
def test_each_service_is_hardened_to_an_exposure_of_1_5(
    systemd_analyze: str, tmp_path: Path, user: str, unit: str
) -> None:
    name = f"netraven-{unit}.service"
    (tmp_path / name).write_text(texts(render([schedule()], replace(INSTALLATION, user=user), NOW))[name])
    command = [systemd_analyze, "security", "--offline=true", "--threshold=15", f"./{name}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@settings(deadline=None, max_examples=100)
@given(NAMES)
def test_no_name_leaves_its_place_in_a_unit(name: str) -> None:
    units = texts(render([schedule(name)], INSTALLATION, NOW))
    usual = texts(render([schedule("nightly")], INSTALLATION, NOW))
    for suffix in ("service", "timer"):
        content = units[f"{unit_name(name)}.{suffix}"]
        lines, expected = content.split("\n"), usual[f"netraven-nightly.{suffix}"].split("\n")
        assert len(lines) == len(expected)
        assert all(KEY.fullmatch(line) and line.isprintable() and not line.endswith("\\") for line in lines)
        assert [line.split("=")[0] for line in lines[1:]] == [line.split("=")[0] for line in expected[1:]]
        assert not re.search(r"%(?!%)", value_of(content, "Description").replace("%%", ""))


@settings(deadline=None, max_examples=100)
@given(NAMES)
def test_the_name_arrives_in_the_command_as_it_is(name: str) -> None:
    content = texts(render([schedule(name)], INSTALLATION, NOW))[f"{unit_name(name)}.service"]
    found = words_of(value_of(content, "ExecStart"))
    expected = "".join(char if char.isprintable() else "".join(map(chr, char.encode())) for char in name)
    assert found == ["/bin/true", "run", "backup", "--schedule", expected]


@settings(deadline=None, max_examples=100)
@given(strategies.lists(NAMES, unique=True, max_size=8))
def test_each_name_has_a_file_name_of_its_own(names: list[str]) -> None:
    units = {unit_name(name) for name in names}
    assert len(units) == len(names)
    assert not {"netraven-due", "netraven-wake"} & units
    for unit in units:
        assert re.fullmatch(r"netraven-[A-Za-z0-9_.\\-]+", unit)
        assert len(f"{unit}.service.d") <= 255


@pytest.mark.parametrize("name", [name for name in HOSTILE if "-" not in name and len(name) < 50])
def test_systemd_escape_reads_the_name_back(name: str) -> None:
    program = shutil.which("systemd-escape")
    if not program:
        pytest.skip("systemd-escape is not on this machine")
    escaped = unit_name(name).removeprefix("netraven-")
    done = subprocess.run([program, "--unescape", "--", escaped], capture_output=True, check=True)
    assert done.stdout.decode() == f"{name}\n"


def test_a_dash_stays_readable() -> None:
    assert unit_name("core-nightly") == "netraven-core-nightly"


def test_paths_with_spaces_and_percents_stay_one_word() -> None:
    installation = replace(
        INSTALLATION,
        command=["/opt/my netraven/100%/netraven"],
        config=Path("/etc/a b/%n.yml"),
        data_dir=Path("/d d/%t"),
        wake_file=Path("/d d/%t/$HOME/wake"),
    )
    units = texts(render([], installation, NOW))
    content = units["netraven-due.service"]
    assert value_of(content, "ExecStart") == '"/opt/my netraven/100%%/netraven" run --due'
    assert value_of(content, "Environment") == '"NETRAVEN_CONFIG=/etc/a b/%%n.yml"'
    assert value_of(content, "ReadWritePaths") == '"/d d/%%t"'
    assert value_of(units["netraven-wake.service"], "ExecStartPre") == 'rm -f -- "/d d/%%t/$$HOME/wake"'
    assert value_of(units["netraven-wake.path"], "PathExists") == "/d d/%%t/$HOME/wake"


def test_a_data_dir_that_does_not_fit_on_one_line_is_refused() -> None:
    with pytest.raises(DataError, match="does not fit on one line"):
        render([], replace(INSTALLATION, wake_file=Path("/two\nlines/wake")), NOW)


def test_the_wake_file_is_taken_away_before_work_is_looked_for_and_cannot_start_it_for_ever() -> None:
    lines = texts(render([], INSTALLATION, NOW))["netraven-wake.service"].splitlines()
    assert {"ExecStartPre=rm -f -- /var/lib/netraven/wake", "StartLimitBurst=50"} <= {*lines}


def test_units_are_started_with_the_machine_by_links() -> None:
    links = {name: found for name, found in render([schedule()], INSTALLATION, NOW).items() if isinstance(found, Link)}
    assert links == {
        "timers.target.wants/netraven-nightly.timer": Link("../netraven-nightly.timer"),
        "timers.target.wants/netraven-due.timer": Link("../netraven-due.timer"),
        "paths.target.wants/netraven-wake.path": Link("../netraven-wake.path"),
    }


def test_a_disabled_schedule_has_no_units() -> None:
    units = render([replace(schedule(), enabled=False)], INSTALLATION, NOW)
    assert sorted(texts(units)) == [
        "netraven-due.service", "netraven-due.timer", "netraven-wake.path", "netraven-wake.service",
    ]  # fmt: skip


def test_rendering_twice_gives_the_same() -> None:
    assert render([schedule()], INSTALLATION, NOW) == render([schedule()], INSTALLATION, NOW)


def test_the_header_tells_an_edited_file() -> None:
    for content in texts(render([schedule(name) for name in HOSTILE], INSTALLATION, NOW)).values():
        assert is_ours(content)
        assert not is_edited(content)
        assert is_edited(content.replace("NetRaven:", "NetRaven :"))
        assert is_edited(content.replace("# sha256=", "# sha1="))
    assert not is_ours("[Unit]\nDescription=somebody else's\n")


def test_a_name_that_no_program_can_be_given_is_refused() -> None:
    with pytest.raises(DataError, match="NUL"):
        render([schedule("a\0b")], INSTALLATION, NOW)


def test_a_plain_word_is_not_quoted() -> None:
    assert quote("/usr/bin/netraven") == "/usr/bin/netraven"
