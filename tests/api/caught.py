"""A mail server for tests: it speaks SMTP on a port of this machine, and keeps what it gets."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread

from api.mailing import MailServer


@dataclass
class Catcher:
    """What a server was handed, and what it says no to."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)  # addresses
    hangs_up_after: int | None = None  # letters that it takes before it is gone without a word

    def server(self) -> MailServer:
        """Return how it is reached."""
        return MailServer(
            host="127.0.0.1", port=self.port, guard="none", sender="原簿 <genbo@genbo.example>"
        )


@contextmanager
def catching() -> Iterator[Catcher]:
    """Run a server until the block is over."""
    catcher = Catcher()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _converse(self, catcher)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        catcher.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield catcher
        server.shutdown()


def _converse(handler: socketserver.StreamRequestHandler, catcher: Catcher) -> None:
    """Speak as much of RFC 5321 as a client needs."""

    def say(line: str) -> None:
        handler.wfile.write(f"{line}\r\n".encode())

    say("220 catcher")
    while words := handler.rfile.readline().decode().strip():
        verb = words.split(maxsplit=1)[0].upper()
        if verb == "DATA":
            say("354 go on")
            lines = iter(handler.rfile.readline, b".\r\n")
            content = b"".join(
                line.removeprefix(b".") if line[:2] == b".." else line for line in lines
            )
            letter = message_from_bytes(content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            catcher.taken.append(letter)
            if catcher.hangs_up_after == len(catcher.taken):
                handler.connection.shutdown(socket.SHUT_RDWR)
                return
            say("250 taken")
        elif verb == "RCPT" and any(each in words for each in catcher.refuses):
            say("450 busy")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")
