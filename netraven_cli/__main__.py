"""The command `netraven`."""

from __future__ import annotations

import sys


def main() -> None:
    """Look whether there is anything to do, with the standard library alone; else start the command line."""
    from netraven_cli.cli.root import main as command_line

    sys.exit(command_line())


if __name__ == "__main__":
    main()
