from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.errors import DataError, SettingsError
from netraven_cli.snapshot.archive_path import check_template, encode, file_path

NAMES = st.one_of(
    st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=300),
    st.text(st.sampled_from("a.-%/~2E\u00e9"), min_size=1, max_size=6),
)


@given(NAMES)
def test_any_name_becomes_one_safe_part_of_a_path(name: str) -> None:
    part = encode(name)
    assert re.fullmatch(r"[A-Za-z0-9_@+%][A-Za-z0-9._@+%~-]{0,199}", part)


@given(NAMES, NAMES)
def test_distinct_names_stay_distinct(one: str, other: str) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_distinct_devices_never_share_a_file(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    template = "{zone}/{platform}/{device}.cfg"
    assert (file_path(template, *one) == file_path(template, *other)) == (one == other)


@given(st.from_regex(r"\A[A-Za-z0-9_@+][A-Za-z0-9._@+-]{0,199}\Z"))
def test_an_ordinary_name_is_unchanged(name: str) -> None:
    assert encode(name) == name


@pytest.mark.parametrize(
    ("name", "part"),
    [("..", "%2E."), (".git", "%2Egit"), ("-rf", "%2Drf"), ("a/b", "a%2Fb"), ("a b", "a%20b"), ("100%", "100%25")],
)
def test_hostile_names_are_encoded(name: str, part: str) -> None:
    assert encode(name) == part


def test_a_long_name_ends_with_a_digest() -> None:
    assert encode("a" * 201) != encode("a" * 202)
    assert len(encode("\u5317" * 200)) == 200


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="can be no file name"):
        encode(name)


@pytest.mark.parametrize(
    "template", ["{device}.cfg", "{zone}/{device}", "{tag}/{name}.cfg", "by zone/{zone}/{platform}/{device}.txt"]
)
def test_a_template_with_one_value_to_a_name_is_taken(template: str) -> None:
    check_template(template)


@pytest.mark.parametrize(
    "template",
    [
        "{zone}-{device}.cfg",
        "{zone}.cfg",
        "{device.__class__}",
        "{device!r}",
        "{device:>300}",
        "{name}/{device}",
        "{tag}-{name}.cfg",
        "{}/{device}",
        ".{device}",
        "../{device}",
        "/{device}",
        "a//{device}",
        ".git/{device}",
        "a\n{device}",
        "{device",
    ],
)
def test_a_template_that_could_mix_devices_or_lead_out_is_refused(template: str) -> None:
    with pytest.raises(SettingsError, match=r"archive\.path"):
        check_template(template)
