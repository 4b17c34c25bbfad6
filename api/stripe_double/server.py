"""The HTTP server of the stand-in: on a free port of this machine while a block lasts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from api.stripe_double.answering import Desk, Request
from api.stripe_double.faults import Fault, Faults
from api.stripe_double.hooks import Hooks, Post, post_to
from api.stripe_double.state import State
from api.stripe_double.world import World

#: Good at the stand-in, and nowhere else.
API_KEY = "sk_test_double_0000000000000000"
WEBHOOK_SECRET = "whsec_double_0000000000000000"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class StripeDouble:
    """A stand-in that listens, and everything that may be done to it."""

    url: str
    api_key: str
    webhook_secret: str
    state: State
    world: World
    hooks: Hooks
    faults: Faults
    desk: Desk


@contextmanager
def stripe_double(
    *,
    clock: Callable[[], datetime],
    post: Post | None = None,
    seed: str = "",
    settles_in: tuple[str, ...] = ("jpy",),
    country: str = "JP",
    requests_a_second: int = 100,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[StripeDouble]:
    """
    Let a stand-in listen until the block ends.

    ``post`` takes its webhooks, :func:`api.stripe_double.hooks.post_to` an address for one; they
    are sent when :meth:`Hooks.deliver` is called.
    """
    state = State(clock=clock, seed=seed, settles_in=settles_in, country=country)
    hooks = Hooks(post=post or post_to(""), secret=WEBHOOK_SECRET, now=state.now)
    state.on_event = hooks.take
    faults = Faults()
    desk = Desk(
        state=state,
        api_key=API_KEY,
        faults=faults,
        monotonic=monotonic,
        requests_a_second=requests_a_second,
    )
    with _listening(desk) as url:
        yield StripeDouble(
            url=url,
            api_key=API_KEY,
            webhook_secret=WEBHOOK_SECRET,
            state=state,
            world=World(state),
            hooks=hooks,
            faults=faults,
            desk=desk,
        )


@contextmanager
def _listening(desk: Desk) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            self._answer(self.rfile.read(length).decode())

        def do_DELETE(self) -> None:
            self._answer("")

        def _answer(self, text: str) -> None:
            slow = self.command == "POST" and list(desk.faults.coming)[:1] == [Fault.SLOW]
            answer = desk.answer(
                Request(
                    method=self.command,
                    path=urlsplit(self.path).path,
                    text=text,
                    headers={name.lower(): value for name, value in self.headers.items()},
                )
            )
            if slow:
                time.sleep(desk.faults.slow_seconds)
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: a caller that hangs up is no fault of the server's."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
