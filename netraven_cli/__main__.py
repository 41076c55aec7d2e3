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

    status = _flushed(command_line())
    # Not sys.exit: a worker that hangs in a device's session must not keep this process, and its timer, waiting.
    os._exit(status)


def _flushed(status: int) -> int:
    """The exit status, once all is printed: 74 if a disk did not take it; a reader that has gone wants no more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        status = status or 74
        os.write(2, f"netraven: not all output could be written: {error.strerror}\n".encode())
    return status


if __name__ == "__main__":
    main()
