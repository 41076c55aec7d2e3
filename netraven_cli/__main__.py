"""The command `netraven`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Look whether there is anything to do, with the standard library alone; else start the command line."""
    if sys.argv[1:] == ["run", "--due"]:
        from netraven_cli.store.idle import nothing_to_do

        if nothing_to_do():
            os._exit(0)  # nothing was opened that an orderly end of the interpreter, some milliseconds, would close
    from netraven_cli.cli.root import main as command_line

    status = command_line()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a worker that hangs in a device's session must not keep this process, and its timer, waiting.
    os._exit(status)


if __name__ == "__main__":
    main()
