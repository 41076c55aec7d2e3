"""How urgent a job is, by name or number."""

from __future__ import annotations

PRIORITIES = {"critical": 100, "high": 80, "normal": 50, "low": 30, "lowest": 10}
WORDS = {number: word for word, number in PRIORITIES.items()}


class Priority(int):
    """A number from 0 to 100, higher is sooner; as text it is its name where it has one, in JSON always the number."""

    __slots__ = ()

    @classmethod
    def of(cls, given: str | int) -> Priority:
        """The priority that a name or a number means.

        Raises:
            ValueError: there is none such.
        """
        text = str(given).strip().lower()
        if text in PRIORITIES:
            return cls(PRIORITIES[text])
        if not (text.isascii() and text.isdigit() and int(text[:4]) <= 100):
            raise ValueError(f"the priority {given!r} is not known; it is {', '.join(PRIORITIES)}, or from 0 to 100")
        return cls(text)

    def __str__(self) -> str:
        return WORDS.get(int(self), int.__repr__(self))


NORMAL = Priority(50)
