"""``genbo serve``: the API on the book the settings name."""

import os
from typing import Annotated

import typer

from api.settings import read_settings
from api.terminal import open_book, say


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """
    Serve the API until interrupted, by one process for each of up to two processors.

    The book is opened and brought up to date first, so that a worker finds it ready and a
    database that cannot be reached is told as a sentence, not by a dying worker.
    """
    import uvicorn

    from api.wire import GuardedProtocol

    settings = read_settings()
    with open_book():
        address = f"http://{host or settings.host}:{port or settings.port}"
        say("serve.ready", address=address)
        uvicorn.run(
            "api.app:serve_app",
            factory=True,
            host=host or settings.host,
            port=port or settings.port,
            workers=min(2, os.cpu_count() or 1),
            http=GuardedProtocol,
            ws="none",
            log_level="warning",
        )
