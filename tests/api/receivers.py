"""A receiver of webhooks on this machine: keeps what came, and answers as it is told."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(kw_only=True)
class Receiver:
    """What came so far, and what to answer next; ``before`` runs ahead of each answer."""

    url: str = ""
    port: int = 0
    status: int = 200
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)  # as TLS named them
    before: Callable[[], object] = lambda: None

    @property
    def ids(self) -> list[str]:
        """The webhook-id of everything that came, in order."""
        return [each.headers["webhook-id"] for each in self.received]


@contextmanager
def receiver(
    status: int = 200, answer: bytes = b"ok", tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Listen on a free port of this machine while the block lasts."""
    state = Receiver(status=status, answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            state.received.append(
                Received(
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(length),
                )
            )
            state.before()
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(state.answer)))
            self.end_headers()
            self.wfile.write(state.answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Say nothing: a client that hangs up is part of the tests."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: state.server_names.append(name)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.port = server.server_address[1]
        state.url = f"http://127.0.0.1:{state.port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
