"""Third-party packages as a test installs them: built as a wheel, put into a folder that PYTHONPATH names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).parent


def install(source: Path, site: Path) -> None:
    """Build a package with what is installed here, and install it into a folder of its own."""
    wheels = site.with_name(f"{site.name}-wheels")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "--quiet"]
    for command in (
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(source)],
        [
            *pip,
            "install",
            "--no-deps",
            "--no-index",
            "--target",
            str(site),
            "--find-links",
            str(wheels),
            "--",
            name(source),
        ],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def name(source: Path) -> str:
    """The name of the package in a folder."""
    line = next(line for line in (source / "pyproject.toml").read_text().splitlines() if line.startswith("name"))
    return line.split('"')[1]


def register(
    site: Path, distribution: str, points: dict[str, str], modules: dict[str, str], group: str = "netraven.handlers"
) -> None:
    """Write what an installer writes of a distribution: its modules, METADATA and entry points."""
    site.mkdir(exist_ok=True)
    info = site / f"{distribution.replace('-', '_')}-0.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0.5\n")
    lines = [f"{name} = {point}" for name, point in points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text)
