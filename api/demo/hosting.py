"""The demo's own server and clock: the same application as ever, on a port of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from api.context import Context
from api.stripe_options import StripeOptions
from ledger.store.database import Database

if TYPE_CHECKING:
    from api.wire import GuardedProtocol


class DemoClock:
    """A clock that stands still until it is moved; it goes forward only."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def __call__(self) -> datetime:
        return self._instant

    def move_to(self, instant: datetime) -> None:
        """Move on to an instant that is not earlier."""
        assert instant >= self._instant, "a calendar is told forward"
        self._instant = instant


@contextmanager
def served(
    database: Database, clock: DemoClock, stripe: StripeOptions | None = None
) -> Iterator[str]:
    """Serve the API on a free port of this machine, and give its address."""
    from api.app import create_app

    with listening(create_app(Context(database, clock=clock, stripe=stripe))) as base_url:
        yield base_url


@contextmanager
def listening(app: ASGIApp, protocol: "type[GuardedProtocol] | None" = None) -> Iterator[str]:
    """Let an application listen on a free port until the block ends, and give its address."""
    import uvicorn

    from api.wire import GuardedProtocol

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        http = protocol or GuardedProtocol
        config = uvicorn.Config(app, http=http, log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
