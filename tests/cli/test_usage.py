"""A wrong command line is refused in one sentence that names the command whose help tells more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Called


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("job list --state done", "'succeeded', 'dead', 'cancelled'."),
        ("job wait one", "should be a valid integer, unable to parse string as an integer."),
        ("job lst", "No such command 'lst'. Did you mean 'list'?"),
        ("device add", "Missing argument 'DEVICE'."),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_told_in_one_sentence(called: Called, line: str, said: str) -> None:
    told = called(*line.split())
    command = "netraven job" if "lst" in line else f"netraven {' '.join(line.split()[:2])}"
    assert (told.status, told.out) == (64, "")
    assert told.err.endswith(f"{said} See: {command} --help\n")
    assert "Value error" not in told.err
