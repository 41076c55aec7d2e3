"""`netraven settings`: the settings in force."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli.cli.command import Noun, terminal_of
from netraven_cli.errors import NotFoundError

app = Noun("The settings in force: those of config.yml, and over them the variables NETRAVEN_SECTION__KEY.")
COLUMNS = ["key", "value", "origin"]


@app.verb("show")
def show(
    ctx: typer.Context,
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="A key such as runner.workers, or a section.")
    ] = None,
) -> None:
    """Show each setting, its value, and where it comes from; secrets are masked."""
    from netraven_cli.settings.explain import known_keys
    from netraven_cli.settings.origins import origins
    from netraven_cli.store.suggest import did_you_mean

    terminal = terminal_of(ctx)
    rows = [row for row in origins(terminal.config) if key is None or f"{row.key}.".startswith(f"{key}.")]
    if not rows:
        advice = did_you_mean(str(key), known_keys(), "see: netraven settings show")
        raise NotFoundError(f"there is no setting {key}; {advice}")
    terminal.items("settings", rows, COLUMNS)


@app.verb("check")
def check(ctx: typer.Context) -> None:
    """Check the settings, and name the file that they come from."""
    from netraven_cli.settings import load

    terminal = terminal_of(ctx)
    settings = load(terminal.config)
    terminal.changed("settings-check", [{"source": settings.source, "ok": True}], _found(settings.source))


def _found(source: object) -> str:
    return f"{source} is right" if source else "there is no settings file; all defaults hold"
