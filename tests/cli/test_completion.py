"""Completion for bash, zsh and fish: the scripts are what the shells take, and the words are those of the tree."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from netraven_cli.cli.root import COMMANDS

if TYPE_CHECKING:
    from tests.installed import Installed

ASK = {  # how each shell asks for what may follow the words typed so far
    "bash": lambda words: {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
    "zsh": lambda words: {"_TYPER_COMPLETE_ARGS": words},
    "fish": lambda words: {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


def complete(netraven: Installed, shell: str, words: str) -> str:
    return netraven(**{"_NETRAVEN_COMPLETE": f"complete_{shell}", **ASK[shell](words)}).out


@pytest.mark.parametrize("shell", ASK)
def test_nouns_verbs_and_options_are_completed(netraven: Installed, shell: str) -> None:
    assert "device" in complete(netraven, shell, "netraven de")
    assert "credential" not in complete(netraven, shell, "netraven de")
    verbs = complete(netraven, shell, "netraven schedule ")
    assert all(verb in verbs for verb in COMMANDS["schedule"][1].split())
    assert "--json" in complete(netraven, shell, "netraven device list --j")


@pytest.mark.parametrize("shell", ASK)
def test_the_script_for_a_shell_is_valid(netraven: Installed, shell: str) -> None:
    script = netraven.well("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").out
    assert "_NETRAVEN_COMPLETE" in script
    program = shutil.which(shell)
    if program and shell != "fish":
        subprocess.run([program, "-n"], input=script, text=True, check=True)
