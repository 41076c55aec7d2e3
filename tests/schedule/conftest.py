from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def systemd_analyze() -> str:
    """systemd's own tool, the oracle for units and calendars."""
    found = shutil.which("systemd-analyze")
    if found:
        return found
    if os.environ.get("NETRAVEN_CI"):
        pytest.fail("systemd-analyze is not on this machine, and NETRAVEN_CI allows no skipping")
    pytest.skip("systemd-analyze is not on this machine")
