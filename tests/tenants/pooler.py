"""A pooler in transaction mode, as small as one can be: each statement gets another session of the server.

It stands between real connections and a real PostgreSQL, so the probe is tried on the thing that it must refuse.
"""

import itertools
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Session:
    """One connection to the server, logged in; `greeting` is what the server said at log-in."""

    def __init__(self, host: str, port: int, startup: bytes) -> None:
        if host.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(f"{host}/.s.PGSQL.{port}")
        else:
            self.socket = socket.create_connection((host, port))
        self.socket.sendall(startup)
        self.greeting = self.answer()

    def answer(self) -> bytes:
        """Everything up to and including ReadyForQuery."""
        parts = []
        while True:
            kind, message = read_message(self.socket)
            parts.append(message)
            if kind == b"Z":
                return b"".join(parts)

    def ask(self, question: bytes) -> bytes:
        self.socket.sendall(question)
        return self.answer()


class Pooler:
    """Listens on `port`; `sessions` of the server are dealt out in turn, or the first one always."""

    def __init__(self, host: str, port: int, sessions: int) -> None:
        self.host, self.server_port, self.size = host, port, sessions
        self.sessions: list[Session] = []
        self.turn = itertools.count()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.clients: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        try:
            startup = read_startup(client)
            with self.lock:
                while len(self.sessions) < self.size:
                    self.sessions.append(Session(self.host, self.server_port, startup))
            client.sendall(self.sessions[0].greeting)
            while question := read_question(client):
                with self.lock:
                    session = self.sessions[next(self.turn) % self.size]
                    answer = session.ask(question)
                client.sendall(answer)
        except OSError:
            pass

    def close(self) -> None:
        for one in (self.listener, *self.clients, *(session.socket for session in self.sessions)):
            one.close()


def read_startup(client: socket.socket) -> bytes:
    """The log-in message; requests for encryption are declined."""
    while True:
        head = read(client, 8)
        length, code = struct.unpack("!II", head)
        if code in {80877103, 80877104}:
            client.sendall(b"N")
            continue
        return head + read(client, length - 8)


def read_question(client: socket.socket) -> bytes:
    """Messages up to the one that the server answers; empty when the client says good-bye."""
    parts = []
    while True:
        kind, message = read_message(client)
        if kind == b"X":
            return b""
        parts.append(message)
        if kind in {b"Q", b"S"}:
            return b"".join(parts)


def read_message(source: socket.socket) -> tuple[bytes, bytes]:
    kind, head = read(source, 1), read(source, 4)
    return kind, kind + head + read(source, struct.unpack("!I", head)[0] - 4)


def read(source: socket.socket, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = source.recv(count - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    return parts


@contextmanager
def pooled(settings: dict[str, Any], sessions: int) -> Iterator[dict[str, Any]]:
    """The database's settings, led through a pooler with so many server sessions."""
    pooler = Pooler(
        settings["HOST"] or "/var/run/postgresql", int(settings["PORT"] or 5432), sessions
    )
    try:
        yield settings | {"HOST": "127.0.0.1", "PORT": pooler.port}
    finally:
        pooler.close()
