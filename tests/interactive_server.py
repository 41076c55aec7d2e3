"""An SSH server of paramiko's that takes nothing but keyboard-interactive, as many devices behind TACACS do.

asyncssh cannot be it: it hangs up when paramiko asks for the service ssh-userauth a second time, for its next method.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import paramiko
from paramiko import common
from paramiko.server import InteractiveQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = "box# "
CONFIGURATION = "".join(f"!Command: line {number}\n" for number in range(3)) + "version 9.3\nhostname box\n"


@dataclass
class InteractiveServer:
    """Where it listens, who may log in, and what it was asked."""

    username: str
    password: str
    questions: tuple[tuple[str, bool], ...] = (("Password: ", False),)
    port: int = 0
    host_key: paramiko.PKey = field(default_factory=paramiko.ECDSAKey.generate)
    methods: list[str] = field(default_factory=list)  # by which somebody tried to log in
    commands: list[str] = field(default_factory=list)


class _Conversation(paramiko.ServerInterface):
    def __init__(self, server: InteractiveServer) -> None:
        self.server, self.username, self.has_shell = server, "", threading.Event()

    def get_allowed_auths(self, _username: str) -> str:
        return "keyboard-interactive"

    def check_auth_password(self, _username: str, _password: str) -> int:
        self.server.methods.append("password")
        return common.AUTH_FAILED

    def check_auth_interactive(self, username: str, _submethods: str) -> InteractiveQuery:
        self.server.methods.append("keyboard-interactive")
        self.username = username
        return InteractiveQuery("", "", *self.server.questions)

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        fits = self.username == self.server.username and list(responses) == [self.server.password]
        return common.AUTH_SUCCESSFUL if fits else common.AUTH_FAILED

    def check_channel_request(self, _kind: str, _chanid: int) -> int:
        return common.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_of_terminal: object) -> bool:
        return True

    def check_channel_shell_request(self, _channel: paramiko.Channel) -> bool:
        self.has_shell.set()
        return True


@contextmanager
def interactive_server(server: InteractiveServer) -> Iterator[InteractiveServer]:
    """Serve one login after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listening, server))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, server: InteractiveServer) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:  # it was shut down
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(server.host_key)
        try:
            conversation = _Conversation(server)
            transport.start_server(server=conversation)
            channel = transport.accept(10)
            if channel and conversation.has_shell.wait(10):
                _talk(channel, server)
        except (paramiko.SSHException, EOFError, OSError):
            pass
        finally:
            transport.close()


def _talk(channel: paramiko.Channel, server: InteractiveServer) -> None:
    channel.sendall(PROMPT.encode())
    for line in channel.makefile("r"):
        command = line.strip()
        server.commands.append(command)
        if command == "exit":
            return
        answer = CONFIGURATION if command == "show running-config" else ""
        channel.sendall(f"{command}\r\n{answer}{PROMPT}".replace("\r\n", "\n").replace("\n", "\r\n").encode())
