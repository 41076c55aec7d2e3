"""The archive step, killed at its boundaries: a statement, a commit, a file, a call of git. `make crash` takes each."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.handlers.killing import PLIGHTS

if TYPE_CHECKING:
    from pathlib import Path

STRIDE = 1 if "NETRAVEN_CRASHES" in os.environ else 25


@pytest.mark.timeout(900)
@pytest.mark.parametrize("plight", PLIGHTS)
def test_whatever_boundary_it_is_killed_at_the_next_one_completes_it(
    plight: str, sqlite_template: Path, tmp_path: Path
) -> None:
    first = random.randrange(STRIDE) + 1
    print(f"from boundary {first} on, each {STRIDE}th")
    (tmp_path / "data").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "data" / "netraven.db")
    command = [sys.executable, "-m", "tests.handlers.killing", str(tmp_path), plight, str(first), str(STRIDE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert int(done.stdout.split()[0]) >= 3
