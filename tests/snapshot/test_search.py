from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.errors import DataError
from netraven_cli.snapshot.search import Line, query
from netraven_cli.snapshot.side_by_side import side_by_side

TEXT = "hostname r1\nntp server 192.0.2.1\nntp server 192.0.2.2\n!\nend\n"


def test_the_lines_in_which_a_match_begins_are_found_in_order() -> None:
    found = query(["^ntp", "end$"], []).lines(TEXT)
    assert found == [
        Line(number=2, text="ntp server 192.0.2.1"),
        Line(number=3, text="ntp server 192.0.2.2"),
        Line(number=5, text="end"),
    ]


def test_all_that_is_wanted_must_be_there_and_nothing_that_is_not() -> None:
    assert query(["ntp", "hostname r1"], []).fits(TEXT)
    assert not query(["ntp", "hostname r2"], []).fits(TEXT)
    assert not query(["ntp"], ["^end$"]).fits(TEXT)


def test_words_are_taken_literally() -> None:
    assert query(["192.0.2.1"], [], words=True).fits(TEXT)
    assert not query(["192.0.2.."], [], words=True).fits(TEXT)
    assert query(["HOSTNAME"], [], words=True, ignore_case=True).fits(TEXT)


def test_a_broken_expression_is_named_with_the_place_of_its_fault() -> None:
    with pytest.raises(DataError, match=r"'a\(b' is no regular expression: .* at its sign 2; .*--words"):
        query(["a(b"], [])


@given(st.text("ab\n", max_size=40), st.text("ab", min_size=1, max_size=3))
def test_words_are_found_in_exactly_the_lines_that_have_them(text: str, words: str) -> None:
    expected = [number for number, line in enumerate(text.split("\n"), 1) if words in line]
    assert [line.number for line in query([words], [], words=True).lines(text)] == expected


UNIFIED = "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n one\n-two\n-three\n+TWO\n four\n+-five\n"


def test_replaced_lines_stand_beside_each_other() -> None:
    assert side_by_side(UNIFIED, 43).splitlines() == [
        "@@ -1,4 +1,4 @@",
        "one                    one",
        "two                  | TWO",
        "three                <",
        "four                   four",
        "                     > -five",
    ]


lines = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=60), max_size=6)


@given(lines, lines, st.integers(0, 120))
def test_nothing_of_either_side_is_lost(removed: list[str], added: list[str], width: int) -> None:
    hunk = ["@@ -1 +1 @@", *(f"-{line}" for line in removed), *(f"+{line}" for line in added)]
    half = max((width - 3) // 2, 20)
    rows = side_by_side("\n".join(hunk), width).splitlines()[1:]
    left, right = "".join(row[:half].rstrip() for row in rows), "".join(row[half + 3 :] for row in rows)
    assert left == "".join(removed)
    assert right == "".join(added)
    assert all(re.fullmatch(r" [<>|] ?", row[half : half + 3]) for row in rows)
