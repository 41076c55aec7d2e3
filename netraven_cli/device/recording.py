"""Finds the answers to a platform's commands in a recorded session, without a device."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.device.reader import Prompt, squeeze
from netraven_cli.device.screen import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from netraven_cli.model import Platform

_PROMPT = r"(?P<prompt>\S{1,100}?[>#$%\]])"  # without blanks, as it stands before a command
_LONGEST_TYPED = 2000  # characters of a line that can be a prompt and a command
_PROBE_LINES = 4  # an Enter that asks whether the prompt is one brings it again, with what stands beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was recorded of one session."""

    text: str  # of the first read
    second_text: str | None  # of the second; None: there was none
    prompt_seen: bool  # whether the prompt came after each answer


def find_answers(data: bytes, platform: Platform) -> Recording:
    """The answers in a recorded session: a kept transcript, or the log of a terminal, with prompts and commands.

    A file in which no command of the platform stands after a prompt is taken for the answer itself, and its prompt for
    seen.
    """
    lines = render(data).split("\n")
    typed = list(_typed(lines, platform))
    if not typed:
        return Recording(text="\n".join(lines), second_text=None, prompt_seen=True)
    ends = [*(number for number, _prompt in typed[1:]), len(lines)]
    answers = [_answer(lines[number + 1 : end], prompt) for (number, prompt), end in zip(typed, ends, strict=True)]
    size = len(platform.commands)
    second = answers[size : 2 * size]
    return Recording(
        text=_joined(answers[:size]),
        second_text=_joined(second) if second else None,
        prompt_seen=len(answers) >= size and all(ended for _text, ended in answers),
    )


def _typed(lines: Sequence[str], platform: Platform) -> Iterator[tuple[int, re.Pattern[str]]]:
    """Where the platform's commands were typed, in order and again from the first, each with the prompt before it."""
    number, prompt = 0, None
    for position, line in enumerate(lines):
        command = platform.commands[number % len(platform.commands)]
        is_short = len(line) <= _LONGEST_TYPED
        found = is_short and re.fullmatch(_PROMPT + re.escape(squeeze(command)), squeeze(line))
        if found and (prompt is None or prompt.match(line)):
            number += 1
            shown = line[: _length(line, found["prompt"])].strip()
            prompt = re.compile(Prompt(line=shown, lines=frozenset(), varies=platform.prompt_varies).pattern())
            yield position, prompt


def _length(line: str, squeezed: str) -> int:
    """How much of a line stands for a beginning of it without blanks."""
    return next(size for size in range(len(line) + 1) if squeeze(line[:size]) == squeezed)


def _answer(lines: Sequence[str], prompt: re.Pattern[str]) -> tuple[str, bool]:
    """A command's answer up to the last line that begins with the prompt, and whether there is one."""
    last = next((at for at in reversed(range(len(lines))) if prompt.match(lines[at])), None)
    if last is None:
        return "\n".join(lines), False
    before = range(max(last - _PROBE_LINES, 0), last)
    end = next((at for at in before if prompt.fullmatch(lines[at].strip())), last)
    return "".join(f"{line}\n" for line in lines[:end]), True


def _joined(answers: Iterable[tuple[str, bool]]) -> str:
    return "".join(text for text, _ended in answers)
