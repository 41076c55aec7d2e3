"""Two queries to PostgreSQL by libpq alone: the library that psycopg brings, without the 250 ms of psycopg itself.

libpq does what it does for psycopg: addresses, passwords from ~/.pgpass, TLS and its checks.
The functions: https://www.postgresql.org/docs/current/libpq.html.
"""

from __future__ import annotations

import os
import sys
from ctypes import CDLL, c_char_p, c_int, c_void_p

CONNECTION_OK, TUPLES_OK = 0, 2  # libpq-fe.h: ConnStatusType, ExecStatusType
PATIENCE = "connect_timeout=5"


def ask(url: str, queries: tuple[str, ...]) -> list[list[str]]:
    """The first column of what each query gives.

    Raises:
        OSError: there is no libpq that can be found, or the server did not answer.
    """
    libpq = _libpq()
    connection = libpq.PQconnectdb(_conninfo(url).encode())
    try:
        if libpq.PQstatus(connection) != CONNECTION_OK:
            raise OSError("no connection")
        return [_column(libpq, connection, query) for query in queries]
    finally:
        libpq.PQfinish(connection)


def _conninfo(url: str) -> str:
    """As SQLAlchemy writes it, to as libpq does: without the name of a driver."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgresql", "postgresql+psycopg"):
        raise OSError("another driver")
    patient = "connect_timeout=" in rest
    return f"postgresql://{rest}" if patient else f"postgresql://{rest}{'&' if '?' in rest else '?'}{PATIENCE}"


def _column(libpq: CDLL, connection: int, query: str) -> list[str]:
    result = libpq.PQexec(connection, query.encode())
    try:
        if libpq.PQresultStatus(result) != TUPLES_OK:
            raise OSError("no answer")
        return [libpq.PQgetvalue(result, row, 0).decode() for row in range(libpq.PQntuples(result))]
    finally:
        libpq.PQclear(result)


def _libpq() -> CDLL:
    """The library of the wheel psycopg-binary, which lies beside the package; of no other place."""
    for place in sys.path:
        folder = os.path.join(place, "psycopg_binary.libs")
        names = [name for name in os.listdir(folder) if name.startswith("libpq-")] if os.path.isdir(folder) else []
        if names:
            return _declared(CDLL(os.path.join(folder, names[0])))
    raise OSError("psycopg-binary is not installed")


def _declared(libpq: CDLL) -> CDLL:
    """With the types of its functions: pointers are cut to 32 bits otherwise."""
    types = {
        "PQconnectdb": (c_void_p, c_char_p), "PQstatus": (c_int, c_void_p), "PQfinish": (None, c_void_p),
        "PQexec": (c_void_p, c_void_p, c_char_p), "PQresultStatus": (c_int, c_void_p), "PQclear": (None, c_void_p),
        "PQntuples": (c_int, c_void_p), "PQgetvalue": (c_char_p, c_void_p, c_int, c_int),
    }  # fmt: skip
    for name, (result, *arguments) in types.items():
        getattr(libpq, name).restype, getattr(libpq, name).argtypes = result, arguments
    return libpq
