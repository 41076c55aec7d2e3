"""Inventories as CSV: from spreadsheets of all kinds, and back into them without harm."""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from typing import TYPE_CHECKING

from netraven_cli.device.inventory_columns import COLUMNS, EXPORTED, NEEDED, column_of, export_row, plain, text_of
from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from netraven_cli.model import NewDevice

# A spreadsheet takes such a cell for a formula (https://owasp.org/www-community/attacks/CSV_Injection), or we for a
# comment: it is given a leading ', which it loses when it is read.
TRICKY = re.compile(r"'*[=+\-@\t\r#]")
MARKED = re.compile(r"'+[=+\-@\t\r#]")


def csv_rows(text: str) -> Iterator[tuple[str, Callable[[], dict[str, str]]]]:
    """Each row: where it begins ("line 7"), and what reads its cells by column.

    Raises:
        DataError: the header is wrong, or the text is not CSV; what is wrong with a row is raised by its reader.
    """
    records = _records(text, _delimiter(text))
    header_line, header = next(records, (1, []))
    try:
        columns = _columns(header)
    except DataError as error:
        raise DataError(f"line {header_line}: {error}") from None
    for line, cells in records:
        yield f"line {line}", partial(_row, columns, cells)


def write_csv(devices: Iterable[NewDevice]) -> str:
    """Devices as CSV that is read back the same, and that no spreadsheet takes for formulas."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(EXPORTED)
    for one in devices:
        row = export_row(one)
        writer.writerow([_mark(text_of(row[column])) for column in EXPORTED])
    return file.getvalue()


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records with the line where each begins, without empty ones and comments."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                yield line, cells
    except csv.Error as error:
        raise DataError(f"line {before + 1}: not CSV ({error}); is a quote not closed?") from None


def _delimiter(text: str) -> str:
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    header = next(lines, "")
    return max(",;\t", key=lambda one: sum(plain(cell) in COLUMNS for cell in header.split(one)))


def _columns(header: Sequence[str]) -> list[str]:
    """What each cell of a header stands for."""
    found = [column_of(cell) for cell in header]
    twice = {name for name in found if found.count(name) > 1}
    if twice:
        raise DataError(f"two columns give the {', '.join(sorted(twice))}; leave one of them out")
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise DataError(
            f"there is no column {', '.join(missing)}; the first line must name the columns, "
            f"as in: name,address,port,platform,tags,zone"
        )
    return found


def _row(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if any(cells[len(columns) :]):
        raise DataError(f"{len(cells)} cells, but the header has {len(columns)} columns; quote what has a comma in it")
    return dict(zip(columns, map(_unmark, cells), strict=False))


def _mark(cell: str) -> str:
    return f"'{cell}" if TRICKY.match(cell) else cell


def _unmark(cell: str) -> str:
    return cell[1:] if MARKED.match(cell) else cell
