"""`netraven init`: make what is missing of the settings file, the folders, the key, the database and the archive."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Command, terminal_of
from netraven_cli.errors import CreateError, UsageError

if TYPE_CHECKING:
    from netraven_cli.settings.keys import Settings

    Row = dict[str, str]  # what, path, done

app = typer.Typer(add_completion=False, rich_markup_mode=None)
DATA_DIR_LINE = "#data_dir: "
OPEN_TO_OTHERS = 0o077


@app.command(cls=Command)
def init(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Option("--dir", help="Keep the settings file and all data here.")] = None,
) -> None:
    """Make the settings file, the folders, the key of the vault, the database and the archive; keep what is there."""
    from netraven_cli.settings import load

    terminal = terminal_of(ctx)
    config = _place(folder, terminal.config)
    new = {config.parent} if _make_folder(config.parent) else set()
    made = not config.exists() and _make_config(config, beside=folder is not None)
    settings = load(config)
    rows = [_row("settings file", config, made), *_folders(settings, new), _key(settings)]
    rows += [_database(settings), _archive(settings)]
    terminal.items("init", rows, ["done", "what", "path"])
    for loose in [row["path"] for row in rows if row["what"] == "data folder" and _is_loose(row["path"])]:
        terminal.say(f"others can look into {loose}; close it with: chmod 700 {loose}")
    where = f" (in {config.parent}, or with NETRAVEN_CONFIG={config})" if _must_be_named(config) else ""
    terminal.say(f"next{where}: netraven credential add NAME --username U --password-from prompt")


def _place(folder: Path | None, config: Path | None) -> Path:
    """Where the settings file is, or is to be."""
    from netraven_cli.settings import environment_value, usual_places

    if folder and config:
        raise UsageError("--dir and --config say two different places; give one of them")
    if folder:
        return folder.expanduser().absolute() / "config.yml"
    named = config or environment_value("NETRAVEN_CONFIG")
    if named:
        return Path(named).absolute()
    places = usual_places()
    return next((place for place in places if place.is_file()), places[-1 if os.geteuid() == 0 else -2])


def _must_be_named(config: Path) -> bool:
    from netraven_cli.settings import usual_places

    return config not in usual_places()


def _make_config(config: Path, *, beside: bool) -> bool:
    """Write the commented settings file, unless there is one; `beside` it lies the data."""
    text = files("netraven_cli").joinpath("config.yml").read_text("utf-8")
    lines = ["data_dir: ." if beside and line.startswith(DATA_DIR_LINE) else line for line in text.splitlines()]
    return _write_new(config, "\n".join(lines) + "\n")


def _write_new(path: Path, text: str = "") -> bool:
    """A whole file that only its owner may read, unless there is one: a second `init` may run beside this one."""
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".init-") as folder:
            new = Path(folder) / "new"
            new.touch(mode=0o600)
            new.write_text(text, encoding="utf-8")
            os.link(new, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise CreateError(f"{path} cannot be made: {error.strerror}") from None
    return True


def _make_folder(path: Path) -> bool:
    try:
        there = path.is_dir()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CreateError(f"the folder {path} cannot be made: {error.strerror}") from None
    return not there


def _folders(settings: Settings, new: set[Path]) -> list[Row]:
    """Make them; `new` are those that were made a moment ago."""
    folders = {
        "data folder": settings.data_dir,
        "logs": settings.logs_dir,
        "transcripts": settings.transcripts_dir,
        "runners": settings.runners_dir,
    }
    return [_row(what, path, _make_folder(path) or path in new) for what, path in folders.items()]


def _key(settings: Settings) -> Row:
    from netraven_cli.store.vault import create_key_file, read_keys

    made = create_key_file(settings.vault_key_file)
    read_keys(settings.vault_key_file)
    return _row("key of the vault", settings.vault_key_file, made)


def _database(settings: Settings) -> Row:
    from netraven_cli.app import open_database
    from netraven_cli.settings.explain import mask
    from netraven_cli.store.migrate import migrate

    path = settings.sqlite_path
    if path and not path.exists():
        _write_new(path)
    database = open_database(settings)
    try:
        with database.write() as connection:
            before, after = migrate(connection)
    finally:
        database.close()
    row = _row("database", path or mask(settings.database_url), before is None)
    return row if before in (None, after) else {**row, "done": f"migrated from {before} to {after}"}


def _archive(settings: Settings) -> Row:
    from netraven_cli.snapshot.archive import Archive

    there = (settings.archive_dir / ".git").exists()
    Archive.create(settings.archive_dir)
    return _row("archive", settings.archive_dir, not there)


def _row(what: str, path: Path | str, made: bool) -> Row:
    return {"what": what, "path": str(path), "done": "made" if made else "kept"}


def _is_loose(path: str) -> bool:
    return bool(Path(path).stat().st_mode & OPEN_TO_OTHERS)
