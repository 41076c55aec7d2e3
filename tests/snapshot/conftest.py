from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.snapshot.archive import Archive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Archive.create(tmp_path / "archive")
    return tmp_path / "archive"
