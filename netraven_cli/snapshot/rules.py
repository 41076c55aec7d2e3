"""Rules in YAML: what configurations must have and must not, and which of their lines count for nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from netraven_cli.errors import DataError, NoInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Any

    from netraven_cli.model import Device, Platform


def _is_expression(text: str) -> str:
    try:
        re.compile(text, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from None
    return text


AnyRule = TypeVar("AnyRule", bound="Scoped")
Expressions = tuple[Annotated[str, AfterValidator(_is_expression)], ...]


class Scoped(BaseModel):
    """A rule of whatever kind; without platforms and tags it is for every device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=255)]
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def is_for(self, device: Device) -> bool:
        """Whether it applies to a device: one of its platforms, and all of its tags."""
        return (not self.platforms or device.platform in self.platforms) and set(self.tags) <= set(device.tags)


class Rule(Scoped):
    """What a configuration is held to."""

    must_have: Expressions = ()
    must_not_have: Expressions = ()

    @model_validator(mode="after")
    def _asks_for_something(self) -> Rule:
        if not (self.must_have or self.must_not_have):
            raise ValueError("it has neither must_have nor must_not_have")
        return self


class LineRule(Scoped):
    """Which lines are dropped, or kept and not compared."""

    ignore: Expressions = ()
    drop: Expressions = ()

    @model_validator(mode="after")
    def _asks_for_something(self) -> LineRule:
        if not (self.ignore or self.drop):
            raise ValueError("it has neither ignore nor drop")
        return self


def with_rules(platform: Platform, device: Device, rules: Iterable[LineRule]) -> Platform:
    """A platform with the rules for one of its devices."""
    mine = [rule for rule in rules if rule.is_for(device)]
    drop = tuple(one for rule in mine for one in rule.drop)
    ignore = tuple(one for rule in mine for one in rule.ignore)
    return replace(platform, volatile=platform.volatile + drop, ignore=platform.ignore + ignore) if mine else platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """How a configuration breaks a rule."""

    rule: str
    problem: str  # missing, forbidden
    expression: str
    line: int | None = None  # where the forbidden stands, from 1
    text: str | None = None


def read_rules(source: Path, kind: type[AnyRule]) -> list[AnyRule]:
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
        asked = " or ".join(key for key in kind.model_fields if key not in Scoped.model_fields)
        raise DataError(f"the rules file {source} must hold `rules:` with a list, each rule with name and {asked}")
    rules = [_rule(kind, one, f"{source}, line {line}") for one, line in zip(given["rules"], lines, strict=True)]
    twice = sorted({rule.name for rule in rules if sum(other.name == rule.name for other in rules) > 1})
    if twice:
        raise DataError(f"the rules file {source} has two rules named {twice[0]!r}")
    return rules


def _lines(text: str) -> list[int]:
    """The line at which each rule begins."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    values = [value for _key, value in root.value] if isinstance(root, yaml.MappingNode) else []
    return [node.start_mark.line + 1 for value in values[:1] if isinstance(value.value, list) for node in value.value]


def _rule(kind: type[AnyRule], given: Any, where: str) -> AnyRule:
    try:
        return kind.model_validate(given)
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
