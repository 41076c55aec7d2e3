"""Write docs/reference/commands.md from the command line itself: python -m tests.docs.reference."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from typer.main import get_command

from netraven_cli.cli.root import COMMANDS

PLACE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
HEAD = """# Commands

Written by `python -m tests.docs.reference` from the command line itself; a test compares them. Every command also takes
`--config FILE`, `--json`, `--quiet` and `--verbose`, before the noun or after the verb.

"""
GLOBAL = {"config", "json", "quiet", "verbose", "help"}


def page() -> str:
    """The whole page."""
    parts = []
    for name, (what, _verbs) in COMMANDS.items():
        command = get_command(import_module(f"netraven_cli.cli.{name.replace('-', '_')}").app)
        parts.append(f"## netraven {name}\n\n{what}\n")
        verbs: dict[str, Any] = getattr(command, "commands", {})
        if verbs:
            parts += [_section(f"netraven {name} {verb}", one) for verb, one in verbs.items()]
        else:
            parts.append(_body(f"netraven {name}", command))
    return HEAD + "\n".join(parts)


def _section(title: str, command: Any) -> str:
    return f"### {title}\n\n{_body(title, command)}"


def _body(title: str, command: Any) -> str:
    own = [param for param in command.params if param.name not in GLOBAL]
    arguments = [param for param in own if param.param_type_name == "argument"]
    options = [param for param in own if param.param_type_name == "option"]
    usage = " ".join([title, *(_shown(param) for param in arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"`{usage}`", "", " ".join((command.help or "").split()), ""]
    if options:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [f"| `{', '.join([*param.opts, *param.secondary_opts])}` | {_meaning(param)} |" for param in options]
        lines.append("")
    return "\n".join(lines)


def _shown(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _meaning(param: Any) -> str:
    return (param.help or "").replace("|", "\\|")


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
