"""Hide secrets in a cleaned text: each is replaced by a fingerprint under a key, so that a rotation shows and no more.

What is a secret is told by the platform's patterns (each group of a pattern is one; case does not matter), and for
every platform by forms that are nothing else: private keys in PEM, hashes of crypt(5). What is replaced becomes one
word that no syntax of a device quotes or splits: redacted-KIND-FINGERPRINT.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from netraven_cli.model import Redaction

Patterns = tuple[tuple[str, tuple[str, ...]], ...]  # kind -> expressions
TOKEN = re.compile(r"redacted-[a-z-]{1,40}-[0-9a-f]{16}")
LONGEST_LINE = 4000  # characters; a longer line is replaced as a whole, so that no pattern can be made to crawl
SECTION = " >> "  # HEADER >> PATTERN: the pattern counts up to the next line that begins as the header does
_FLAGS = re.MULTILINE | re.IGNORECASE
_ATOM = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_INNER_GROUP = re.compile(r"\([^()]*\)")
_LINE_BREAK = re.compile(r"(?<!\\)\n")  # a backslash at its end (RouterOS) lets a line go on in the next one
_PASSES = 4  # what one pattern replaces may uncover what another one looks for

# PEM (RFC 7468) and its like: PGP's, PuTTY's export for SSH2 with four dashes. The end may be missing.
_BEGIN_KEY = re.compile(r"-{4,5} ?BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?) ?-{4,5}")
_BEGIN_CERTIFICATE = re.compile(r"-{5}BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-{5}")
# As IOS and ASA show them: 16 bytes a line in groups, and the word that ends them.
_HEX_CERTIFICATE = re.compile(
    r"^[ \t]+certificate [^\n]*\n[ \t]+([0-9A-F]{2,8}(?:\s+[0-9A-F]{2,8})*)(?=\s+quit[ \t]*$)", _FLAGS
)
_DASHES = re.compile(r" ?-{1,5}")

FORMS: Patterns = (
    (
        "hash",
        (r"(\$[0-9a-zA-Z][0-9a-zA-Z-]{0,14}\$[!#%&()*+,./0-9:=?@A-Z\[\\\]^_`a-z|~$-]{6,})",),
    ),  # crypt(5), Junos' $9$
    ("password", (r"(%\^%#.{1,400}?%\^%#)", r"(%@%@.{1,400}?%@%@)", r"(%\$%\$.{1,400}?%\$%\$)")),  # VRP's cipher
)
# For platforms without patterns of their own, rather too much than too little: all that follows one of these words.
GENERIC: Patterns = (
    ("password", (
        r"(?:pass(?:word|wd|phrase|code)|pwd|phash|secret|psk|key|community|token|cipher|auth\w*|priv|securityname"
        r"|encrypted)(?:-(?:string|hash|data|type|mode|text|value))?[\"']?[ \t=:]+[\"']?(\S.*[^\s{};,\"'])",
    )),
    ("community", (
        r"^\s*snmp\S* .*\bversion[ \t]+v?(?:1|2c?)[ \t]+(?:\d[ \t]+)?[\"']?([^\s\"']+)",
        r"^\s*snmp\S* (?:target-)?host[ \t]+\S+[ \t]+(?!(?:version|v?[123]c?|traps?|informs?|vrf)\b)[\"']?([^\s\"']+)",
    )),
)  # fmt: skip


def redact(text: str, patterns: Patterns, redaction: Redaction) -> str:
    """The cleaned text with its secrets replaced; what is replaced already stays as it is."""
    fingerprint = functools.partial(token, redaction)
    text = _without_blocks(text, _BEGIN_KEY, functools.partial(fingerprint, "private-key"), to_the_end=True)
    if redaction.certificates:
        text = _without_blocks(
            text, _BEGIN_CERTIFICATE, functools.partial(fingerprint, "certificate"), to_the_end=False
        )
        text = _HEX_CERTIFICATE.sub(functools.partial(_replaced, "certificate", fingerprint), text)
    return "\n".join(_lines(text, _compiled(patterns or GENERIC), fingerprint))


def token(redaction: Redaction, kind: str, secret: str) -> str:
    """What stands in the place of a secret: for one device equal for equal ones, and for no other device."""
    key = redaction.key.reveal().encode()
    found = hmac.new(key, secret.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
    return f"redacted-{kind}-{found[:16]}"


def _without_blocks(text: str, begin: re.Pattern[str], hidden: Callable[[str], str], *, to_the_end: bool) -> str:
    """Replace blocks from their first dashes to their last.

    Of one without an end nobody can tell where it ends: with `to_the_end` all that follows is replaced, and its
    first line is left for the leak gate to see.
    """
    parts: list[str] = []
    start = 0 if "BEGIN " in text else len(text)
    while match := begin.search(text, start):
        stop = _end(text, f"END {match[1]}", match.end())
        if stop is None:
            rest = text[match.end() :]
            return "".join((*parts, text[start : match.end()], _hidden_rest(rest, hidden) if to_the_end else rest))
        parts += (text[start : match.start()], hidden(text[match.start() : stop]))
        start = stop
    return "".join((*parts, text[start:])) if parts else text


def _hidden_rest(rest: str, hidden: Callable[[str], str]) -> str:
    secret = rest.strip("\n")
    return f"\n{hidden(secret)}\n" if secret and not TOKEN.fullmatch(secret) else rest


def _end(text: str, mark: str, start: int) -> int | None:
    at = text.find(mark, start)
    if at < 0:
        return None
    dashes = _DASHES.match(text, at + len(mark))
    return dashes.end() if dashes else at + len(mark)


@dataclass(frozen=True, slots=True)
class _Expressions:
    """The expressions of a platform, and what tells at a look whether a line has any of them."""

    each: tuple[tuple[str, re.Pattern[str]], ...]
    looks: tuple[re.Pattern[str], ...]
    sections: tuple[tuple[re.Pattern[str], _Expressions], ...] = ()  # what counts after a line that begins a section


def _expressions(given: Iterable[tuple[str, str]]) -> _Expressions:
    found = tuple(given)
    each = tuple((kind, re.compile(one, _FLAGS)) for kind, one in found)
    return _Expressions(each, tuple(_looks([one for _kind, one in found])))


def _looks(expressions: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """All of them as one, by how they begin: where a line or a word must begin, one look there does for all."""
    by_beginning: defaultdict[str, list[str]] = defaultdict(list)
    for one in expressions:
        beginning = next((sign for sign in ("^", r"\b") if one.startswith(sign) and _is_single(one)), "")
        by_beginning[beginning].append(one.removeprefix(beginning))
    for beginning, rest in by_beginning.items():
        alternatives = "|".join(f"(?:{one})" for one in rest)
        yield re.compile(f"{beginning}(?:{alternatives})", _FLAGS)


def _is_single(expression: str) -> bool:
    """Whether its beginning holds for all of it: it has no alternatives outside of its groups."""
    bare, before = _ATOM.sub("", expression), ""
    while bare != before:
        bare, before = _INNER_GROUP.sub("", bare), bare
    return "|" not in bare


@functools.lru_cache(maxsize=1000)
def _compiled(patterns: Patterns) -> _Expressions:
    flat = [(kind, one) for kind, some in (*patterns, *FORMS) for one in some]
    by_header: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, one in flat:
        header, _sign, pattern = one.rpartition(SECTION)
        by_header[header].append((kind, pattern))
    plain = _expressions(by_header.pop(""))
    sections = ((re.compile(header, _FLAGS), _expressions(given)) for header, given in by_header.items())
    return replace(plain, sections=tuple(sections))


def _lines(text: str, expressions: _Expressions, fingerprint: Callable[[str, str], str]) -> Iterator[str]:
    lines = _LINE_BREAK.split(text) if "\\\n" in text else text.split("\n")
    suspect = _suspect(lines, expressions)
    section: _Expressions | None = None
    mark = ""
    for line in lines:
        if mark and line.startswith(mark):
            section, mark = None, ""
        for header, inner in expressions.sections:
            if header.match(line.lstrip()):
                section, mark = inner, line[: len(line) - len(line.lstrip()) + 1]
        hidden = _line(line, expressions, fingerprint) if line in suspect else line
        yield _line(hidden, section, fingerprint) if section else hidden


def _suspect(lines: Sequence[str], expressions: _Expressions) -> set[str]:
    """The lines worth a closer look. All are looked at in one go: a call for each takes longer than the look itself."""
    fit = [line for line in lines if len(line) <= LONGEST_LINE]
    found = {line for look in expressions.looks for line in filter(look.search, fit)}
    return found if len(fit) == len(lines) else found.union(line for line in lines if len(line) > LONGEST_LINE)


def _line(line: str, expressions: _Expressions, fingerprint: Callable[[str, str], str]) -> str:
    if len(line) > LONGEST_LINE:
        return fingerprint("line", line)
    for _ in range(_PASSES):
        if not any(look.search(line) for look in expressions.looks):
            break
        before = line
        for kind, pattern in expressions.each:
            line = pattern.sub(functools.partial(_replaced, kind, fingerprint), line)
        if line == before:
            break
    return line


def _replaced(kind: str, fingerprint: Callable[[str, str], str], match: re.Match[str]) -> str:
    parts: list[str] = []
    at = match.start()
    for start, end in _groups(match):
        parts += (match.string[at:start], fingerprint(kind, match.string[start:end]))
        at = end
    return "".join((*parts, match.string[at : match.end()]))


def _groups(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Where the secrets of a match stand, less those that are replaced already."""
    spans = (match.span(number) for number in range(1, match.re.groups + 1))
    yield from (span for span in sorted(spans) if span[0] < span[1] and not TOKEN.fullmatch(match.string, *span))
