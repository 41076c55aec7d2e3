"""All that NetRaven prints: data on stdout, messages on stderr; a table on a terminal, tab-separated off it."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(slots=True)
class Terminal:
    """What the global options say about output; every command prints through it."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    config: Path | None = None
    colour: bool = True  # on a terminal that takes it, and unless NO_COLOR is set

    def items(self, thing: str, rows: Iterable[Any], columns: Sequence[str], **more: Any) -> None:
        """Print a list: JSON has all fields of each row, a table the `columns`.

        Args:
            thing: what the rows are, for the JSON schema: `netraven.<thing>/1`.
            rows: dataclasses or mappings.
            columns: names of fields.
            more: further fields of the JSON object beside `items`.
        """
        plain = [plain_row(row) for row in rows]
        if self.json:
            self._object(thing, {**plain_row(more), "items": plain})
        elif sys.stdout.isatty():
            self._table(plain, columns)
        else:
            for row in plain:
                print("\t".join(cell(row.get(column)) for column in columns))

    def record(self, thing: str, row: Any) -> None:
        """Print one thing with all its fields."""
        plain = plain_row(row)
        if self.json:
            self._object(thing, plain)
        else:
            width = max((len(name) for name in plain), default=0) if sys.stdout.isatty() else 0
            for name, value in plain.items():
                print(f"{name:{width}}\t{cell(value)}" if not width else f"{name:{width}}  {cell(value)}")

    def changed(self, thing: str, rows: Iterable[Any], sentence: str, *, dry_run: bool = False) -> None:
        """Say what a command changed, or would have; with --json, print the things as they are then."""
        if self.json:
            self._object(thing, {"dry_run": dry_run, "items": [plain_row(row) for row in rows]})
        self.say(f"dry run, nothing was changed: {sentence}" if dry_run else sentence)

    def event(self, row: Mapping[str, Any]) -> None:
        """Print one line of a stream of JSON lines; what nobody takes keeps a run from nothing.

        That output is missing is said when it is flushed at the end.
        """
        with suppress(OSError):
            print(json.dumps(plain_row(row), ensure_ascii=False), flush=True)

    def data(self, text: str) -> None:
        """Print text as it is: a configuration, a difference. On a terminal, control characters are shown, not sent."""
        sys.stdout.write(visible(text, keep="\n\t") if sys.stdout.isatty() else text)

    def say(self, sentence: str) -> None:
        """A message for a person: on stderr, silenced by -q."""
        if not self.quiet:
            self._tell(sentence)

    def complain(self, sentence: str) -> None:
        """What went wrong: on stderr, -q or not."""
        self._tell(f"netraven: {sentence}")

    @staticmethod
    def _tell(sentence: str) -> None:
        with suppress(OSError):  # a full disk or a closed pipe under stderr keeps nothing from being done
            print(visible(sentence, keep="\n"), file=sys.stderr, flush=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """What a run does, while it does it: a bar on a terminal, a line an attempt off it, JSON lines with --json."""
        if self.json or self.quiet or not sys.stderr.isatty():
            yield Progress(self)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        with Bar(
            *columns,
            TimeElapsedColumn(),
            console=Console(stderr=True, no_color=not self.colour or None),
            transient=True,
        ) as bar:
            yield BarProgress(self, bar, bar.add_task(title, total=None))

    def live(self, look: Callable[[], Mapping[str, Any]], every_seconds: float) -> None:
        """Show a record on the whole terminal, again and again until Ctrl-C.

        Raises:
            UsageError: there is no terminal.
        """
        if self.json or not sys.stdout.isatty():
            raise UsageError("--watch needs a terminal and no --json; without one, call the command again and again")
        from rich.console import Console
        from rich.live import Live

        console = Console(no_color=not self.colour or None)
        ctrl_c = {signal.SIGINT}
        # Waited for, not raised: a KeyboardInterrupt in a library's clean-up is printed there and forgotten.
        signal.pthread_sigmask(signal.SIG_BLOCK, ctrl_c)
        with Live(console=console, screen=True, auto_refresh=False) as screen:
            while True:
                screen.update(_grid(plain_row(look())), refresh=True)
                if signal.sigtimedwait(ctrl_c, every_seconds):
                    break
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ctrl_c)

    def _object(self, thing: str, content: Mapping[str, Any]) -> None:
        print(json.dumps({"schema": f"netraven.{thing}/1", **content}, ensure_ascii=False))

    def _table(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell(row.get(column))) for column in columns))
        Console(no_color=not self.colour or None).print(table)  # obeys NO_COLOR and TERM=dumb


def _grid(row: Mapping[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in row.items():
        grid.add_row(Text(name), Text(cell(value)))
    return grid


class Progress:
    """Attempts as they are settled, one line each."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def planned(self, jobs: int) -> None:
        """So many jobs are to be done."""

    def say(self, sentence: str) -> None:
        """What somebody asked for: -q or not."""
        print(visible(sentence), file=sys.stderr, flush=True)

    def settled(self, event: Mapping[str, Any], sentence: str, *, final: bool) -> None:  # noqa: ARG002 - see BarProgress
        """An attempt ended; `final` if its job did."""
        if self.terminal.json:
            self.terminal.event(event)
        else:
            self.terminal.say(sentence)


class BarProgress(Progress):
    """A bar; only failures get a line, above it."""

    def __init__(self, terminal: Terminal, bar: Any, task: Any) -> None:
        super().__init__(terminal)
        self._bar, self._task = bar, task

    def say(self, sentence: str) -> None:
        """What somebody asked for, above the bar."""
        self._bar.console.print(visible(sentence), markup=False, highlight=False)

    def planned(self, jobs: int) -> None:
        """So many jobs are to be done."""
        self._bar.update(self._task, total=jobs)

    def settled(self, event: Mapping[str, Any], sentence: str, *, final: bool) -> None:
        """An attempt ended; `final` if its job did."""
        self._bar.advance(self._task, 1 if final else 0)
        if event.get("error_class"):
            self._bar.console.print(visible(sentence), markup=False, highlight=False)


def plain_row(row: Any) -> dict[str, Any]:
    """A dataclass or mapping as plain values for JSON; times in RFC 3339, UTC."""
    if is_dataclass(row):
        row = {field.name: getattr(row, field.name) for field in fields(row)}
    return {str(name): plain_value(value) for name, value in row.items()}


def plain_value(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) or isinstance(value, dict):
        return plain_row(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(part) for part in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def cell(value: Any) -> str:
    """A plain value in one line of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(cell(part) for part in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={cell(part)}" for name, part in value.items())
    return visible(str(value))


def visible(text: str, keep: str = "") -> str:
    """Text with its control characters spelt out, so that no outside text steers the terminal."""
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)
