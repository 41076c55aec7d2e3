"""Rules that configurations are held to: what must stand in them, and what must not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from netraven_cli.errors import DataError, NoInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from netraven_cli.model import Device


def _is_expression(text: str) -> str:
    try:
        re.compile(text, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from None
    return text


Expressions = tuple[Annotated[str, AfterValidator(_is_expression)], ...]


class Rule(BaseModel):
    """One rule; without platforms and tags it is for every device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=255)]
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    must_have: Expressions = ()
    must_not_have: Expressions = ()

    @model_validator(mode="after")
    def _asks_for_something(self) -> Rule:
        if not (self.must_have or self.must_not_have):
            raise ValueError("it has neither must_have nor must_not_have")
        return self

    def is_for(self, device: Device) -> bool:
        """Whether it applies to a device: one of its platforms, and all of its tags."""
        return (not self.platforms or device.platform in self.platforms) and set(self.tags) <= set(device.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """How a configuration breaks a rule."""

    rule: str
    problem: str  # missing, forbidden
    expression: str
    line: int | None = None  # where the forbidden stands, from 1
    text: str | None = None


def read_rules(source: Path) -> list[Rule]:
    """The rules of a YAML file: a list under `rules`.

    Raises:
        NoInputError: the file cannot be read.
        DataError: something in it is wrong; the sentence names the file and the rule's line.
    """
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoInputError(f"the rules file {source} cannot be read: {error}") from None
    try:
        given, lines = yaml.safe_load(text), _lines(text)
    except yaml.YAMLError as error:
        raise DataError(f"the rules file {source} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict) or set(given) != {"rules"} or not isinstance(given["rules"], list):
        raise DataError(f"the rules file {source} must hold `rules:` with a list, each rule with name and must_have")
    rules = [_rule(one, f"{source}, line {line}") for one, line in zip(given["rules"], lines, strict=True)]
    twice = sorted({rule.name for rule in rules if sum(other.name == rule.name for other in rules) > 1})
    if twice:
        raise DataError(f"the rules file {source} has two rules named {twice[0]!r}")
    return rules


def _lines(text: str) -> list[int]:
    """The line at which each rule begins."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    values = [value for _key, value in root.value] if isinstance(root, yaml.MappingNode) else []
    return [node.start_mark.line + 1 for value in values[:1] if isinstance(value.value, list) for node in value.value]


def _rule(given: Any, where: str) -> Rule:
    try:
        return Rule.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        raise DataError(f"{where}: {f'{key}: ' if key else ''}{message[:1].lower()}{message[1:]}") from None


def breaches(rule: Rule, text: str) -> Iterator[Breach]:
    """How a text breaks a rule; nothing if it keeps it."""
    for expression in rule.must_have:
        if not re.search(expression, text, re.MULTILINE):
            yield Breach(rule=rule.name, problem="missing", expression=expression)
    for expression in rule.must_not_have:
        for match in re.finditer(expression, text, re.MULTILINE):
            start = text.rfind("\n", 0, match.start()) + 1
            yield Breach(
                rule=rule.name,
                problem="forbidden",
                expression=expression,
                line=text.count("\n", 0, start) + 1,
                text=text[start:].split("\n", 1)[0],
            )
