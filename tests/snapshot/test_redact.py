from __future__ import annotations

import dataclasses
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netraven_cli.device.platforms import UNPROVEN, load_families, load_platforms
from netraven_cli.model import Redaction, Secret
from netraven_cli.snapshot.clean import clean
from netraven_cli.snapshot.hide import hide, hide_all
from netraven_cli.snapshot.judge import judge, make_capture
from netraven_cli.snapshot.leak import leaks
from netraven_cli.snapshot.redact import GENERIC, redact
from tests.simulator import SimulatedDevice
from tests.simulator.configurations import generate
from tests.snapshot.canaries import CANARY, PLATFORMS, configuration, hidden_in

KNOWN = load_platforms()
HIDING = Redaction(key=Secret("of one device"))
TOKEN = re.compile(r"redacted-[a-z-]+-[0-9a-f]{16}")
VOCABULARY = """\
enable secret password 7 5 key key-string username admin snmp-server community host version 2c set ENC private-key
cipher authentication-key " ; { } = \\ -----BEGIN RSA PRIVATE KEY----- -----END RSA PRIVATE KEY----- $6$salt$hash
%^%#ab%^%# redacted-key-0123456789abcdef /snmp name= community= public auth md5 priv aes
"""
WORDS = st.lists(st.sampled_from([*VOCABULARY.split(), "\n", "\n\n"]), max_size=60).map(" ".join)


def test_every_proven_family_has_patterns_of_its_own_and_canaries() -> None:
    families = {family: platforms for family, platforms in load_families().items() if family != UNPROVEN}
    assert [name for platforms in families.values() for name, one in platforms.items() if not one.secrets] == []
    assert [family for family, platforms in families.items() if not {*platforms} & {*PLATFORMS}] == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_secret_of_any_kind_is_left_in_a_redacted_text(platform: str) -> None:
    text = configuration(platform)
    assert len(CANARY.findall(text)) > 5
    hidden = redact(text, KNOWN[platform].secrets, HIDING)
    assert CANARY.findall(hidden) == []
    assert len(TOKEN.findall(hidden)) == hidden_in(platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_without_patterns_of_a_platform_most_secrets_are_hidden_still(platform: str) -> None:
    left = CANARY.findall(redact(configuration(platform), (), HIDING))
    assert len(left) <= len(CANARY.findall(configuration(platform))) / 3, left


@pytest.mark.parametrize(
    "line",
    [
        "key-string 7 %s", " authentication-mode md5 %s", "authentication-type simple %s", "password-hash %s",
        'community-string "%s"', "create account admin one encrypted %s", "snmp-server host 10.0.0.1 version 2c %s",
        "snmp-server host 10.0.0.1 traps version 1 %s udp-port 162", "snmp-server host 10.0.0.1 %s",
    ],
)  # fmt: skip
def test_without_patterns_of_a_platform_the_usual_forms_are_hidden(line: str) -> None:
    hidden = redact(line % "hidden-one", (), HIDING)
    assert "hidden-one" not in hidden
    assert hidden.split()[0] == line.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    "line", ["snmp-server host 10.0.0.1 version 3", "key-chain one", "key-id 1", "password-policy min-length 8", "auth"]
)
def test_without_patterns_of_a_platform_what_is_named_after_secrets_stays(line: str) -> None:
    assert redact(line, (), HIDING) == line


@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_but_the_secrets_stays(platform: str) -> None:
    text = generate(platform, "core-1", size=20_000)
    lines = redact(text, KNOWN[platform].secrets, HIDING).split("\n")
    for old, new in zip(text.split("\n"), lines, strict=True):
        assert new == old or re.fullmatch(re.escape(TOKEN.sub("\0", new)).replace("\0", ".+"), old)
    assert sum(bool(TOKEN.search(line)) for line in lines) <= 5


