"""A platform that nothing proves complete, through a whole attempt."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import ErrorClass
from netraven_cli.model import Known
from tests.handlers.attempts import attempt
from tests.simulator import SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.simulator import SimulatedDevice


@pytest.fixture
def unproven(tmp_path: Path) -> Path:
    """A file of platforms that takes its proof from one."""
    source = tmp_path / "own.yml"
    source.write_text("cisco_ios: {end_marker: null}\n")
    return source


@pytest.fixture
def simulated() -> Iterator[SimulatedDevice]:
    with SimulatedNetwork() as network:
        yield network.add(name="core-1", platform="cisco_ios", size=2000)


def test_it_is_read_twice_each_time_known_or_not(simulated: SimulatedDevice, unproven: Path) -> None:
    digest = sha256(simulated.configuration.encode()).hexdigest()
    known = Known(digest=digest, lines=1, size_bytes=len(simulated.configuration))
    for number, before in enumerate((None, known), 1):
        ended = attempt(simulated, unproven.parent, platforms_file=unproven, known=before)
        assert ended.capture
        assert (ended.capture.text, ended.reason) == (simulated.configuration, "")
        assert len(simulated.shown) == 2 * number
        assert len(simulated.sessions) == number


def test_it_is_refused_when_both_reads_end_early_at_different_lines(simulated: SimulatedDevice, unproven: Path) -> None:
    simulated.fault = "truncated"
    ended = attempt(simulated, unproven.parent, platforms_file=unproven)
    assert ended.error_class is ErrorClass.INCOMPLETE
    assert "a second read in the same session differs" in ended.reason
