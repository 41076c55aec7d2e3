"""Credentials of SNMP on their way to agents, by pysnmp (`netraven[snmp]`): questions, answers, refusals in words."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netraven_cli.device.screen import printable
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model.snmp import SnmpVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netraven_cli.model import Login

ANSWER_SECONDS = 1.0
TABLE_SECONDS = 5.0  # for an agent that has answered: some compute their tables when they are asked for them
SENT = 2  # how often a question is sent: a packet may be lost
LONGEST = 500  # characters of a value
STRANGER = "nobody-of-netraven"
DENIED = (6, 16)  # noAccess and authorizationError: RFC 3416, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The values by object, in their order, or why there are none; all is empty if nothing came back."""

    values: tuple[tuple[str, str], ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A credential as pysnmp takes it, with the engine that knows it."""

    login: Login
    engine: Any
    account: Any

    async def get(
        self, address: str, port: int, objects: Sequence[str], answer_seconds: float = ANSWER_SECONDS
    ) -> Answer:
        """Ask for the values of objects."""
        from pysnmp.hlapi.v3arch import asyncio as pysnmp  # noqa: PLC0415 - an extra, and 50 ms

        target, wanted = await _target(address, port, answer_seconds), _types(objects)
        said = await pysnmp.get_cmd(self.engine, self.account, target, pysnmp.ContextData(), *wanted, lookupMib=False)
        return self._answer(*said)

    async def after(self, address: str, port: int, one: str, most: int) -> Answer:
        """Ask for the objects that follow one: as many as the agent likes to tell at once (RFC 3416, 4.2.3)."""
        from pysnmp.hlapi.v3arch import asyncio as pysnmp  # noqa: PLC0415 - as above

        target, wanted = await _target(address, port, TABLE_SECONDS), _types([one])
        context = pysnmp.ContextData()
        said = await pysnmp.bulk_cmd(self.engine, self.account, target, context, 0, most, *wanted, lookupMib=False)
        return self._answer(*said)

    def _answer(self, complaint: Any, status: Any, _index: Any, values: Sequence[Any]) -> Answer:
        from pysnmp.proto.errind import RequestTimedOut  # noqa: PLC0415 - as above

        if isinstance(complaint, RequestTimedOut):
            return Answer()
        if complaint is not None or status:
            return Answer(refused=_refusal(self.login, complaint, status))
        return Answer(values=tuple((str(name), _text(value)) for name, value in values))


@contextmanager
def ways_of(logins: Sequence[Login]) -> Iterator[tuple[Way, ...]]:
    """A way for each credential; those with one user name have engines of their own, which know one user of a name."""
    from pysnmp.hlapi.v3arch.asyncio import SnmpEngine  # noqa: PLC0415 - as above

    engines: list[Any] = []
    namesakes: Counter[str] = Counter()
    ways = []
    try:
        for login in logins:
            if namesakes[login.username] == len(engines):
                engines.append(SnmpEngine())
            ways.append(Way(login=login, engine=engines[namesakes[login.username]], account=_account(login)))
            namesakes[login.username] += bool(login.username)
        yield tuple(ways)
    finally:
        for engine in engines:
            engine.close_dispatcher()


async def is_agent(address: str, port: int) -> bool:
    """Whether an agent is there at all: one of version 3 tells a stranger its engine (RFC 3414, 4)."""
    from pysnmp.hlapi.v3arch import asyncio as pysnmp  # noqa: PLC0415 - as above
    from pysnmp.proto.errind import RequestTimedOut  # noqa: PLC0415 - as above

    engine = pysnmp.SnmpEngine()
    try:
        target = await _target(address, port)
        stranger = pysnmp.UsmUserData(STRANGER)  # noqa: S509 - nothing secret is asked: the agent tells its engine alone
        complaint, *_rest = await pysnmp.get_cmd(engine, stranger, target, pysnmp.ContextData(), *_types(["1.3.6.1"]))
    finally:
        engine.close_dispatcher()
    return not isinstance(complaint, RequestTimedOut)


async def _target(address: str, port: int, answer_seconds: float = ANSWER_SECONDS) -> Any:
    from pysnmp.error import PySnmpError  # noqa: PLC0415 - as above
    from pysnmp.hlapi.v3arch.asyncio import Udp6TransportTarget, UdpTransportTarget  # noqa: PLC0415 - as above

    kind = Udp6TransportTarget if ":" in address else UdpTransportTarget
    try:
        return await kind.create((address, port), timeout=answer_seconds, retries=SENT - 1)
    except PySnmpError:
        raise AttemptError(ErrorClass.NETWORK, f"{address} is no address, and no name that can be resolved") from None


def _types(objects: Sequence[str]) -> list[Any]:
    from pysnmp.hlapi.v3arch.asyncio import ObjectIdentity, ObjectType  # noqa: PLC0415 - as above

    return [ObjectType(ObjectIdentity(one)) for one in objects]


def _account(login: Login) -> Any:
    """How pysnmp is told of a credential."""
    from pysnmp.hlapi.v3arch import asyncio as pysnmp  # noqa: PLC0415 - as above

    if login.snmp is None or login.snmp.version is SnmpVersion.V2C:
        return pysnmp.CommunityData(login.password.reveal() if login.password else "")
    signed = {
        "md5": pysnmp.USM_AUTH_HMAC96_MD5, "sha": pysnmp.USM_AUTH_HMAC96_SHA, "sha224": pysnmp.USM_AUTH_HMAC128_SHA224,
        "sha256": pysnmp.USM_AUTH_HMAC192_SHA256, "sha384": pysnmp.USM_AUTH_HMAC256_SHA384,
        "sha512": pysnmp.USM_AUTH_HMAC384_SHA512,
    }  # fmt: skip
    encrypted = {
        "des": pysnmp.USM_PRIV_CBC56_DES, "aes128": pysnmp.USM_PRIV_CFB128_AES,
        "aes192": pysnmp.USM_PRIV_CFB192_AES,
        "aes256": pysnmp.USM_PRIV_CFB256_AES,
    }  # fmt: skip
    return pysnmp.UsmUserData(
        login.username,
        authKey=login.password.reveal() if login.password else None,
        privKey=login.privacy.reveal() if login.privacy else None,
        authProtocol=signed[login.snmp.authentication.value] if login.password else pysnmp.USM_AUTH_NONE,
        privProtocol=encrypted[login.snmp.privacy.value] if login.privacy else pysnmp.USM_PRIV_NONE,
    )


def _refusal(login: Login, complaint: Any, status: Any) -> str:
    """A complaint of an agent (RFC 3414, 3.2) as what is to be mended."""
    if complaint is None and int(status) in DENIED:
        return f"it knows {_who(login)}, and lets it read nothing in this way: see its views and the level it wants"
    words = _MENDED.get(type(complaint).__name__)
    if words is None or login.snmp is None:
        return printable(str(complaint or status.prettyPrint()))
    return words.format(
        user=printable(login.username), signed=login.snmp.authentication.value, encrypted=login.snmp.privacy.value
    )


_WRONG_DIGEST = "it knows the user {user}, and not the password, or it does not sign with {signed}"
_MENDED = {
    "UnknownUserName": "it knows no user {user} of SNMPv3",
    "WrongDigest": _WRONG_DIGEST,
    "AuthenticationFailure": _WRONG_DIGEST,
    "DecryptionError": "the privacy password of {user} is another one, or it does not encrypt with {encrypted}",
    "UnsupportedSecurityLevel": "it has other passwords for {user}: that of the authentication alone, or privacy too",
}


def _who(login: Login) -> str:
    return f"the user {printable(login.username)}" if login.username else "the community"


def _text(value: Any) -> str:
    """The text of a value, without signs that are not to be shown; nothing for an object that is not there."""
    said = bytes(value).decode(errors="replace") if hasattr(value, "asOctets") else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in said)[:LONGEST].strip()