@pytest.mark.parametrize(
    ("platform", "lines"),
    [
        ("nokia_sros", 'community "one" members "65000:1"\n from community "one"\n password\n keychain "one"'),
        ("hp_comware", "ssh2 algorithm cipher aes256-ctr\n authentication-mode scheme\n password-control length 8"),
        ("aruba_aoscx", "key 1\nntp trusted-key 1\nntp server a key-id 1\nssh ciphers one\npassword complexity on"),
        ("extreme_exos", 'configure account all password-policy min-length 8\nconfigure snmpv3 add user a privacy aes'),
        ("checkpoint_gaia", "set password-controls history-length 10\nset user one force-password-change yes"),
        ("ruckus_fastiron", "enable password-min-length 8\n key-id 1\naaa authentication login default local"),
        ("dell_os9", "key chain one\n key 1\naaa authentication login local\nip ospf authentication message-digest"),
        ("dell_os10", "password-attributes min-length 9\nsnmp-server engineID local 80\nservice simple-password"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret_stays(platform: str, lines: str) -> None:
    assert redact(lines, KNOWN[platform].secrets, HIDING) == lines


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_redacted_configuration_is_as_complete_as_it_was_and_a_cut_one_as_incomplete(platform: str) -> None:
    text = clean(configuration(platform), KNOWN[platform])

    def verdict(shown: str, redaction: Redaction | None) -> bool:
        made = make_capture(
            shown, raw_second=shown, platform=KNOWN[platform], ended=None, prompt_seen=True, redaction=redaction
        )
        return not made.reasons

    assert verdict(text, None)
    assert verdict(text, HIDING)
    lines = text.splitlines(keepends=True)
    for end in range(len(lines)):
        cut = "".join(lines[:end])
        assert not verdict(cut, HIDING) or verdict(cut, None), cut[-200:]


def test_a_rotated_secret_shows_as_a_change_and_an_equal_one_does_not() -> None:
    first, again, other = (
        redact(f"snmp-server community {word} RO\n", KNOWN["cisco_ios"].secrets, HIDING)
        for word in ("one", "one", "two")
    )
    assert first == again != other


def test_the_same_secret_has_another_fingerprint_on_another_device() -> None:
    line, patterns = "snmp-server community one RO\n", KNOWN["cisco_ios"].secrets
    assert redact(line, patterns, HIDING) != redact(line, patterns, Redaction(key=Secret("of another device")))


def test_certificates_are_hidden_if_that_is_wanted() -> None:
    text = "a\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\nb\n"
    assert redact(text, GENERIC, HIDING) == text
    hidden = redact(text, GENERIC, Redaction(key=Secret("k"), certificates=True))
    assert re.fullmatch(r"a\nredacted-certificate-[0-9a-f]{16}\nb\n", hidden)


@pytest.mark.parametrize(
    ("platform", "shown"),
    [
        (
            "cisco_ios",
            "crypto pki certificate chain one\n certificate self-signed 01\n  30820330 30820218 A0030201\n"
            "  02020101 300D06\n  \tquit\n certificate ca 0A\n  30820331\n  \tquit\nend\n",
        ),
        (
            "cisco_asa",
            "crypto ca certificate chain one\n certificate 0a4b\n    308202d2 308201ba\n    02020900\n  quit\n"
            " certificate ca 0b\n    308202d3\n  quit\n: end\n",
        ),
    ],
)
def test_certificates_in_hexadecimal_lines_are_hidden_if_that_is_wanted(platform: str, shown: str) -> None:
    patterns = KNOWN[platform].secrets
    assert redact(shown, patterns, HIDING) == shown
    wanted = Redaction(key=Secret("k"), certificates=True)
    hidden = redact(shown, patterns, wanted)
    assert "3082" not in hidden
    assert "0202" not in hidden
    assert len(re.findall(r"^ +redacted-certificate-[0-9a-f]{16}\n\s+quit$", hidden, re.MULTILINE)) == 2
    assert hidden.split("\n")[-2] == shown.split("\n")[-2]
    assert redact(hidden, patterns, wanted) == hidden


def test_a_key_of_fortios_that_is_enciphered_anew_is_kept_and_makes_no_version() -> None:
    device = SimulatedDevice(name="fw-1", platform="fortinet", size=3000)
    one, two = device.next_answer(), device.next_answer()
    for redaction in (None, HIDING, dataclasses.replace(HIDING, seal=str.encode)):
        first, second = (
            make_capture(
                text, raw_second=text, platform=KNOWN["fortinet"], ended=None, prompt_seen=True, redaction=redaction
            )
            for text in (one, two)
        )
        assert first.reasons == second.reasons == ()
        assert first.digest != second.digest
        assert first.compared == second.compared
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in (first.sealed or b"")
    assert "BEGIN ENCRYPTED PRIVATE KEY" not in first.text


def test_a_private_key_without_an_end_hides_all_that_follows_and_is_refused() -> None:
    text = "hostname a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE1234\nMIIE5678\n"
    hidden = hide(text, KNOWN["cisco_nxos"], HIDING)
    assert "MIIE" not in hidden.text
    assert "private key" in str(hidden.leaks[0])
    assert hidden.text.startswith("hostname a\n")


@settings(max_examples=300)
@given(WORDS | st.text(), st.sampled_from(PLATFORMS))
def test_redacting_twice_changes_nothing_more(text: str, platform: str) -> None:
    once = hide(clean(text, KNOWN[platform]), KNOWN[platform], HIDING).text
    assert hide(once, KNOWN[platform], HIDING).text == once


@given(st.text(st.characters()), st.sampled_from(PLATFORMS), st.booleans())
def test_whatever_a_device_sends_it_is_judged(text: str, platform: str, prompt_seen: bool) -> None:
    made = make_capture(text, platform=KNOWN[platform], ended=None, prompt_seen=prompt_seen, redaction=HIDING)
    assert bool(made.reasons) == bool(made.error_class)
    assert made.lines == made.text.count("\n")
    judge(made.text, platform=KNOWN[platform], ended=None, prompt_seen=prompt_seen)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "piece",
    [
        "username " * 400, "a" * 3999, "key " * 900, '"' * 3999, "=" * 3999, "snmp-server host " * 200, " " * 3999,
        "$1$" * 1300, "%^%#" * 900, "set " * 900, "-----BEGIN PRIVATE KEY-----", "secret 5 " * 400, "\\\\" * 1900,
        "password=\\" * 300,
    ],
)  # fmt: skip
def test_hostile_text_takes_linear_time(platform: str, piece: str) -> None:
    """What is worst for the expressions, in a time that nothing quadratic keeps."""
    text = (piece + "\n") * (60_000 // len(piece))
    started = time.process_time()
    hide_all(text, KNOWN[platform], HIDING)
    assert time.process_time() - started < 5


def test_the_gate_finds_what_netraven_logs_in_with_and_hides_its_line() -> None:
    known = (
        ("the password of a", Secret("correct horse")),
        ("the password of b", Secret("cisco")),
        ("the password of c", Secret("abc")),
    )
    redaction = Redaction(key=Secret("k"), known=known)
    text = "hostname francisco\nbanner xcorrect horsex\nabc\nlocation cisco, cisco\nend\n"
    hidden = hide(text, KNOWN["cisco_ios"], redaction)
    assert [(leak.what, leak.lines) for leak in hidden.leaks] == [
        ("the password of a", (2,)),
        ("the password of b", (4,)),
    ]
    lines = hidden.text.split("\n")
    assert [lines[0], lines[2], lines[4]] == ["hostname francisco", "abc", "end"]
    assert all(re.fullmatch(r"redacted-line-[0-9a-f]{16}", lines[number]) for number in (1, 3))
    assert not any(word in str(leak) for leak in hidden.leaks for word in ("correct", "cisco"))


def test_a_line_that_the_gate_hides_ends_no_section_in_silence() -> None:
    """What follows counts as what it is in the text that is kept, so that hiding it again changes nothing."""
    redaction = Redaction(key=Secret("k"), known=(("the password", Secret("Correct-horse-9")),))
    shown = "/snmp community\nadd name=one\n/Correct-horse-9\nadd name=two\n/ip service\nadd name=three\n"
    hidden = hide(shown, KNOWN["mikrotik_routeros"], redaction).text
    assert hide(hidden, KNOWN["mikrotik_routeros"], redaction).text == hidden
    assert [bool(TOKEN.search(line)) for line in hidden.split("\n")] == [False, True, True, True, False, False, False]


@pytest.mark.parametrize("form", ["x $1$abcd$1234567890", "q ENC abcdefghij0123456789", "z password 7 0822455D0A16"])
def test_the_gate_knows_the_forms_of_secrets_on_its_own(form: str) -> None:
    assert len(leaks(f"a\n{form}\n", ())) == 1


def test_an_expression_with_alternatives_is_found_wherever_one_of_them_is() -> None:
    patterns = (("key", (r"^one (\S+)|two (\S+)", r"\bthree (\S+)|(four[|]) (\S+)")),)
    hidden = redact("one a\nx two b\nxthree c\nx three d\nxfour| e\n", patterns, HIDING)
    assert [bool(TOKEN.search(line)) for line in hidden.split("\n")] == [True, True, False, True, True, False]
