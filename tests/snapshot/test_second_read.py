"""What two reads in one session must have in common, and what may differ between them."""

from __future__ import annotations

import dataclasses
import hashlib

from netraven_cli.errors import ErrorClass
from netraven_cli.model import Block, Known
from tests.snapshot.test_judge import IOS, WHOLE, look

UNPROVEN = dataclasses.replace(IOS, end_marker=None)
READ_AGAIN = dataclasses.replace(UNPROVEN, structure="prompt", read_again=True)


def known_as(text: str) -> Known:
    return Known(digest=hashlib.sha256(text.encode()).hexdigest(), lines=1, size_bytes=1)


def test_what_nothing_proves_counts_only_if_a_second_read_is_equal() -> None:
    assert look(WHOLE, UNPROVEN, raw_second=WHOLE).reasons == ()
    (once,) = look(WHOLE, UNPROVEN).reasons
    assert "it was read once" in once
    (differs,) = look(WHOLE, UNPROVEN, raw_second=WHOLE.replace("interface Vlan50\n", "")).reasons
    assert "differs from line 101 on" in differs
    assert look(WHOLE, UNPROVEN, known=known_as(WHOLE)).error_class is ErrorClass.INCOMPLETE


def test_the_reason_of_a_difference_shows_no_line_of_the_configuration() -> None:
    secret = WHOLE.replace("Vlan50", "s3cret")
    assert not any("s3cret" in reason for reason in look(WHOLE, UNPROVEN, raw_second=secret).reasons)


def test_where_the_proof_has_a_gap_only_what_is_new_needs_a_second_read() -> None:
    assert look(WHOLE, READ_AGAIN, known=known_as(WHOLE)).reasons == ()
    assert look(WHOLE, READ_AGAIN, known=known_as("other\n")).error_class is ErrorClass.INCOMPLETE
    assert look(WHOLE, READ_AGAIN).error_class is ErrorClass.INCOMPLETE
    assert look(WHOLE, READ_AGAIN, raw_second=WHOLE).reasons == ()


def test_lines_that_change_by_themselves_make_no_difference_between_two_reads() -> None:
    platform = dataclasses.replace(
        UNPROVEN, volatile=("^! at .*$",), volatile_blocks=(Block(first='^key "BEGIN', last='"$'),)
    )
    shown = ['! at {}\nkey "BEGIN\n{}\nEND"\n'.format(*values) + WHOLE for values in ((1, "ab"), (2, "cd"))]
    assert look(shown[0], platform, raw_second=shown[1]).reasons == ()
    assert look(shown[0], platform, raw_second=shown[1]).text == WHOLE


def test_a_volatile_block_without_an_end_takes_the_proof_of_the_end_with_it() -> None:
    platform = dataclasses.replace(IOS, volatile_blocks=(Block(first='^key "BEGIN', last='"$'),))
    assert look(WHOLE + 'key "BEGIN\nab"\nend\n', platform).reasons == ()
    capture = look(WHOLE.removesuffix("end\n") + 'key "BEGIN\nab\nend\n', platform)
    assert capture.error_class is ErrorClass.INCOMPLETE


def test_an_ignored_block_is_kept_and_makes_no_difference() -> None:
    platform = dataclasses.replace(READ_AGAIN, ignore_blocks=(Block(first='^key "', last='"$'),))
    one, two = (f'key "BEGIN\n{key}\nEND"\n' + WHOLE for key in ("ab", "cd"))
    found = look(one, platform, raw_second=two)
    assert (found.reasons, found.text) == ((), one)
    assert found.compared == look(two, platform).compared != look(WHOLE + "end\n", platform).compared


def test_an_ignored_block_without_an_end_is_compared() -> None:
    platform = dataclasses.replace(READ_AGAIN, ignore_blocks=(Block(first='^key "', last='"$'),))
    one, two = (f'key "BEGIN\n{key}\n' + WHOLE for key in ("ab", "cd"))
    assert look(one, platform).compared != look(two, platform).compared
    assert look(one, platform, raw_second=two).error_class is ErrorClass.INCOMPLETE
