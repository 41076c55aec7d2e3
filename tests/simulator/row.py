"""How a platform talks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ERASE_BY_BACKSPACES = b"\b" * 9 + b" " * 8 + b"\b" * 9


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a platform talks."""

    prompt: str  # {name}, {user}, {mark}: user or privileged, and {number}: another one each time
    user_mark: str = ">"
    mark: str = "#"
    always_privileged: bool = True
    privileges_by_enable: bool = False  # `enable` asks for a password
    show: str  # the command that shows the configuration, a regular expression
    paging_off: str | None = None  # None: it has no pager
    pager: bytes = b" --More-- "
    pager_erase: bytes = ERASE_BY_BACKSPACES
    answers: dict[str, str] = field(default_factory=dict)  # command (regular expression) to answer; "" says nothing
    error: str = "% Invalid input detected at '^' marker.\n\n"
    greeting: str = ""  # before the first prompt
    any_key: bool = False  # "Press any key to continue" before the first prompt
    before_prompt: str = ""  # {master:0} and the like, on a line of its own
    decorate: Callable[[str, int], str] = lambda text, _fetch: text  # puts the volatile lines in

    def prompt_text(self, name: str, user: str, *, privileged: bool, number: int = 1) -> str:
        """The prompt as it stands on the line."""
        mark = self.mark if privileged else self.user_mark
        return self.prompt.format(name=name, user=user, mark=mark, number=number)
