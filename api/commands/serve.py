"""``genbo serve``: the API on the book the settings name."""

from typing import Annotated

import typer

from api.commands.terminal import say
from api.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API until interrupted."""
    import uvicorn

    from api.app import serve_app

    settings = Settings()
    app = serve_app()
    address = f"http://{host or settings.host}:{port or settings.port}"
    say("serve.ready", address=address)
    uvicorn.run(app, host=host or settings.host, port=port or settings.port, log_level="warning")
