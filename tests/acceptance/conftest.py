"""A simulated network beside the installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.installed import Installed
from tests.simulator import SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def network() -> Iterator[SimulatedNetwork]:
    with SimulatedNetwork() as opened:
        yield opened


@pytest.fixture
def netraven(tmp_path: Path) -> Installed:
    """The command in a new folder that `init` has prepared."""
    installed = Installed(tmp_path)
    installed.well("init", "--dir", str(tmp_path))
    return installed
